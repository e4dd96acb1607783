"""Is a model as often right as it is sure? Reliability curves over histograms of the confidence."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.study import HEADS
from videofer.core.table_formats import show_percent
from videofer.evaluation.statistics.accuracy import BINS
from videofer.report.figures.inputs import read_own
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

MARKERS = {"sequence": "o", "capsule": "s"}
LINES = {
    "sequence": {"color": BLUE, "linestyle": "-"},
    "capsule": {"color": VERMILLION, "linestyle": (0, (3, 1))},
}
DIAGONAL = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}


def plot_calibration(calibration: str | Path, reliability: str | Path) -> Figure:
    """Draw one panel for each variant: both heads' reliability curves over their histograms.

    The inputs are metrics/calibration.csv and metrics/reliability.csv.
    """
    errors, reliability = read_own(calibration), read_own(reliability)
    variants = errors["variant"].unique()
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(2, len(variants), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1))
    for variant, (curve, histogram) in zip(variants, panels.T, strict=True):
        shown = [show_percent(error) for error in errors[errors["variant"] == variant]["ece"]]
        curve.set_title(f"{variant}\nECE {' / '.join(shown)} points", fontsize=6.5)
        curve.plot([0, 1], [0, 1], **DIAGONAL)
        for head, bins in reliability[reliability["variant"] == variant].groupby("head", sort=False):
            draw_head(curve, histogram, head, bins, reliability["n"].max())
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


def draw_head(curve, histogram, head: str, bins: pd.DataFrame, largest: int) -> None:
    """Draw a head's accuracy over confidence, and below it the number of answers in every bin, empty ones included.

    The area of a mark grows with its answers; largest: the answers of the fullest bin of the figure.
    """
    curve.plot(bins["confidence"], bins["accuracy"], linewidth=0.8, alpha=0.5, **LINES[head])
    style = {"color": LINES[head]["color"], "edgecolor": "white", "linewidth": 0.4, "zorder": 3, "clip_on": False}
    area = 3 + 65 * bins["n"] / largest
    curve.scatter(bins["confidence"], bins["accuracy"], area, marker=MARKERS[head], **style)
    counts = bins.set_index("bin")["n"].reindex(range(BINS), fill_value=0)
    histogram.stairs(counts, np.linspace(0, 1, BINS + 1), linewidth=1, **LINES[head])
