# Video files: what each holds.

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
