# Video files: what each holds, and its frames.

from dataclasses import asdict


rule index_dataset:
    input:
        videos=[film(clip) for clip in SCAN.clips],
    output:
        manifest="results/{study}/manifest.tsv",
        rejected="results/{study}/rejected-at-index.tsv",
        left_out="results/{study}/left-out.tsv",
    log:
        "results/{study}/logs/index_dataset.log",
    benchmark:
        "results/{study}/benchmarks/index_dataset.tsv"
    conda:
        "../../envs/video.yaml"
    threads: 4
    params:
        clips=[asdict(clip) for clip in SCAN.clips],
        rejected=[asdict(rejection) for rejection in SCAN.rejected],
        left_out=dict(SCAN.left_out),
        pictures=[state for clip in SCAN.clips if (state := picture_state(clip))],
        # Outside the outputs, which Snakemake deletes before a rerun: unchanged videos are not read again.
        cache=f"{PREFIX}results/{{study}}/known-videos.json",
        limits={name: config["video"][name] for name in ("timeout", "memory_mb")},
        code=code("index_dataset"),
    script:
        "../scripts/video/index_dataset.py"


# Priorities finish a clip before the next is begun: few decoded clips, which are large, lie on the disk at once.
# mem_mb: the 1500 frames of video: max_frames at 480 lines are 600 MB, held twice while ffmpeg's output is joined, and
# up to three times where they are read.
rule decode_video:
    input:
        video=lambda wildcards: film(CLIPS[wildcards.clip]),
    output:
        temp("results/{study}/frames/{clip}.safetensors"),
    log:
        "results/{study}/logs/decode_video/{clip}.log",
    benchmark:
        "results/{study}/benchmarks/decode_video/{clip}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=1500,
    params:
        part=stated("start", "end", "rotation", "half", "rate"),
        pictures=lambda wildcards: picture_state(CLIPS[wildcards.clip]),
        video=setting("video"),
        code=code("decode_video"),
    script:
        "../scripts/video/decode_video.py"
