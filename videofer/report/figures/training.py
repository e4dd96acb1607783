"""The figures of the trainings: the losses of one variant, and every model's accuracy, over the epochs."""

import math
from pathlib import Path

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from videofer.core.artifacts import read_table
from videofer.core.study import VARIANTS
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, read_own

LOSSES = {
    "margin": "(a) Margin loss of the capsules, eq. 3.2",
    "reconstruction": "(b) Reconstruction loss, eq. 3.3",
    "sequence": "(c) LSTM loss, {}",
    "total": "(d) Joint loss, eq. 3.1",
}
SEQUENCE = {"cross-entropy": "cross-entropy, eq. 3.4", "margin": "margin, eq. 3.2"}
SPLITS = {"train": (BLUE, "-"), "validation": (VERMILLION, (0, (4, 1.5)))}
COLUMNS = 4  # panels side by side


def plot_curves(history: str | Path) -> Figure:
    """Draw the accuracy of every model and variant over its epochs, on training and validation clips, a panel each.

    A faint line is a run (a fold and seed) until it stopped, a bold one the mean of the runs, each with its last
    value after it stopped; triangles mark the epochs chosen on validation. The input is metrics/history.csv, of
    which models without epochs are left out.
    """
    table = read_table(history, "history")
    names = table.groupby(["model", "variant"], sort=False)["epoch"].max()
    names = names[names > 0].index
    rows = max(1, -(-len(names) // COLUMNS))
    figure = Figure(figsize=(WIDTH, 1.35 * rows + 0.45), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
    for name, axes in zip(names, panels.flat, strict=False):
        draw_curves(axes, table[(table["model"] == name[0]) & (table["variant"] == name[1])])
        axes.set_title("\n".join(name), fontsize=6.5)
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    for number, axes in enumerate(panels.flat[: len(names)]):
        if number + COLUMNS >= len(names):
            axes.set_xlabel("epoch")
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy (%)")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def draw_curves(axes: Axes, history: pd.DataFrame) -> None:
    """Draw the runs of one variant, history being its rows of history.csv."""
    for split, (colour, dashes) in SPLITS.items():
        curves = history[history["split"] == split].pivot_table(
            index="epoch", columns=["seed", "fold"], values="accuracy"
        )
        axes.plot(curves.index, 100 * curves, color=colour, linewidth=0.4, alpha=0.3)
        mean = 100 * curves.ffill().mean(axis=1)
        axes.plot(
            mean.index, mean, color=colour, linestyle=dashes, linewidth=1.2, label=f"{split}, mean of the runs"
        )
    chosen = history[(history["chosen"] == 1) & (history["split"] == "validation")]
    marks = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 3, "clip_on": False}
    place = [0.03] * len(chosen)
    label = "epoch chosen by a run"
    axes.plot(chosen["epoch"], place, transform=axes.get_xaxis_transform(), alpha=0.6, label=label, **marks)
    axes.set(ylim=(0, 100))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def plot_history(history: str | Path, variant: str) -> Figure:
    """Draw the losses of one variant over the epochs, one panel a loss (fig. 4.2).

    A line is the mean over the runs, a band reaches from the lowest to the highest run; the last panel marks the
    epoch that each run chose on its validation subjects, equal ones as a stack. The input is metrics/history.csv.
    """
    table, losses = read_own(history, "history"), VARIANTS[variant]
    table = table[table["variant"] == variant]
    folds, seeds = table["fold"].nunique(), table["seed"].nunique()
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True)
    for axes, (loss, title) in zip(panels.flat, LOSSES.items(), strict=True):
        axes.set_title(title.format(SEQUENCE[losses.sequence]))
        if loss == "reconstruction" and not losses.reconstruction:
            axes.text(0.5, 0.5, "not part of this variant", ha="center", transform=axes.transAxes, color=GREY)
        else:
            draw_loss(axes, table, loss)
    for axes in panels[1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    chosen = table[(table["chosen"] == 1) & (table["split"] == "validation")]
    rank, joint = chosen.groupby("epoch").cumcount(), panels[1, 1]
    height = 0.02 + min(0.035, 0.25 / max(1, rank.max())) * rank
    marks = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 4, "clip_on": False}
    (marked,) = joint.plot(chosen["epoch"], height, transform=joint.get_xaxis_transform(), **marks)
    joint.legend([marked], [f"epoch chosen by a {'fold and seed' if seeds > 1 else 'fold'}"], loc="best")
    runs = f"{folds} fold{'s' * (folds > 1)}" + (f" × {seeds} seeds" if seeds > 1 else "")
    band = f"band: lowest to highest of {runs}"
    panels[0, 0].legend(loc="best", title=band, title_fontsize=7, alignment="left")
    return figure


def draw_loss(axes: Axes, history: pd.DataFrame, loss: str) -> None:
    """Draw one loss over the epochs for the training and the validation clips."""
    highest = history[loss].max()
    exponent = math.floor(math.log10(highest)) if 0 < highest < 0.01 else 0
    marker = "o" if history["epoch"].nunique() == 1 else None
    for split, colour, dashes in (("train", BLUE, ""), ("validation", VERMILLION, (4, 1.5))):
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
