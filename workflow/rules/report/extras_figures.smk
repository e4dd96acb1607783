# Figures of the extras.


rule plot_learning_curve:
    input:
        metric="results/{study}/metrics/studies-learning-curve.csv",
    output:
        figure_files("figure-learning-curve", "accuracy over the training subjects"),
    log:
        "results/{study}/logs/plot_learning_curve.log",
    benchmark:
        "results/{study}/benchmarks/plot_learning_curve.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        classes=len(CLASSES),
        code=code("plot_learning_curve"),
    script:
        "../../scripts/report/plot_learning_curve.py"


rule plot_readings:
    input:
        metric="results/{study}/metrics/studies-readings.csv",
    output:
        figure_files("figure-readings", "what each open question changes"),
    log:
        "results/{study}/logs/plot_readings.log",
    benchmark:
        "results/{study}/benchmarks/plot_readings.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_readings"),
    script:
        "../../scripts/report/plot_readings.py"
