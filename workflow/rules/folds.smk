# Who trains, validates and tests, and whether anything of the test side reaches the training side.

LEAKAGE_TABLES = {"table-leakage": "leakage", "near-duplicates": "near-duplicates"}


rule split_folds:
    input:
        *([config["folds"]["path"]] if config["folds"]["protocol"] == "given" else []),
        clips=shared("clips", "clips.safetensors"),
    output:
        "results/{study}/folds.tsv",
    log:
        "results/{study}/logs/split_folds.log",
    benchmark:
        "results/{study}/benchmarks/split_folds.tsv"
    conda:
        "../../envs/train.yaml"
    params:
        folds=setting("folds"),
        people=PEOPLE if config["folds"]["protocol"] == "leave-one-subject-out" else [],
        official=[dict(roles) for roles in SCAN.official] if config["folds"]["protocol"] == "official" else [],
        code=code("split_folds"),
    script:
        "../scripts/folds/split_folds.py"


rule check_leakage:
    input:
        clips="results/{study}/clips.safetensors",
        folds="results/{study}/folds.tsv",
    output:
        table_files(LEAKAGE_TABLES, "check_leakage"),
    log:
        "results/{study}/logs/check_leakage.log",
    benchmark:
        "results/{study}/benchmarks/check_leakage.tsv"
    conda:
        "../../envs/train.yaml"
    params:
        named=SCAN.people,
        code=code("check_leakage"),
    script:
        "../scripts/folds/check_leakage.py"
