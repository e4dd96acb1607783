# Figures: the paper's figures 4.1 to 4.3, each as SVG, PDF and PNG.

# The variant of figures 4.2 and 4.3: the paper's full model, or the first one trained where that is left out.
SHOWN = "margin-reconstruction-ce" if "margin-reconstruction-ce" in VARIANTS else VARIANTS[0]


rule plot_samples:
    input:
        clips="results/{dataset}/clips.safetensors",
    output:
        figure_files("figure-4.1", "plot_samples", "samples of the data set"),
    log:
        "results/{dataset}/logs/plot_samples.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_samples"),
    script:
        "../scripts/plot_samples.py"


rule plot_history:
    input:
        history="results/{dataset}/metrics/history.csv",
    output:
        figure_files("figure-4.2", "plot_history", "losses over the epochs"),
    log:
        "results/{dataset}/logs/plot_history.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=SHOWN,
        code=code("plot_history"),
    script:
        "../scripts/plot_history.py"


rule plot_confusion:
    input:
        confusion="results/{dataset}/metrics/confusion.csv",
        overall="results/{dataset}/metrics/overall.csv",
    output:
        figure_files("figure-4.3", "plot_confusion", "confusion of the expressions"),
    log:
        "results/{dataset}/logs/plot_confusion.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=SHOWN,
        code=code("plot_confusion"),
    script:
        "../scripts/plot_confusion.py"
