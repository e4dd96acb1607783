# Figures of the evidence: intervals beside the paper's values, accuracy of every model and person, calibration.


rule plot_overview:
    input:
        overall="results/{dataset}/metrics/overall.csv",
        paper=local(f"{REFERENCE}/table-4.1.csv"),
    output:
        report(
            "results/{dataset}/figures/figure-overview.svg",
            caption="../report/plot_overview.rst",
            category="Figures",
            labels={"figure": "overview", "shows": "accuracy with intervals beside the paper's"},
        ),
        multiext("results/{dataset}/figures/figure-overview", ".pdf", ".png"),
    log:
        "results/{dataset}/logs/plot_overview.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_overview"),
    script:
        "../scripts/plot_overview.py"


rule plot_models:
    input:
        metric="results/{dataset}/metrics/models.csv",
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
    output:
        figure_files("figure-models", "plot_models", "every model beside the printed figures"),
    log:
        "results/{dataset}/logs/plot_models.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_models"),
    script:
        "../scripts/plot_models.py"


rule plot_subjects:
    input:
        subjects="results/{dataset}/metrics/subjects.csv",
    output:
        report(
            "results/{dataset}/figures/figure-subjects.svg",
            caption="../report/plot_subjects.rst",
            category="Figures",
            labels={"figure": "subjects", "shows": "accuracy of every person"},
        ),
        multiext("results/{dataset}/figures/figure-subjects", ".pdf", ".png"),
    log:
        "results/{dataset}/logs/plot_subjects.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_subjects"),
    script:
        "../scripts/plot_subjects.py"


rule plot_calibration:
    input:
        calibration="results/{dataset}/metrics/calibration.csv",
        reliability="results/{dataset}/metrics/reliability.csv",
    output:
        report(
            "results/{dataset}/figures/figure-calibration.svg",
            caption="../report/plot_calibration.rst",
            category="Figures",
            labels={"figure": "calibration", "shows": "confidence beside accuracy"},
        ),
        multiext("results/{dataset}/figures/figure-calibration", ".pdf", ".png"),
    log:
        "results/{dataset}/logs/plot_calibration.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_calibration"),
    script:
        "../scripts/plot_calibration.py"
