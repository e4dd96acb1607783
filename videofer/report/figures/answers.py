"""The figures of the answers: confusion, calibration, and frame by frame."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from seaborn.utils import relative_luminance

from videofer.core.artifacts import read_arrays
from videofer.core.study import HEADS
from videofer.core.table_formats import show, show_percent
from videofer.evaluation.statistics.accuracy import BINS
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, read_own

COLOURS = seaborn.light_palette("#00497A", as_cmap=True)  # falls in lightness only, so that it prints in grey
MARKERS = {"sequence": "o", "capsule": "s"}
LINES = {
    "sequence": {"color": BLUE, "linestyle": "-"},
    "capsule": {"color": VERMILLION, "linestyle": (0, (3, 1))},
}
DIAGONAL = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}
# Each head's name, the array that it answers from, what that is, and how its lines are drawn.
PREFIXES = {
    "sequence": ("LSTM", "probability", "probability by the LSTM, frames so far", (BLUE, "-")),
    "capsule": ("capsule vote", "norms", "length of the capsule, this frame", (VERMILLION, (0, (4, 1.5)))),
}
CHANCE = {"color": GREY, "linewidth": 0.6, "linestyle": ":"}


def plot_confusion(confusion: str | Path, overall: str | Path, variant: str) -> Figure:
    """Draw the confusion matrices of one variant, of the LSTM and of the capsule vote side by side (fig. 4.3).

    A cell's colour and per cent are its share of the true class. With several seeds every clip is counted once a
    seed, and the rows say so. The inputs are metrics/confusion.csv and metrics/overall.csv.
    """
    table, rates = (
        own[own["variant"] == variant].set_index("head") for own in (read_own(confusion), read_own(overall))
    )
    seeds = int(rates["seeds"].max())
    unit, times = ("clips", "") if seeds == 1 else ("clips × seeds", f" × {seeds}")
    figure = Figure(figsize=(WIDTH, 3.35), layout="compressed")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, letter, (key, head) in zip(panels, "ab", HEADS.items(), strict=True):
        names = table.loc[key, "true"].unique()
        counts = table.loc[key].pivot(index="true", columns="predicted", values="count").loc[names, names]
        draw_cells(axes, counts)
        axes.set_xticklabels(names, rotation=35, ha="right", rotation_mode="anchor")
        rows = [f"{name} ({answers // seeds}{times})" for name, answers in counts.sum(axis=1).items()]
        axes.set_yticklabels(rows, rotation=0)
        right = f"{np.trace(counts)} of {counts.to_numpy().sum()} right"
        axes.set(title=f"({letter}) {head.name}, {right}", xlabel="answer", ylabel="")
        axes.tick_params(length=0)
    panels[0].set_ylabel(f"true expression ({unit})")
    bar = figure.colorbar(ScalarMappable(Normalize(0, 100), COLOURS), ax=panels, shrink=0.8, aspect=30, pad=0.01)
    bar.set_label("share of the true expression (%)")
    bar.outline.set_visible(False)
    return figure


def draw_cells(axes: Axes, counts: pd.DataFrame) -> None:
    """Colour the cells and write count and per cent into each, in black or white, whichever reads better.

    counts: true classes down, answers across; the row of a class without clips is zero.
    """
    percent = 100 * counts.to_numpy() / np.maximum(counts.sum(axis=1).to_numpy()[:, None], 1)
    style = {"square": True, "linewidths": 0.8, "linecolor": "white", "cbar": False}
    seaborn.heatmap(percent, vmin=0, vmax=100, cmap=COLOURS, ax=axes, **style)
    for (row, column), share in np.ndenumerate(percent):
        n = counts.iat[row, column]
        # At luminance 0.18 black and white have the same contrast (WCAG 2).
        ink = "black" if relative_luminance(COLOURS(share / 100)) > 0.18 else "white"
        text = f"{n}\n{show(share, 0)} %" if n else "0"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6.5, color=ink)


def plot_calibration(calibration: str | Path, reliability: str | Path) -> Figure:
    """Draw one panel for each variant: both heads' reliability curves over the histograms of their confidence.

    The area of a mark grows with its answers. The inputs are metrics/calibration.csv and metrics/reliability.csv.
    """
    errors, reliability = read_own(calibration), read_own(reliability)
    variants, largest = errors["variant"].unique(), reliability["n"].max()
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(2, len(variants), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1))
    for variant, (curve, histogram) in zip(variants, panels.T, strict=True):
        shown = [show_percent(error) for error in errors[errors["variant"] == variant]["ece"]]
        curve.set_title(f"{variant}\nECE {' / '.join(shown)} points", fontsize=6.5)
        curve.plot([0, 1], [0, 1], **DIAGONAL)
        for head, bins in reliability[reliability["variant"] == variant].groupby("head", sort=False):
            curve.plot(bins["confidence"], bins["accuracy"], linewidth=0.8, alpha=0.5, **LINES[head])
            style = {"color": LINES[head]["color"], "edgecolor": "white", "linewidth": 0.4, "zorder": 3}
            area, mark = 3 + 65 * bins["n"] / largest, MARKERS[head]
            curve.scatter(bins["confidence"], bins["accuracy"], area, marker=mark, clip_on=False, **style)
            counts = bins.set_index("bin")["n"].reindex(range(BINS), fill_value=0)
            histogram.stairs(counts, np.linspace(0, 1, BINS + 1), linewidth=1, **LINES[head])
        curve.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1))
        histogram.set_xlabel("confidence")
    panels[0, 0].set_ylabel("accuracy")
    panels[1, 0].set_ylabel("answers")
    handles = [
        Line2D([], [], marker=MARKERS[head], linewidth=1, markersize=5, label=HEADS[head].name, **line)
        for head, line in LINES.items()
    ]
    handles.append(Line2D([], [], label="perfect calibration", **DIAGONAL))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def plot_frames(explanations: str | Path) -> Figure:
    """Draw (a) the share of right answers after each frame, and (b) each class's probability and capsule length.

    Bands: Wilson's intervals in (a), the middle half of the clips in (b), whose lines are the mean over them.
    """
    explained = read_arrays(explanations, "explanations")
    classes, columns = explained.parameters["classes"], 3
    rows = -(-len(classes) // columns)
    figure = Figure(figsize=(WIDTH, 1.4 * rows + 0.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(0.85, 2))
    axes = left.subplots()
    for head, answers in answer_prefixes(explained).items():
        name, *_, style = PREFIXES[head]
        share = answers.mean(0)
        band = np.transpose([wilson_interval(value, len(answers)) for value in share])
        draw_line(axes, 100 * share, 100 * band, name, *style)
    axes.axhline(100 / len(classes), label=f"chance, 1 in {len(classes)}", **CHANCE)
    axes.set(xlabel="frames seen", ylabel="clips answered rightly (%)", ylim=(0, 100), title="(a) all classes")
    axes.legend(loc="upper left")
    panels = right.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(classes) :]:
        axes.set_visible(False)
    for label, (name, axes) in enumerate(zip(classes, panels.flat, strict=False)):
        clips = explained["label"] == label
        for _, array, content, style in PREFIXES.values():
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


def draw_line(
    axes: Axes, values: np.ndarray, band: np.ndarray, label: str, colour: str, dashes: str | tuple
) -> None:
    """Draw values (T,) over the frames, numbered from 1, every third one named, and their band (2, T)."""
    frames = np.arange(1, len(values) + 1)
    axes.fill_between(frames, *band, color=colour, alpha=0.18, linewidth=0)
    axes.plot(frames, values, label=label, color=colour, linestyle=dashes)
    axes.set(xlim=(1, len(values)), xticks=frames[::3])
