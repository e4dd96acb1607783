# Figures of the extras, each as SVG, PDF and PNG.


rule plot_learning_curve:
    input:
        metric="results/{dataset}/metrics/arms-learning-curve.csv",
    output:
        report(
            "results/{dataset}/figures/figure-learning-curve.svg",
            caption="../report/plot_learning_curve.rst",
            category="Figures",
            labels={"figure": "learning curve", "shows": "accuracy over the training subjects"},
        ),
        multiext("results/{dataset}/figures/figure-learning-curve", ".pdf", ".png"),
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
        report(
            "results/{dataset}/figures/figure-readings.svg",
            caption="../report/plot_readings.rst",
            category="Figures",
            labels={"figure": "readings", "shows": "what each open question changes"},
        ),
        multiext("results/{dataset}/figures/figure-readings", ".pdf", ".png"),
    log:
        "results/{dataset}/logs/plot_readings.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_readings"),
    script:
        "../scripts/plot_readings.py"
