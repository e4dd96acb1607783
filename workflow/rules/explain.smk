# Explanations: what the models of one variant saw, knew and kept of the clips they were tested on.

# The variant of figures 4.2 and 4.3, or one that trained its decoder where that did not.
EXPLAINED = next((v for v in [SHOWN, *VARIANTS] if "reconstruction" in v.split("-")), SHOWN)
EXPLAINED_RUNS = dict(trained=f"{MODEL}/{EXPLAINED}", seed=SEEDS[0], fold=FOLDS)
EXPLAIN_FIGURES = [f"figure-{name}" for name in ("reconstructions", "dimensions", "frames", "saliency")]


rule explain_model:
    input:
        clips="results/{dataset}/clips.safetensors",
        folds="results/{dataset}/folds.tsv",
        weights=expand(f"{RUN}/model.safetensors", **EXPLAINED_RUNS),
        predictions=expand(f"{RUN}/predictions.csv", **EXPLAINED_RUNS),
        records=expand(f"{RUN}/run.json", **EXPLAINED_RUNS),
    output:
        "results/{dataset}/explanations.safetensors",
    log:
        "results/{dataset}/logs/explain_model.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=code("explain_model"),
    script:
        "../scripts/explain_model.py"


rule plot_reconstructions:
    input:
        explanations="results/{dataset}/explanations.safetensors",
        clips="results/{dataset}/clips.safetensors",
    output:
        figure_files("figure-reconstructions", "plot_reconstructions", "frames beside what the decoder draws"),
    log:
        "results/{dataset}/logs/plot_reconstructions.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_reconstructions"),
    script:
        "../scripts/plot_reconstructions.py"


rule plot_dimensions:
    input:
        explanations="results/{dataset}/explanations.safetensors",
        clips="results/{dataset}/clips.safetensors",
    output:
        figure_files("figure-dimensions", "plot_dimensions", "what the components of a capsule stand for"),
    log:
        "results/{dataset}/logs/plot_dimensions.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_dimensions"),
    script:
        "../scripts/plot_dimensions.py"


rule plot_frames:
    input:
        explanations="results/{dataset}/explanations.safetensors",
    output:
        figure_files("figure-frames", "plot_frames", "when the model knows"),
    log:
        "results/{dataset}/logs/plot_frames.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_frames"),
    script:
        "../scripts/plot_frames.py"


rule plot_saliency:
    input:
        explanations="results/{dataset}/explanations.safetensors",
        clips="results/{dataset}/clips.safetensors",
    output:
        figure_files("figure-saliency", "plot_saliency", "which part of the face the answers hang on"),
    log:
        "results/{dataset}/logs/plot_saliency.log",
    conda:
        "../../envs/report.yaml"
    params:
        variant=EXPLAINED,
        code=code("plot_saliency"),
    script:
        "../scripts/plot_saliency.py"
