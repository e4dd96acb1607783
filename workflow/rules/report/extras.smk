# Extras: the studies that the configuration's `extras` ask for, compared with the main study.

EXTRAS = config["extras"]
EXTRA_TABLES = [f"extra-{extra}" for extra in EXTRAS]
EXTRA_FIGURES = [f"figure-{extra}" for extra in EXTRAS if extra in ("learning-curve", "readings")]


rule tabulate_extra:
    input:
        metric="results/{study}/metrics/studies-{extra}.csv",
    output:
        report(
            "results/{study}/tables/extra-{extra}.csv",
            caption=f"{WORKFLOW}/report/tabulate_extra.rst",
            category="Tables",
            labels={"result": "extra {extra}", "shows": "studies beside the main one"},
        ),
        multiext("results/{study}/tables/extra-{extra}", ".md", ".tex", ".json"),
    log:
        "results/{study}/logs/tabulate_extra/{extra}.log",
    benchmark:
        "results/{study}/benchmarks/tabulate_extra/{extra}.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        readings=lookup("readings", within=config),
        name=lookup("name", within=config),
        kind=lookup("dataset/kind", within=config),
        code=code("tabulate_extra"),
    script:
        "../../scripts/report/tabulate_extra.py"


# Of a cross-data study: trained on each set alone and on all, tested on every one.
rule tabulate_cross:
    input:
        clips="results/{study}/clips.safetensors",
        main=lambda wildcards: run_files(MAIN, "predictions.csv"),
        predictions=lambda wildcards: [
            file for study in studies_of("cross") for file in run_files(study, "predictions.csv")
        ],
    output:
        table_files({"extra-cross": "cross"}, "tabulate_extra"),
    log:
        "results/{study}/logs/tabulate_cross.log",
    benchmark:
        "results/{study}/benchmarks/tabulate_cross.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        sets=[study.title for study in studies_of("cross")],
        code=code("tabulate_cross"),
    script:
        "../../scripts/report/tabulate_cross.py"


ruleorder: tabulate_cross > tabulate_extra
