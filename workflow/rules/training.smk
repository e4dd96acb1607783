# Training: one job for each model, variant, seed and fold.

from videofer.training.device import gpus_per_job


rule train_fold:
    input:
        clips=shared("clips", "clips.safetensors"),
        augmented=shared("augmented", "augmented.safetensors"),
        folds=shared("folds", "folds.tsv"),
    output:
        weights="results/{study}/runs/{model}/{variant}/seed-{seed}/fold-{fold}/model.safetensors",
        history="results/{study}/runs/{model}/{variant}/seed-{seed}/fold-{fold}/history.csv",
        predictions="results/{study}/runs/{model}/{variant}/seed-{seed}/fold-{fold}/predictions.csv",
        run="results/{study}/runs/{model}/{variant}/seed-{seed}/fold-{fold}/run.json",
    log:
        "results/{study}/logs/train_fold/{model}/{variant}/seed-{seed}/fold-{fold}.log",
    benchmark:
        "results/{study}/benchmarks/train_fold/{model}/{variant}/seed-{seed}/fold-{fold}.tsv"
    conda:
        "../../envs/train.yaml"
    # One thread a job: on small models several one-thread jobs beat one job with several threads.
    threads: 1
    resources:
        gpu=gpus_per_job(config["training"]["device"]),
        mem_mb=4000,
        runtime=240,
    params:
        run=lambda w: {"model": w.model, "variant": w.variant, "seed": int(w.seed)},
        # Of this model alone, so that another one's settings and code rerun nothing here.
        settings=lambda wildcards: model_settings(STUDIES[wildcards.study].config, wildcards.model),
        # Outside the outputs, which Snakemake deletes before a rerun: a killed job goes on from here.
        resume=f"{PREFIX}results/{{study}}/resume",
        code=lambda wildcards: code("train_fold", wildcards.model),
    script:
        "../scripts/training/train_fold.py"
