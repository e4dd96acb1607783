"""Every figure of a study in one go: those of the whole, and the same ones of each trained variant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table
from videofer.report.figures.accuracies import plot_models, plot_overview
from videofer.report.figures.answers import plot_answers, plot_confusion, plot_frames
from videofer.report.figures.faces import plot_dimensions, plot_reconstructions, plot_saliency, plot_samples
from videofer.report.figures.style import save_plot
from videofer.report.figures.training import plot_history
from videofer.report.tables.wording import is_papers_data

# Figures of a variant -> what draws them, and the tables of metrics whose rows of that variant it draws.
VARIANT = {
    "confusion": (plot_confusion, ("confusion", "overall")),
    "answers": (plot_answers, ("classes", "reliability", "calibration", "subjects")),
    "history": (plot_history, ("history",)),
}
# Figures of the explained variant -> what draws them, and the files that it reads.
EXPLAINED = {
    "saliency": (plot_saliency, ("explanations", "clips")),
    "frames": (plot_frames, ("explanations",)),
    "reconstructions": (plot_reconstructions, ("explanations", "clips")),
    "dimensions": (plot_dimensions, ("explanations", "clips")),
}


def draw_figures(
    files: Mapping[str, str | Path], out: Sequence[str | Path], kind: str, classes: Sequence[str]
) -> None:
    """Save every figure of a study: NAME.SUFFIX of the whole, MODEL/VARIANT/NAME.SUFFIX of a trained variant.

    files: by name: the tables of metrics, clips and explanations, and the paper's paper_losses (Table 4.1),
    paper_models (Table 4.2) and originals; out: the paths; kind and classes: of the data set, which say whether the
    paper's figures are drawn, too.
    """
    names = {"models", *(name for _, tables in VARIANT.values() for name in tables)}
    tables = {name: read_table(files[name], "history" if name == "history" else "metric") for name in names}
    losses, *printed = (pd.read_csv(files[key]) for key in ("paper_losses", "paper_models", "originals"))
    whole = {
        "figure-4.1": (plot_samples, files["clips"]),
        "figure-models": (plot_models, tables["models"], printed if is_papers_data(kind, classes) else None),
        "figure-overview": (plot_overview, tables["overall"], losses),
    }
    figures = defaultdict(list)
    for path in map(Path, out):
        figures[path.parent / path.stem].append(path)
    for figure, formats in figures.items():
        if figure.name in whole:
            plot, *inputs = whole[figure.name]
        elif figure.name in EXPLAINED:
            plot, needed = EXPLAINED[figure.name]
            inputs = [files[name] for name in needed]
        else:
            plot, needed = VARIANT[figure.name]
            model, variant = figure.parts[-3:-1]
            inputs = [
                table[(table["model"] == model) & (table["variant"] == variant)]
                for table in (tables[name] for name in needed)
            ]
        save_plot(plot, formats, *inputs)
