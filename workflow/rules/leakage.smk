# Leakage: does anything of the test side reach the training side?

LEAKAGE_TABLES = ["table-leakage", "near-duplicates"]


rule check_leakage:
    input:
        clips="results/{dataset}/clips.safetensors",
        folds="results/{dataset}/folds.tsv",
    output:
        report(
            "results/{dataset}/tables/table-leakage.csv",
            caption="../report/check_leakage.rst",
            category="Tables",
            labels={"table": "table-leakage", "shows": "leakage"},
        ),
        "results/{dataset}/tables/near-duplicates.csv",
        expand("results/{{dataset}}/tables/{table}.{format}", table=LEAKAGE_TABLES, format=["md", "tex", "json"]),
    log:
        "results/{dataset}/logs/check_leakage.log",
    conda:
        "../../envs/train.yaml"
    params:
        named=SCAN.people,
        code=code("check_leakage"),
    script:
        "../scripts/check_leakage.py"
