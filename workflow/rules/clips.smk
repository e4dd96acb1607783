# The face and the 16 frames of each clip's peak, a person at a time; all clips in one file, and their eight versions.


# sums: Snakemake knows no more than the time of a folder, which a copy changes; this file counts by its content.
# mem_mb: the 1500 frames of video: max_frames at 480 lines are 600 MB, held twice while ffmpeg's output is joined, and
# up to three times where they are read.
rule cut_clips:
    input:
        videos=lambda wildcards: [film(clip) for clip in CLIP_BATCHES[wildcards.batch]],
    output:
        faces=directory("results/{study}/faces/{batch}"),
        clips=directory("results/{study}/clips/{batch}"),
        sums="results/{study}/clip-sums/{batch}.txt",
    log:
        "results/{study}/logs/cut_clips/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/cut_clips/{batch}.tsv"
    wildcard_constraints:
        study=studies_that(lambda study: study.makes("faces")),
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=2500,
    params:
        films=lambda wildcards: [asdict(clip) for clip in CLIP_BATCHES[wildcards.batch]],
        pictures=lambda wildcards: [picture_state(clip) for clip in CLIP_BATCHES[wildcards.batch]],
        settings=cutting,
        code=code("cut_clips"),
    script:
        "../scripts/clips/cut_clips.py"


# Of a study whose faces are those of the main study, and whose peaks are others.
use rule cut_clips as cut_again with:
    input:
        videos=lambda wildcards: [film(clip) for clip in CLIP_BATCHES[wildcards.batch]],
        faces=ancient(f"results/{MAIN.name}/faces/{{batch}}"),
        sums=f"results/{MAIN.name}/clip-sums/{{batch}}.txt",
    output:
        clips=directory("results/{study}/clips/{batch}"),
        sums="results/{study}/clip-sums/{batch}.txt",
    log:
        "results/{study}/logs/cut_again/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/cut_again/{batch}.tsv"
    wildcard_constraints:
        study=studies_that(lambda study: study.makes("clips") and not study.makes("faces")),


rule pack_clips:
    input:
        clips=ancient(expand("results/{{study}}/clips/{batch}", batch=CLIP_BATCHES)),
        sums=expand("results/{{study}}/clip-sums/{batch}.txt", batch=CLIP_BATCHES),
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
