# Cross-data study (dataset.kind: cross): train on one set, test on every other: snakemake cross_tables.

from videofer.evaluation.cross import TOGETHER

CROSS = "results/{dataset}/cross/{trained_on}"
CROSS_LOG = "results/{dataset}/logs/cross/{trained_on}"
CROSS_RUN = "{model}/{variant}/seed-{seed}"
SETS = list(config["dataset"].get("sets") or {})
PREDICTIONS = "{run}/seed-{seed}/fold-{fold}/predictions.csv"
ALL_RUNS = dict(run=[f"{m}/{variant}" for m in MODELS for variant in MODELS[m]], seed=SEEDS, fold=FOLDS)


wildcard_constraints:
    trained_on=r"[\w-]+",


rule cross_tables:
    input:
        expand("results/{dataset}/tables/cross.csv", dataset=config["name"] if SETS else []),


rule split_cross:
    input:
        clips="results/{dataset}/clips.safetensors",
        folds="results/{dataset}/folds.tsv",
    output:
        f"{CROSS}/folds.tsv",
    log:
        f"{CROSS_LOG}/split_cross.log",
    conda:
        "../../envs/train.yaml"
    params:
        code=code("split_cross"),
    script:
        "../scripts/split_cross.py"


use rule train_fold as train_fold_cross with:
    input:
        clips="results/{dataset}/clips.safetensors",
        augmented="results/{dataset}/augmented.safetensors",
        folds=f"{CROSS}/folds.tsv",
    output:
        **run_files(f"{CROSS}/{CROSS_RUN}"),
    log:
        f"{CROSS_LOG}/train_fold/{CROSS_RUN}/fold-{{fold}}.log",


rule tabulate_cross:
    input:
        **{
            f"on_{number}": expand(f"results/{{{{dataset}}}}/cross/{name}/{PREDICTIONS}", **ALL_RUNS)
            for number, name in enumerate(SETS)
        },
        clips="results/{dataset}/clips.safetensors",
        together=expand(f"results/{{{{dataset}}}}/runs/{PREDICTIONS}", **ALL_RUNS),
    output:
        multiext("results/{dataset}/tables/cross", ".csv", ".md", ".tex", ".json"),
    log:
        "results/{dataset}/logs/tabulate_cross.log",
    conda:
        "../../envs/report.yaml"
    params:
        sets=SETS,
        together=TOGETHER,
        code=code("tabulate_cross"),
    script:
        "../scripts/tabulate_cross.py"
