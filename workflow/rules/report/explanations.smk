# Figures of the explanations: what the explained variant saw, knew and kept of the clips.


rule plot_reconstructions:
    input:
        explanations="results/{study}/explanations.safetensors",
        clips="results/{study}/clips.safetensors",
    output:
        figure_files("figure-reconstructions", "plot_reconstructions", "frames beside what the decoder draws"),
    log:
        "results/{study}/logs/plot_reconstructions.log",
    benchmark:
        "results/{study}/benchmarks/plot_reconstructions.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_reconstructions"),
    script:
        "../../scripts/report/plot_reconstructions.py"


rule plot_dimensions:
    input:
        explanations="results/{study}/explanations.safetensors",
        clips="results/{study}/clips.safetensors",
    output:
        figure_files("figure-dimensions", "plot_dimensions", "what the components of a capsule stand for"),
    log:
        "results/{study}/logs/plot_dimensions.log",
    benchmark:
        "results/{study}/benchmarks/plot_dimensions.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_dimensions"),
    script:
        "../../scripts/report/plot_dimensions.py"


rule plot_frames:
    input:
        explanations="results/{study}/explanations.safetensors",
    output:
        figure_files("figure-frames", "plot_frames", "when the model knows"),
    log:
        "results/{study}/logs/plot_frames.log",
    benchmark:
        "results/{study}/benchmarks/plot_frames.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_frames"),
    script:
        "../../scripts/report/plot_frames.py"


rule plot_saliency:
    input:
        explanations="results/{study}/explanations.safetensors",
        clips="results/{study}/clips.safetensors",
    output:
        figure_files("figure-saliency", "plot_saliency", "which part of the face the answers depend on"),
    log:
        "results/{study}/logs/plot_saliency.log",
    benchmark:
        "results/{study}/benchmarks/plot_saliency.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_saliency"),
    script:
        "../../scripts/report/plot_saliency.py"
