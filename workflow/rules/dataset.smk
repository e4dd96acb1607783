# Where the videos come from: the demo set is drawn here; every set is indexed.

from dataclasses import asdict


rule draw_identity:
    output:
        temp("results/{dataset}/identities/{subject}.safetensors"),
    log:
        "results/{dataset}/logs/draw_identity/{subject}.log",
    conda:
        "../../envs/video.yaml"
    params:
        rendered={"seed": config["rendered"]["seed"]},
        code=code("draw_identity"),
    script:
        "../scripts/draw_identity.py"


rule render_clip:
    input:
        identity=lambda wildcards: f"results/{wildcards.dataset}/identities/{CLIPS[wildcards.clip].subject}.safetensors",
    output:
        "results/{dataset}/videos/{clip}.avi",
    log:
        "results/{dataset}/logs/render_clip/{clip}.log",
    conda:
        "../../envs/video.yaml"
    params:
        subject=lambda wildcards: CLIPS[wildcards.clip].subject,
        label=lambda wildcards: CLIPS[wildcards.clip].label,
        rendered={key: config["rendered"][key] for key in ("seed", "width", "height", "fps")},
        code=code("render_clip"),
    script:
        "../scripts/render_clip.py"


rule index_dataset:
    input:
        videos=[clip.video for clip in SCAN.clips],
    output:
        manifest="results/{dataset}/manifest.tsv",
        rejected="results/{dataset}/rejected-at-index.tsv",
        left_out="results/{dataset}/left-out.tsv",
    log:
        "results/{dataset}/logs/index_dataset.log",
    conda:
        "../../envs/video.yaml"
    threads: 4
    params:
        clips=[asdict(clip) for clip in SCAN.clips],
        rejected=[asdict(rejection) for rejection in SCAN.rejected],
        left_out=dict(SCAN.left_out),
        # Outside the outputs, which Snakemake deletes before a rerun: unchanged videos are not read again.
        known="results/{dataset}/known-videos.json",
        budget={name: config["video"][name] for name in ("timeout", "memory_mb")},
        code=code("index_dataset"),
    script:
        "../scripts/index_dataset.py"
