"""Is a model as often right as it is sure? Reliability curves over histograms of the confidence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.artifacts import read_table
from videofer.core.study import HEADS, OWN_MODEL
from videofer.core.table_formats import show_percent
from videofer.evaluation.statistics.calibration import BINS
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

MARKS = {"sequence": ("o", BLUE, "-"), "capsule": ("s", VERMILLION, (0, (3, 1)))}


def plot_calibration(calibration: str | Path, reliability: str | Path, out: Sequence[str | Path]) -> None:
    """Draw one panel for each variant: both heads' reliability curves over their histograms."""
    tables = (read_table(path, "metric") for path in (calibration, reliability))
    with styled():
        save_figure(draw_calibration(*(table[table["model"] == OWN_MODEL] for table in tables)), out)


def draw_calibration(calibration: pd.DataFrame, reliability: pd.DataFrame) -> Figure:
    """Return the panels of all variants; columns as in `measure_calibration` and `measure_reliability`."""
    variants = list(dict.fromkeys(calibration["variant"]))
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(2, len(variants), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1))
    most = reliability["n"].max()
    for variant, (curve, histogram) in zip(variants, panels.T, strict=True):
        errors = calibration[calibration["variant"] == variant]["ece"]
        curve.set_title(f"{variant}\nECE {' / '.join(map(show_percent, errors))} points", fontsize=6.5)
        curve.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
        for head, bins in reliability[reliability["variant"] == variant].groupby("head", sort=False):
            draw_curve(curve, bins, head, most)
            draw_histogram(histogram, bins, head)
        curve.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1))
        histogram.set_xlabel("confidence")
    panels[0, 0].set_ylabel("accuracy")
    panels[1, 0].set_ylabel("answers")
    handles = [
        Line2D(
            [], [], marker=marker, color=colour, linestyle=line, linewidth=1, markersize=5, label=HEADS[head].name
        )
        for head, (marker, colour, line) in MARKS.items()
    ]
    handles.append(Line2D([], [], color=GREY, linewidth=0.8, linestyle=":", label="perfect calibration"))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def draw_curve(axes, bins: pd.DataFrame, head: str, most: int) -> None:
    """Draw accuracy over confidence, a mark for each bin with an area that grows with its answers."""
    marker, colour, line = MARKS[head]
    axes.plot(bins["confidence"], bins["accuracy"], color=colour, linestyle=line, linewidth=0.8, alpha=0.5)
    axes.scatter(
        bins["confidence"], bins["accuracy"], 3 + 65 * bins["n"] / most, marker=marker, color=colour,
        edgecolor="white", linewidth=0.4, zorder=3, clip_on=False,
    )  # fmt: skip


def draw_histogram(axes, bins: pd.DataFrame, head: str) -> None:
    """Draw the number of answers in every bin as an outline, empty bins included."""
    _, colour, line = MARKS[head]
    counts = bins.set_index("bin")["n"].reindex(range(BINS), fill_value=0)
    axes.stairs(counts, np.linspace(0, 1, BINS + 1), color=colour, linestyle=line, linewidth=1)
