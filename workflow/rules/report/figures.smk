# Figures: the paper's figures 4.1 to 4.3.


rule plot_samples:
    input:
        clips="results/{study}/clips.safetensors",
    output:
        figure_files("figure-4.1", "plot_samples", "samples of the data set"),
    log:
        "results/{study}/logs/plot_samples.log",
    benchmark:
        "results/{study}/benchmarks/plot_samples.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        code=code("plot_samples"),
    script:
        "../../scripts/report/plot_samples.py"


rule plot_history:
    input:
        history="results/{study}/metrics/history.csv",
    output:
        figure_files("figure-4.2", "plot_history", "losses over the epochs"),
    log:
        "results/{study}/logs/plot_history.log",
    benchmark:
        "results/{study}/benchmarks/plot_history.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=SHOWN,
        code=code("plot_history"),
    script:
        "../../scripts/report/plot_history.py"


rule plot_confusion:
    input:
        confusion="results/{study}/metrics/confusion.csv",
        overall="results/{study}/metrics/overall.csv",
    output:
        figure_files("figure-4.3", "plot_confusion", "confusion of the expressions"),
    log:
        "results/{study}/logs/plot_confusion.log",
    benchmark:
        "results/{study}/benchmarks/plot_confusion.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=SHOWN,
        code=code("plot_confusion"),
    script:
        "../../scripts/report/plot_confusion.py"
