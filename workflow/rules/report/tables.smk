# Tables: the paper's tables beside our numbers, as CSV, Markdown, LaTeX and JSON.

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
    "table-calibration": "calibration",
    "rejected": "rejected",
    "left-out": "left_out",
    "remarks": "remarks",
}


rule tabulate:
    input:
        metrics=expand("results/{{study}}/metrics/{name}.csv", name=METRICS),
        lists=expand("results/{{study}}/{name}.tsv", name=["rejected", "left-out", "remarks"]),
        paper_losses=local(f"{REFERENCE}/table-4.1.csv"),
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
    output:
        table_files(TABLES, "tabulate_{shows}"),
    log:
        "results/{study}/logs/tabulate.log",
    benchmark:
        "results/{study}/benchmarks/tabulate.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        name=lookup("name", within=config),
        kind=lookup("dataset/kind", within=config),
        code=code("tabulate"),
    script:
        "../../scripts/report/tabulate.py"
