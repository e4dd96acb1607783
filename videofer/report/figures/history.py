"""Figure 4.2: the losses over the epochs."""

import math
from pathlib import Path

import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from videofer.core.study import VARIANTS
from videofer.report.figures.inputs import read_own
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

LINES = {"train": (BLUE, ""), "validation": (VERMILLION, (4, 1.5))}
SEQUENCE = {"cross-entropy": "cross-entropy, eq. 3.4", "margin": "margin, eq. 3.2"}
PANELS = {
    "margin": "(a) Margin loss of the capsules, eq. 3.2",
    "reconstruction": "(b) Reconstruction loss, eq. 3.3",
    "sequence": "(c) LSTM loss, {}",
    "total": "(d) Joint loss, eq. 3.1",
}


def plot_history(history: str | Path, variant: str) -> Figure:
    """Draw the losses of one variant over the epochs, one panel a loss (paper figure 4.2).

    A line is the mean over the runs, a band reaches from the lowest to the highest run. The input is
    metrics/history.csv.
    """
    table, losses = read_own(history, "history"), VARIANTS[variant]
    table = table[table["variant"] == variant]
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True)
    for axes, (loss, title) in zip(panels.flat, PANELS.items(), strict=True):
        axes.set_title(title.format(SEQUENCE[losses.sequence]))
        if loss == "reconstruction" and not losses.reconstruction:
            axes.text(0.5, 0.5, "not part of this variant", ha="center", transform=axes.transAxes, color=GREY)
        else:
            draw_loss(axes, table, loss)
    for axes in panels[1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    mark_chosen(panels[1, 1], table)
    band = f"band: lowest to highest of {count_runs(table)}"
    panels[0, 0].legend(loc="best", title=band, title_fontsize=7, alignment="left")
    return figure


def draw_loss(axes, history: pd.DataFrame, loss: str) -> None:
    """Draw one loss over the epochs for the training and the validation clips."""
    highest = history[loss].max()
    exponent = math.floor(math.log10(highest)) if 0 < highest < 0.01 else 0
    marker = "o" if history["epoch"].nunique() == 1 else None
    for split, (colour, dashes) in LINES.items():
        rows = history[history["split"] == split]
        style = {"color": colour, "dashes": dashes, "marker": marker, "markeredgewidth": 0}
        # ("pi", 100) is seaborn's name for the band from the lowest to the highest value.
        band = {"estimator": "mean", "errorbar": ("pi", 100), "err_kws": {"linewidth": 0}}
        values, label = rows[loss] * 10.0**-exponent, f"{split}, mean"
        seaborn.lineplot(x=rows["epoch"], y=values, label=label, legend=False, ax=axes, **style, **band)
    unit = rf"$10^{{{exponent}}}$, dimensionless" if exponent else "dimensionless"
    axes.set(xlabel="", ylabel=f"loss ({unit})")
    axes.margins(x=0.02, y=0.08)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def mark_chosen(axes, history: pd.DataFrame) -> None:
    """Mark on the epoch axis the epoch that each run chose on its validation subjects, equal ones as a stack."""
    chosen = history[(history["chosen"] == 1) & (history["split"] == "validation")]
    rank = chosen.groupby("epoch").cumcount()
    height = 0.02 + min(0.035, 0.25 / max(1, rank.max())) * rank
    marks = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 4, "clip_on": False}
    (marked,) = axes.plot(chosen["epoch"], height, transform=axes.get_xaxis_transform(), **marks)
    run = "fold" if history["seed"].nunique() == 1 else "fold and seed"
    axes.legend([marked], [f"epoch chosen by a {run}"], loc="best")


def count_runs(history: pd.DataFrame) -> str:
    """Return how many runs a curve is drawn over, such as '10 folds'."""
    folds, seeds = history["fold"].nunique(), history["seed"].nunique()
    return f"{folds} fold{'s' * (folds > 1)}" + (f" × {seeds} seeds" if seeds > 1 else "")
