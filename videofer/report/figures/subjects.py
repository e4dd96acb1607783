"""Accuracy of every subject: the spread between people."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from videofer.report.figures.inputs import read_own
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, literal

# Okabe and Ito's colours, and shapes that tell the variants apart in grey.
STYLES = [("o", BLUE), ("s", VERMILLION), ("^", "#009E73"), ("D", "#CC79A7")]


def plot_subjects(subjects: str | Path) -> Figure:
    """Draw the accuracy of every subject by the LSTM of each variant, subjects in order of their mean accuracy.

    The input is metrics/subjects.csv.
    """
    table = read_own(subjects)
    table = table[table["head"] == "sequence"]
    total = table.groupby("subject", sort=False)[["correct", "n"]].sum()
    mean = (total["correct"] / total["n"]).sort_values(kind="stable")
    position = pd.Series(np.arange(len(mean)), index=mean.index)
    figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
    axes = figure.subplots()
    axes.bar(position, 100 * mean, width=0.84, color="#E3E3E3", label="mean")
    size = max(3.2, min(4.5, 90 / len(mean)))  # points
    variants = table["variant"].unique()
    for number, (variant, (marker, colour)) in enumerate(zip(variants, STYLES, strict=False)):
        rows = table[table["variant"] == variant]
        shift = (number - (len(variants) - 1) / 2) * 0.72 / len(variants)
        style = {"linestyle": "", "marker": marker, "color": colour, "markersize": size, "markeredgewidth": 0.3}
        style |= {"markeredgecolor": "white", "clip_on": False, "label": variant}
        axes.plot(position[rows["subject"]] + shift, 100 * rows["accuracy"], **style)
    rotated = len(mean) > 20 or max(map(len, mean.index)) > 5
    axes.set_xticks(position, [literal(name) for name in mean.index], rotation=90 if rotated else 0)
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel="accuracy of the LSTM (%)", xlabel="subject", ylim=(0, 100), xlim=(-0.6, len(mean) - 0.4))
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=5, handletextpad=0.4, columnspacing=1.4, handlelength=1.4)
    return figure
