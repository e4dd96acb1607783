"""The figures of predictions: the confusion of the expressions, and the calibration of the probabilities."""

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

from videofer.core.study import HEADS
from videofer.core.table_formats import show, show_percent
from videofer.evaluation.statistics.calibration import BINS
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, read_own

COLOURS = seaborn.light_palette("#00497A", as_cmap=True)  # falls in lightness only, so that it prints in grey
MARKERS = {"sequence": "o", "capsule": "s"}
LINES = {
    "sequence": {"color": BLUE, "linestyle": "-"},
    "capsule": {"color": VERMILLION, "linestyle": (0, (3, 1))},
}
DIAGONAL = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}


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
