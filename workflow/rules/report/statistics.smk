# Figures of the evidence: intervals beside the paper's values, every model and person, calibration.


rule plot_overview:
    input:
        overall="results/{study}/metrics/overall.csv",
        paper=local(f"{REFERENCE}/table-4.1.csv"),
    output:
        figure_files("figure-overview", "plot_overview", "accuracy with intervals beside the paper's"),
    log:
        "results/{study}/logs/plot_overview.log",
    benchmark:
        "results/{study}/benchmarks/plot_overview.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_overview"),
    script:
        "../../scripts/report/plot_overview.py"


rule plot_models:
    input:
        metric="results/{study}/metrics/models.csv",
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
    output:
        figure_files("figure-models", "plot_models", "every model beside the printed figures"),
    log:
        "results/{study}/logs/plot_models.log",
    benchmark:
        "results/{study}/benchmarks/plot_models.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_models"),
    script:
        "../../scripts/report/plot_models.py"


rule plot_curves:
    input:
        history="results/{study}/metrics/history.csv",
    output:
        figure_files("figure-curves", "plot_curves", "every model's accuracy over its epochs"),
    log:
        "results/{study}/logs/plot_curves.log",
    benchmark:
        "results/{study}/benchmarks/plot_curves.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_curves"),
    script:
        "../../scripts/report/plot_curves.py"


rule plot_subjects:
    input:
        subjects="results/{study}/metrics/subjects.csv",
    output:
        figure_files("figure-subjects", "plot_subjects", "accuracy of every person"),
    log:
        "results/{study}/logs/plot_subjects.log",
    benchmark:
        "results/{study}/benchmarks/plot_subjects.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_subjects"),
    script:
        "../../scripts/report/plot_subjects.py"


rule plot_calibration:
    input:
        calibration="results/{study}/metrics/calibration.csv",
        reliability="results/{study}/metrics/reliability.csv",
    output:
        figure_files("figure-calibration", "plot_calibration", "confidence beside accuracy"),
    log:
        "results/{study}/logs/plot_calibration.log",
    benchmark:
        "results/{study}/benchmarks/plot_calibration.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_calibration"),
    script:
        "../../scripts/report/plot_calibration.py"
