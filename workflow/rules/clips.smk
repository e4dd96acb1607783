# The 16 frames of each clip's peak, all clips in one file, and their eight versions.


rule select_peak:
    input:
        frames=shared("frames", "frames/{clip}.safetensors"),
        faces=shared("faces", "faces/{clip}.safetensors"),
    output:
        "results/{study}/clips/{clip}.safetensors",
    log:
        "results/{study}/logs/select_peak/{clip}.log",
    benchmark:
        "results/{study}/benchmarks/select_peak/{clip}.tsv"
    priority: 2
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=2500,
    params:
        clips=setting("clips"),
        method=setting("readings.clips.peak"),
        annotation=stated("onset", "apex", "offset"),
        code=code("select_peak"),
    script:
        "../scripts/clips/select_peak.py"


rule pack_clips:
    input:
        clips=expand("results/{{study}}/clips/{clip}.safetensors", clip=CLIPS),
        manifest=f"results/{MAIN.name}/manifest.tsv",
        rejected=f"results/{MAIN.name}/rejected-at-index.tsv",
    output:
        clips="results/{study}/clips.safetensors",
        rejected="results/{study}/rejected.tsv",
        remarks="results/{study}/remarks.tsv",
    log:
        "results/{study}/logs/pack_clips.log",
    benchmark:
        "results/{study}/benchmarks/pack_clips.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        classes=CLASSES,
        code=code("pack_clips"),
    script:
        "../scripts/clips/pack_clips.py"


rule augment_clips:
    input:
        clips=shared("clips", "clips.safetensors"),
    output:
        "results/{study}/augmented.safetensors",
    log:
        "results/{study}/logs/augment_clips.log",
    benchmark:
        "results/{study}/benchmarks/augment_clips.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        size=setting("clips.size"),
        corners=setting("readings.clips.corners"),
        code=code("augment_clips"),
    script:
        "../scripts/clips/augment_clips.py"
