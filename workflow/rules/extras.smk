# Extras: the arms of each extra that the config asks for, compared with the main study's first seed.

EXTRAS = config["extras"]
EXTRA_TABLES = [f"extra-{extra}" for extra in EXTRAS]
EXTRA_FIGURES = [f"figure-{extra}" for extra in EXTRAS if extra != "leakage"]


rule compare_arms:
    input:
        unpack(arm_files),
    output:
        "results/{dataset}/metrics/arms-{extra}.csv",
    log:
        "results/{dataset}/logs/compare_arms/{extra}.log",
    conda:
        "../../envs/report.yaml"
    params:
        variants=lambda w: {arm.name: arm.variant for arm in arms_of(w)},
        own_folds=lambda w: [arm.name for arm in arms_of(w) if "folds" in arm.makes],
        runs=len(FOLDS),
        code=code("compare_arms"),
    script:
        "../scripts/compare_arms.py"


rule tabulate_extra:
    input:
        metric="results/{dataset}/metrics/arms-{extra}.csv",
    output:
        report(
            "results/{dataset}/tables/extra-{extra}.csv",
            caption="../report/tabulate_extra.rst",
            category="Tables",
            labels={"table": "extra-{extra}", "shows": "{extra}"},
        ),
        multiext("results/{dataset}/tables/extra-{extra}", ".md", ".tex", ".json"),
    log:
        "results/{dataset}/logs/tabulate_extra/{extra}.log",
    conda:
        "../../envs/report.yaml"
    params:
        readings=lookup("readings", within=config),
        name=lookup("name", within=config),
        kind=lookup("dataset/kind", within=config),
        code=code("tabulate_extra"),
    script:
        "../scripts/tabulate_extra.py"
