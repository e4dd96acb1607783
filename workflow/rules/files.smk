# Where the files of studies lie, and which of them Snakemake's own report shows.


# What tables show, in words for the labels of Snakemake's own report, where their names alone do not say it.
SHOWS = {
    "losses": "accuracy of the loss functions",
    "models": "accuracy of every model",
    "costs": "size and time of every model",
    "comparisons": "loss functions in pairs, with tests",
    "design": "the losses as two factors",
    "resolution": "the smallest difference to be seen",
    "classes": "recall, precision and F1 of each expression",
    "folds": "accuracy of every fold",
    "seeds": "spread over seeds and folds",
    "calibration": "confidence beside accuracy",
    "rejected": "clips that could not be used",
    "left_out": "recordings left out on purpose",
    "remarks": "remarks on clips that were used",
    "leakage": "what stands on two sides of a split",
    "near-duplicates": "videos that are nearly alike",
}


def shared(artifact, path):
    """Return the input function of `path` in the study that holds the artifact: the wildcard's own or the main one."""
    return lambda wildcards: f"results/{STUDIES[wildcards.study].holder(artifact).name}/{path}"


def run_files(study, file, variant=None, seeds=None):
    """Return a file of every training of a study, or of those of one variant of the paper's model, or few seeds."""
    models = trained_models(study.config)
    trained = [(model, name) for model, section in models.items() for name in section["variants"]]
    chosen = trained if variant is None else [(OWN_MODEL, variant)]
    return [
        f"results/{study.name}/runs/{model}/{name}/seed-{seed}/fold-{fold}/{file}"
        for model, name in chosen
        for seed in seeds or study.config["seeds"]
        for fold in FOLDS
    ]


def studies_of(extra):
    """Return the studies of an extra, in order."""
    return [study for study in STUDIES.values() if study.extra == extra]


def compared_files(wildcards):
    """Return the predictions and folds of an extra's studies, and those of the main study that they compare with."""
    studies = studies_of(wildcards.extra)
    variants = dict.fromkeys(study.config["models"][OWN_MODEL]["variants"][0] for study in studies)
    return {
        "main": [file for variant in variants for file in run_files(MAIN, "predictions.csv", variant)],
        "predictions": [file for study in studies for file in run_files(study, "predictions.csv")],
        "main_folds": f"results/{MAIN.name}/folds.tsv",
        "folds": [f"results/{study.holder('folds').name}/folds.tsv" for study in studies],
    }


def figure_files(name, shows, category="Figures", run=None, others=(".pdf", ".png")):
    """Return a figure's files, SVG and `others`; Snakemake's report shows the first.

    run: the trained variant that it is of, as model/variant.
    """
    folder = f"results/{{study}}/figures/{run}" if run else "results/{study}/figures"
    svg, *more = multiext(f"{folder}/{name}", ".svg", *others)
    labels = ({"model": run} if run else {}) | {"result": name.replace("-", " "), "shows": shows}
    return [report(svg, caption=f"{WORKFLOW}/report/{name}.rst", category=category, labels=labels), *more]


def variant_figures(figures, explained):
    """Return the files of the figures of every trained variant: in all formats of the paper's model, else as SVG.

    figures: name -> what it shows; explained: those of the explained variant alone.
    """
    files = []
    for model, section in trained_models(config).items():
        for run in (f"{model}/{variant}" for variant in section["variants"]):
            own = explained if run == f"{OWN_MODEL}/{EXPLAINED}" else {}
            formats = {"others": ()} if run != f"{OWN_MODEL}/{SHOWN}" and not own else {}
            for name, shows in (figures | own).items():
                files += figure_files(name, shows, category="Models", run=run, **formats)
    return files


def table_files(tables, caption, category="Tables"):
    """Return tables' files in all formats; Snakemake's report shows the CSV files.

    tables: name -> what it shows; caption: the name of its text in report/, in which {shows} is filled in.
    """
    files = []
    for name, shows in tables.items():
        path, text = f"results/{{study}}/tables/{name}", caption.format(shows=shows)
        labels = {"result": name.replace("-", " "), "shows": SHOWS.get(shows, shows)}
        shown = report(f"{path}.csv", caption=f"{WORKFLOW}/report/{text}.rst", category=category, labels=labels)
        files += [shown, *multiext(path, ".md", ".tex", ".json")]
    return files
