"""Accuracy of every subject: the spread between people."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, literal, save_figure, styled
from videofer.report.tables.wording import name_run

# Okabe and Ito's colours, and shapes that tell the variants apart in grey.
STYLES = [("o", BLUE), ("s", VERMILLION), ("^", "#009E73"), ("D", "#CC79A7"), ("v", "#56B4E9"), ("P", "#E69F00")]


def plot_subjects(subjects: str | Path, out: Sequence[str | Path]) -> None:
    """Draw the accuracy of every subject by the LSTM of each variant of the Capsule-LSTM."""
    table = read_table(subjects, "metric")
    with styled():
        save_figure(draw_subjects(table[(table["head"] == "sequence") & (table["model"] == OWN_MODEL)]), out)


def draw_subjects(subjects: pd.DataFrame) -> Figure:
    """Return a column for each subject, in order of the mean accuracy; columns as in `measure_subjects`."""
    total = subjects.groupby("subject", sort=False)[["correct", "n"]].sum()
    mean = (total["correct"] / total["n"]).sort_values(kind="stable")
    place = pd.Series(np.arange(len(mean)), index=mean.index)
    figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
    axes = figure.subplots()
    axes.bar(place, 100 * mean, width=0.84, color="#E3E3E3", label="mean")
    size = max(3.2, min(4.5, 90 / len(mean)))  # points
    runs = list(subjects.groupby(["model", "variant"], sort=False))
    for number, (run, group) in enumerate(runs):
        marker, colour = STYLES[number % len(STYLES)]
        shift = (number - (len(runs) - 1) / 2) * 0.72 / len(runs)
        axes.plot(
            place[group["subject"]] + shift, 100 * group["accuracy"], linestyle="", marker=marker, color=colour,
            markersize=size, markeredgecolor="white", markeredgewidth=0.3, label=name_run(*run),
            clip_on=False,
        )  # fmt: skip
    rotated = len(mean) > 20 or max(map(len, mean.index)) > 5
    axes.set_xticks(place, [literal(name) for name in mean.index], rotation=90 if rotated else 0)
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel="accuracy of the LSTM (%)", xlabel="subject", ylim=(0, 100), xlim=(-0.6, len(mean) - 0.4))
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=5, handletextpad=0.4, columnspacing=1.4, handlelength=1.4)
    return figure
