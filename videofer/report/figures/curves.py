"""The figures of curves: the losses over the epochs, and the answers over the frames of a clip."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from videofer.core.artifacts import read_arrays
from videofer.core.study import VARIANTS
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, read_own

LOSS_LINES = {"train": (BLUE, ""), "validation": (VERMILLION, (4, 1.5))}
SEQUENCE = {"cross-entropy": "cross-entropy, eq. 3.4", "margin": "margin, eq. 3.2"}
PANELS = {
    "margin": "(a) Margin loss of the capsules, eq. 3.2",
    "reconstruction": "(b) Reconstruction loss, eq. 3.3",
    "sequence": "(c) LSTM loss, {}",
    "total": "(d) Joint loss, eq. 3.1",
}
# Each head's name, the array that it answers from, what that is, and how its lines are drawn.
HEADS = {
    "sequence": ("LSTM", "probability", "probability by the LSTM, frames so far", (BLUE, "-")),
    "capsule": ("capsule vote", "norms", "length of the capsule, this frame", (VERMILLION, (0, (4, 1.5)))),
}
CHANCE = {"color": GREY, "linewidth": 0.6, "linestyle": ":"}


def plot_history(history: str | Path, variant: str) -> Figure:
    """Draw the losses of one variant over the epochs, one panel a loss (fig. 4.2).

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
    folds, seeds = table["fold"].nunique(), table["seed"].nunique()
    runs = f"{folds} fold{'s' * (folds > 1)}" + (f" × {seeds} seeds" if seeds > 1 else "")
    band = f"band: lowest to highest of {runs}"
    panels[0, 0].legend(loc="best", title=band, title_fontsize=7, alignment="left")
    return figure


def draw_loss(axes: Axes, history: pd.DataFrame, loss: str) -> None:
    """Draw one loss over the epochs for the training and the validation clips."""
    highest = history[loss].max()
    exponent = math.floor(math.log10(highest)) if 0 < highest < 0.01 else 0
    marker = "o" if history["epoch"].nunique() == 1 else None
    for split, (colour, dashes) in LOSS_LINES.items():
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


def mark_chosen(axes: Axes, history: pd.DataFrame) -> None:
    """Mark on the epoch axis the epoch that each run chose on its validation subjects, equal ones as a stack."""
    chosen = history[(history["chosen"] == 1) & (history["split"] == "validation")]
    rank = chosen.groupby("epoch").cumcount()
    height = 0.02 + min(0.035, 0.25 / max(1, rank.max())) * rank
    marks = {"marker": "^", "linestyle": "", "color": GREY, "markeredgewidth": 0, "markersize": 4, "clip_on": False}
    (marked,) = axes.plot(chosen["epoch"], height, transform=axes.get_xaxis_transform(), **marks)
    run = "fold" if history["seed"].nunique() == 1 else "fold and seed"
    axes.legend([marked], [f"epoch chosen by a {run}"], loc="best")


def plot_frames(explanations: str | Path) -> Figure:
    """Draw (a) the share of right answers after each frame, and (b) each class's probability and capsule length.

    A line of (b) is the mean over the clips of the class, a band the middle half of them.
    """
    explained = read_arrays(explanations, "explanations")
    classes, columns = explained.parameters["classes"], 3
    rows = -(-len(classes) // columns)
    figure = Figure(figsize=(WIDTH, 1.4 * rows + 0.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(0.85, 2))
    draw_answers(left.subplots(), answer_prefixes(explained), len(classes))
    panels = right.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(classes) :]:
        axes.set_visible(False)
    for label, (name, axes) in enumerate(zip(classes, panels.flat, strict=False)):
        clips = explained["label"] == label
        for _, array, content, style in HEADS.values():
            values = explained[array][clips, :, label]
            draw_line(axes, values.mean(0), np.percentile(values, (25, 75), axis=0), content, *style)
        axes.axhline(1 / len(classes), **CHANCE)
        axes.set(ylim=(0, 1), title=f"{'(b) ' * (label == 0)}{name} ({clips.sum()})")
    for axes in panels[-1]:
        axes.set_xlabel("frame")
    for axes in panels[:, 0]:
        axes.set_ylabel("true class")
    right.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def answer_prefixes(explained: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return for each head which clips (N, T) it answers rightly, were the clip to end after that frame.

    The capsules vote by their mean length so far, as they do at the end of a clip.
    """
    frames = np.arange(1, explained["norms"].shape[1] + 1)
    votes = explained["norms"].cumsum(1, dtype=np.float64) / frames[:, None]
    label = explained["label"][:, None]
    return {"sequence": explained["probability"].argmax(-1) == label, "capsule": votes.argmax(-1) == label}


def draw_answers(axes: Axes, right: Mapping[str, np.ndarray], classes: int) -> None:
    """Draw the share of clips answered rightly after each frame, with Wilson's interval; (N, T) for each head."""
    for head, answers in right.items():
        name, *_, style = HEADS[head]
        share = answers.mean(0)
        band = np.transpose([wilson_interval(value, len(answers)) for value in share])
        draw_line(axes, 100 * share, 100 * band, name, *style)
    axes.axhline(100 / classes, label=f"chance, 1 in {classes}", **CHANCE)
    axes.set(xlabel="frames seen", ylabel="clips answered rightly (%)", ylim=(0, 100), title="(a) all classes")
    axes.legend(loc="upper left")


def draw_line(axes: Axes, values: np.ndarray, band: np.ndarray, label: str, colour: str, dashes) -> None:
    """Draw values (T,) over the frames, numbered from 1, every third one named, and their band (2, T)."""
    frames = np.arange(1, len(values) + 1)
    axes.fill_between(frames, *band, color=colour, alpha=0.18, linewidth=0)
    axes.plot(frames, values, label=label, color=colour, linestyle=dashes)
    axes.set(xlim=(1, len(values)), xticks=frames[::3])
