# Tables: the metrics of all runs, and the paper's tables beside our numbers as CSV, Markdown and LaTeX.

TABLES = {
    "table-4.1": "losses",
    "table-4.2": "models",
    "table-comparisons": "comparisons",
    "table-folds": "folds",
    "table-classes": "classes",
    "rejected": "rejected",
}
RUN = "results/{{dataset}}/runs/{model}/{variant}/seed-{seed}/fold-{fold}"
RUNS = dict(model=MODEL, variant=VARIANTS, seed=SEEDS, fold=FOLDS)
REFERENCE = f"{workflow.basedir}/workflow/reference"


rule evaluate:
    input:
        predictions=expand(f"{RUN}/predictions.csv", **RUNS),
        history=expand(f"{RUN}/history.csv", **RUNS),
        manifest="results/{dataset}/manifest.tsv",
        rejected="results/{dataset}/rejected.tsv",
    output:
        predictions="results/{dataset}/metrics/predictions.csv",
        history="results/{dataset}/metrics/history.csv",
        overall="results/{dataset}/metrics/overall.csv",
        folds="results/{dataset}/metrics/folds.csv",
        classes="results/{dataset}/metrics/classes.csv",
        confusion="results/{dataset}/metrics/confusion.csv",
        comparisons="results/{dataset}/metrics/comparisons.csv",
    log:
        "results/{dataset}/logs/evaluate.log",
    conda:
        "../../envs/report.yaml"
    params:
        variants=VARIANTS,
        seeds=SEEDS,
        folds=list(FOLDS),
        code=code("evaluate"),
    script:
        "../scripts/evaluate.py"


rule tabulate:
    input:
        overall="results/{dataset}/metrics/overall.csv",
        folds="results/{dataset}/metrics/folds.csv",
        classes="results/{dataset}/metrics/classes.csv",
        comparisons="results/{dataset}/metrics/comparisons.csv",
        rejected="results/{dataset}/rejected.tsv",
        paper_losses=f"{REFERENCE}/table-4.1.csv",
        paper_models=f"{REFERENCE}/table-4.2.csv",
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
