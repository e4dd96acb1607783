"""Figure 4.2: the losses over the epochs."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

LINES = {"train": (BLUE, ""), "validation": (VERMILLION, (4, 1.5))}


def plot_history(history: str | Path, out: Sequence[str | Path], variant: str) -> None:
    """Draw the four losses of one variant of the Capsule-LSTM.

    A line is the mean over its runs, a band reaches from the lowest to the highest run.
    """
    table = read_table(history, "history")
    table = table[table["model"] == OWN_MODEL]
    with styled():
        save_figure(draw_history(table[table["variant"] == variant], variant), out)


def draw_history(history: pd.DataFrame, variant: str) -> Figure:
    """Return panels (a) margin, (b) reconstruction, (c) sequence and (d) joint loss (paper figure 4.2)."""
    cross_entropy = variant.endswith("-ce")
    panels = {
        "margin": "(a) Margin loss of the capsules, eq. 3.2",
        "reconstruction": "(b) Reconstruction loss, eq. 3.3",
        "sequence": f"(c) LSTM loss, {'cross-entropy, eq. 3.4' if cross_entropy else 'margin, eq. 3.2'}",
        "total": "(d) Joint loss, eq. 3.1",
    }
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    for axes, (loss, title) in zip(figure.subplots(2, 2, sharex=True).flat, panels.items(), strict=True):
        axes.set_title(title)
        if loss == "reconstruction" and "reconstruction" not in variant.split("-"):
            axes.text(0.5, 0.5, "not part of this variant", ha="center", transform=axes.transAxes, color=GREY)
            continue
        draw_loss(axes, history, loss)
    bottom = figure.axes[2:]
    for axes in bottom:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    mark_chosen(bottom[1], history)
    first = figure.axes[0]
    band = f"band: lowest to highest of {count_runs(history)}"
    first.legend(loc="best", title=band, title_fontsize=7, alignment="left")
    return figure


def draw_loss(axes, history: pd.DataFrame, loss: str) -> None:
    """Draw one loss over the epochs for the training and the validation clips."""
    highest = history[loss].max()
    exponent = math.floor(math.log10(highest)) if 0 < highest < 0.01 else 0
    for split, (colour, dashes) in LINES.items():
        rows = history[history["split"] == split]
        # ("pi", 100) is seaborn's name for the band from the lowest to the highest value.
        seaborn.lineplot(
            x=rows["epoch"], y=rows[loss] * 10.0**-exponent, estimator="mean", errorbar=("pi", 100),
            err_kws={"linewidth": 0}, color=colour, dashes=dashes, label=f"{split}, mean", legend=False, ax=axes,
            marker="o" if history["epoch"].nunique() == 1 else None, markeredgewidth=0,
        )  # fmt: skip
    unit = rf"$10^{{{exponent}}}$, dimensionless" if exponent else "dimensionless"
    axes.set(xlabel="", ylabel=f"loss ({unit})")
    axes.margins(x=0.02, y=0.08)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def count_runs(history: pd.DataFrame) -> str:
    """Say how many runs a curve is drawn over, such as '10 folds'."""
    folds, seeds = history["fold"].nunique(), history["seed"].nunique()
    return f"{folds} fold{'s' * (folds > 1)}" + (f" \N{MULTIPLICATION SIGN} {seeds} seeds" if seeds > 1 else "")


def mark_chosen(axes, history: pd.DataFrame) -> None:
    """Mark on the epoch axis the epoch that each run chose on its validation subjects, equal ones as a stack."""
    chosen = history[(history["chosen"] == 1) & (history["split"] == "validation")]
    place = chosen.groupby("epoch").cumcount()
    height = 0.02 + min(0.035, 0.25 / max(1, place.max())) * place
    marks = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 4, "clip_on": False}
    (marked,) = axes.plot(chosen["epoch"], height, transform=axes.get_xaxis_transform(), **marks)
    one = "fold" if history["seed"].nunique() == 1 else "fold and seed"
    axes.legend([marked], [f"epoch chosen by a {one}"], loc="best")
