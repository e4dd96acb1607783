# Training: augmented clips, folds, and one job for each model, variant, seed and fold.

from videofer.training.device import gpus_per_job


rule augment_clips:
    input:
        clips="results/{dataset}/clips.safetensors",
    output:
        "results/{dataset}/augmented.safetensors",
    log:
        "results/{dataset}/logs/augment_clips.log",
    conda:
        "../../envs/video.yaml"
    params:
        size=lookup("clips/size", within=config),
        corners=lookup("readings/clips/corners", within=config),
        code=code("augment_clips"),
    script:
        "../scripts/augment_clips.py"


rule split_folds:
    input:
        *([config["folds"]["path"]] if config["folds"]["protocol"] == "given" else []),
        clips="results/{dataset}/clips.safetensors",
    output:
        "results/{dataset}/folds.tsv",
    log:
        "results/{dataset}/logs/split_folds.log",
    conda:
        "../../envs/train.yaml"
    params:
        folds=lookup("folds", within=config),
        people=PEOPLE if config["folds"]["protocol"] == "leave-one-subject-out" else [],
        official=[dict(roles) for roles in SCAN.official] if config["folds"]["protocol"] == "official" else [],
        code=code("split_folds"),
    script:
        "../scripts/split_folds.py"


rule train_fold:
    input:
        clips="results/{dataset}/clips.safetensors",
        augmented="results/{dataset}/augmented.safetensors",
        folds="results/{dataset}/folds.tsv",
    output:
        **run_files("results/{dataset}/runs/{model}/{variant}/seed-{seed}"),
    log:
        "results/{dataset}/logs/train_fold/{model}/{variant}/seed-{seed}/fold-{fold}.log",
    conda:
        "../../envs/train.yaml"
    # One thread a job: on small models several one-thread jobs beat one job with several threads.
    threads: 1
    resources:
        gpu=gpus_per_job(config["training"]["device"]),
        mem_mb=4000,
        runtime=240,
    params:
        run=lambda wildcards: {"model": wildcards.model, "variant": wildcards.variant, "seed": int(wildcards.seed)},
        # Of this model alone, so that another one's settings and code rerun nothing here.
        settings=lambda wildcards: model_settings(config, wildcards.model),
        # Outside the outputs, which Snakemake deletes before a rerun: a killed job goes on from here.
        resume="results/{dataset}/resume",
        code=lambda wildcards: code("train_fold", wildcards.model),
    script:
        "../scripts/train_fold.py"
