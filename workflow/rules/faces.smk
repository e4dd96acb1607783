# The way of one video: grey frames, its face, the 16 frames of the peak; then all clips in one file.


# Priorities finish a clip before the next is begun: few decoded clips, which are large, lie on the disk at once.
# mem_mb: the 1500 frames of video: max_frames at 480 lines are 600 MB, held twice while ffmpeg's output is joined, and
# up to three times where they are read.
rule decode_video:
    input:
        video=lambda wildcards: CLIPS[wildcards.clip].video,
    output:
        temp("results/{dataset}/frames/{clip}.safetensors"),
    log:
        "results/{dataset}/logs/decode_video/{clip}.log",
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=1500,
    params:
        part=lambda w: {name: getattr(CLIPS[w.clip], name) for name in ("start", "end", "rotation", "half", "rate")},
        video=lookup("video", within=config),
        code=code("decode_video"),
    script:
        "../scripts/decode_video.py"


rule detect_faces:
    input:
        frames="results/{dataset}/frames/{clip}.safetensors",
    output:
        "results/{dataset}/faces/{clip}.safetensors",
    log:
        "results/{dataset}/logs/detect_faces/{clip}.log",
    priority: 1
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=2500,
    params:
        faces=lookup("faces", within=config),
        track=lookup("readings/clips/track", within=config),
        stated=lambda w: {name: getattr(CLIPS[w.clip], name) for name in ("face_x", "rotation")},
        code=code("detect_faces"),
    script:
        "../scripts/detect_faces.py"


rule select_peak:
    input:
        frames="results/{dataset}/frames/{clip}.safetensors",
        faces="results/{dataset}/faces/{clip}.safetensors",
    output:
        "results/{dataset}/clips/{clip}.safetensors",
    log:
        "results/{dataset}/logs/select_peak/{clip}.log",
    priority: 2
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=2500,
    params:
        clips=lookup("clips", within=config),
        method=lookup("readings/clips/peak", within=config),
        annotation=lambda w: {name: getattr(CLIPS[w.clip], name) for name in ("onset", "apex", "offset")},
        code=code("select_peak"),
    script:
        "../scripts/select_peak.py"


rule pack_clips:
    input:
        clips=expand("results/{{dataset}}/clips/{clip}.safetensors", clip=CLIPS),
        manifest="results/{dataset}/manifest.tsv",
        rejected="results/{dataset}/rejected-at-index.tsv",
    output:
        clips="results/{dataset}/clips.safetensors",
        rejected="results/{dataset}/rejected.tsv",
        remarks="results/{dataset}/remarks.tsv",
    log:
        "results/{dataset}/logs/pack_clips.log",
    conda:
        "../../envs/video.yaml"
    params:
        classes=CLASSES,
        code=code("pack_clips"),
    script:
        "../scripts/pack_clips.py"
