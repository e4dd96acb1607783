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
TRAINED = [
    f"{model}/{variant}" for model, section in trained_models(config).items() for variant in section["variants"]
]


def variant_figures():
    """Return the files of the figures of every trained variant: in all formats of the paper's model, else as SVG."""
    files = []
    for run in TRAINED:
        explained = EXPLAINED_FIGURES if run == f"{OWN_MODEL}/{EXPLAINED}" else {}
        formats = {"others": ()} if run != f"{OWN_MODEL}/{SHOWN}" and not explained else {}
        for name, shows in (VARIANT_FIGURES | explained).items():
            files += figure_files(name, shows, category="Models", run=run, **formats)
    return files


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
        variant_figures(),
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
