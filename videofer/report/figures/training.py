"""The figure of a variant's trainings: accuracy and losses over the epochs."""

import math

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from videofer.core.study import OWN_MODEL, VARIANTS
from videofer.report.figures.faces import draw_note
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

ACCURACY = "accuracy (%)"
# Titles of the Capsule-LSTM's losses; those of the others are called as in history.csv.
LOSSES = {
    "margin": "margin loss of the capsules, eq. 3.2",
    "reconstruction": "reconstruction loss, eq. 3.3",
    "sequence": "LSTM loss, {}",
    "total": "joint loss, eq. 3.1",
}
SEQUENCE = {"cross-entropy": "cross-entropy, eq. 3.4", "margin": "margin, eq. 3.2"}
# What history.csv says of an epoch beside its losses.
KNOWN = {"model", "variant", "seed", "fold", "epoch", "split", "accuracy", "capsule_accuracy", "chosen"}
COLUMNS = 3  # panels side by side
NO_EPOCHS = "{} is not trained in epochs: it has no curves."


def plot_history(history: pd.DataFrame) -> Figure:
    """Draw accuracy and every loss of one variant over its epochs, one panel each (fig. 4.2 for the paper's model).

    A line is the mean over the runs, a band reaches from the lowest to the highest run; the first panel marks the
    epoch that each run chose on its validation subjects, equal ones as a stack. `history` has the variant's
    rows of history.csv; a model without epochs has a sentence in place of panels.
    """
    model, variant = history.iloc[0][["model", "variant"]]
    if history["epoch"].max() == 0:
        return draw_note(NO_EPOCHS.format(model))
    # A loss that is zero throughout is no part of the variant.
    losses = [name for name in history if name not in KNOWN and (history[name].fillna(0) != 0).any()]
    rows = -(-(1 + len(losses)) // COLUMNS)
    figure = Figure(figsize=(WIDTH, 1.75 * rows + 0.3), layout="constrained")
    panels = [*figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).flat]
    for axes, name in zip(panels, ["accuracy", *losses], strict=False):
        draw_curve(axes, history, name)
        axes.set_title(ACCURACY if name == "accuracy" else title_loss(model, variant, name), fontsize=7)
        axes.set_xlabel("epoch")
        axes.tick_params(labelbottom=True)
    for axes in panels[1 + len(losses) :]:
        axes.set_visible(False)
    mark = mark_chosen(panels[0], history)
    handles, labels = panels[0].get_legend_handles_labels()
    folds, seeds = history["fold"].nunique(), history["seed"].nunique()
    runs = f"{folds} fold{'s' * (folds > 1)}" + (f" × {seeds} seeds" if seeds > 1 else "")
    labels = [f"{labels[0]} (band: lowest to highest of {runs})", *labels[1:], "epoch chosen by a run"]
    figure.legend([*handles, mark], labels, loc="outside upper center", ncols=3)
    return figure


def title_loss(model: str, variant: str, name: str) -> str:
    """Return what a loss of history.csv is."""
    if model != OWN_MODEL or name not in LOSSES:
        return f"{name} loss"
    return LOSSES[name].format(SEQUENCE[VARIANTS[variant].sequence])


def draw_curve(axes: Axes, history: pd.DataFrame, name: str) -> None:
    """Draw the accuracy or one loss over the epochs for the training and the validation clips."""
    scale, exponent = 100 if name == "accuracy" else 1, 0
    highest = history[name].max()
    if name != "accuracy" and 0 < highest < 0.01:
        exponent = math.floor(math.log10(highest))
        scale = 10.0**-exponent
    history = history.dropna(subset=name)  # of another stage of the training
    marker = "o" if history["epoch"].nunique() == 1 else None
    for split, colour, dashes in (("train", BLUE, ""), ("validation", VERMILLION, (4, 1.5))):
        rows = history[history["split"] == split]
        style = {"color": colour, "dashes": dashes, "marker": marker, "markeredgewidth": 0}
        # ("pi", 100) is seaborn's name for the band from the lowest to the highest value.
        band = {"estimator": "mean", "errorbar": ("pi", 100), "err_kws": {"linewidth": 0}}
        label = f"{split}, mean"
        seaborn.lineplot(x=rows["epoch"], y=scale * rows[name], label=label, legend=False, ax=axes, **style, **band)
    axes.set(xlabel="", ylabel=rf"$10^{{{exponent}}}$" if exponent else "")
    axes.margins(x=0.02)
    axes.set_ylim(0, 100 if name == "accuracy" else 1.1 * scale * highest)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))


def mark_chosen(axes: Axes, history: pd.DataFrame) -> Line2D:
    """Mark the epochs that the runs chose, equal ones as a stack; return the marks."""
    chosen = history[(history["chosen"] == 1) & (history["split"] == "validation")]
    rank = chosen.groupby("epoch").cumcount()
    height = 0.03 + min(0.05, 0.3 / max(1, rank.max())) * rank
    style = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 4, "clip_on": False}
    return axes.plot(chosen["epoch"], height, transform=axes.get_xaxis_transform(), **style)[0]
