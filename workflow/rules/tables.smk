# Tables: the metrics of all runs, and the paper's tables beside our numbers as CSV, Markdown, LaTeX and JSON.

# What `evaluate` computes from the predictions for `tabulate`.
METRICS = ["overall", "models", "folds", "seeds", "subjects", "classes", "comparisons"]
METRICS += ["design", "resolution", "calibration"]

TABLES = {
    "table-4.1": "losses",
    "table-4.2": "models",
    "table-4.2-cost": "costs",
    "table-comparisons": "comparisons",
    "table-design": "design",
    "table-resolution": "resolution",
    "table-classes": "classes",
    "table-folds": "folds",
    "table-seeds": "seeds",
    "table-subjects": "subjects",
    "table-calibration": "calibration",
    "rejected": "rejected",
    "left-out": "left_out",
    "remarks": "remarks",
}
RUN = "results/{{dataset}}/runs/{trained}/seed-{seed}/fold-{fold}"
TRAINED = [f"{model}/{variant}" for model, variants in MODELS.items() for variant in variants]
RUNS = dict(trained=TRAINED, seed=SEEDS, fold=FOLDS)
REFERENCE = f"{workflow.basedir}/workflow/reference"


rule evaluate:
    input:
        predictions=expand(f"{RUN}/predictions.csv", **RUNS),
        history=expand(f"{RUN}/history.csv", **RUNS),
        records=expand(f"{RUN}/run.json", **RUNS),
        manifest="results/{dataset}/manifest.tsv",
        rejected="results/{dataset}/rejected.tsv",
        folds="results/{dataset}/folds.tsv",
    output:
        **{name: f"results/{{dataset}}/metrics/{name}.csv" for name in METRICS},
        predictions="results/{dataset}/metrics/predictions.csv",
        history="results/{dataset}/metrics/history.csv",
        confusion="results/{dataset}/metrics/confusion.csv",
        reliability="results/{dataset}/metrics/reliability.csv",
    log:
        "results/{dataset}/logs/evaluate.log",
    conda:
        "../../envs/report.yaml"
    params:
        models=MODELS,
        seeds=SEEDS,
        folds=list(FOLDS),
        code=code("evaluate"),
    script:
        "../scripts/evaluate.py"


rule tabulate:
    input:
        metrics=expand("results/{{dataset}}/metrics/{name}.csv", name=METRICS),
        lists=expand("results/{{dataset}}/{name}.tsv", name=["rejected", "left-out", "remarks"]),
        paper_losses=local(f"{REFERENCE}/table-4.1.csv"),
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
    output:
        [
            report(
                f"results/{{dataset}}/tables/{table}.csv",
                caption=f"../report/tabulate_{shows}.rst",
                category="Tables",
                labels={"table": table, "shows": shows},
            )
            for table, shows in TABLES.items()
        ],
        expand("results/{{dataset}}/tables/{table}.{format}", table=TABLES, format=["md", "tex", "json"]),
    log:
        "results/{dataset}/logs/tabulate.log",
    conda:
        "../../envs/report.yaml"
    params:
        name=lookup("name", within=config),
        kind=lookup("dataset/kind", within=config),
        code=code("tabulate"),
    script:
        "../scripts/tabulate.py"
