# Figures of the extras, each as SVG, PDF and PNG.


rule plot_learning_curve:
    input:
        metric="results/{dataset}/metrics/arms-learning-curve.csv",
    output:
        figure_files("figure-learning-curve", "plot_learning_curve", "accuracy over the training subjects"),
    log:
        "results/{dataset}/logs/plot_learning_curve.log",
    conda:
        "../../envs/report.yaml"
    params:
        classes=len(CLASSES),
        code=code("plot_learning_curve"),
    script:
        "../scripts/plot_learning_curve.py"


rule plot_readings:
    input:
        metric="results/{dataset}/metrics/arms-readings.csv",
    output:
        figure_files("figure-readings", "plot_readings", "what each open question changes"),
    log:
        "results/{dataset}/logs/plot_readings.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_readings"),
    script:
        "../scripts/plot_readings.py"
