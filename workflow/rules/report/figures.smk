# Figures of the study and of each trained variant, in one job: starting takes longer than drawing one.

FIGURES = {
    "figure-4.1": "samples of the data set",
    "figure-models": "every model beside the printed figures",
    "figure-overview": "accuracy with intervals beside the paper's",
}
# Of each trained variant, and of the explained one alone; in the order of the page.
VARIANT_FIGURES = {
    "confusion": "confusion of the expressions",
    "answers": "expressions, calibration and people",
    "history": "accuracy and losses over the epochs",
}
EXPLAINED_FIGURES = {
    "saliency": "which part of the face the answers depend on",
    "frames": "when the model knows",
    "reconstructions": "frames beside what the decoder draws",
    "dimensions": "what the components of a capsule stand for",
}


rule plot_figures:
    input:
        **{
            name: f"results/{{study}}/metrics/{name}.csv"
            for name in [*METRICS, "history", "confusion", "reliability"]
        },
        clips="results/{study}/clips.safetensors",
        explanations="results/{study}/explanations.safetensors",
        paper_losses=local(f"{REFERENCE}/table-4.1.csv"),
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
    output:
        [file for name, shows in FIGURES.items() for file in figure_files(name, shows)],
        variant_figures(VARIANT_FIGURES, EXPLAINED_FIGURES),
    log:
        "results/{study}/logs/plot_figures.log",
    benchmark:
        "results/{study}/benchmarks/plot_figures.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        kind=lookup("dataset/kind", within=config),
        classes=CLASSES,
        code=code("plot_figures"),
    script:
        "../../scripts/report/plot_figures.py"
