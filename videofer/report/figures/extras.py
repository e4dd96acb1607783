"""Figures of the extras: the learning curve, and what the readings change."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.core.artifacts import read_table
from videofer.evaluation.comparison import MAIN
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

# Head -> name, colour, line and marker: told apart without colour, too.
LOOKS = {"sequence": ("LSTM", BLUE, "-", "o"), "capsule": ("capsule vote", VERMILLION, "--", "s")}
BARS = {"markersize": 4, "elinewidth": 0.9, "capsize": 2}


def plot_learning_curve(metric: str | Path, classes: int) -> Figure:
    """Draw accuracy with its interval over clips against the training subjects, one line a head.

    classes: their number, which gives the line of chance.
    """
    studies, chance = read_table(metric, "metric"), 1 / classes
    figure = Figure(figsize=(0.6 * WIDTH, 2.8), layout="constrained")
    axes = figure.subplots()
    for shift, (head, (name, colour, line, marker)) in zip((0.985, 1.015), LOOKS.items(), strict=True):
        rows = studies[studies["head"] == head].sort_values("training_subjects")
        accuracy, style = 100 * rows["accuracy"], {"color": colour, "linestyle": line, "marker": marker} | BARS
        errors = [accuracy - 100 * rows["wilson_low"], 100 * rows["wilson_high"] - accuracy]
        axes.errorbar(rows["training_subjects"] * shift, accuracy, yerr=errors, label=name, **style)
    axes.axhline(100 * chance, color=GREY, linewidth=0.8, linestyle=":")
    text = {"transform": axes.get_yaxis_transform(), "ha": "right", "color": GREY, "fontsize": 7}
    axes.text(1, 100 * chance + 1, "chance", **text)
    axes.set_xscale("log", base=2)
    ticks = sorted(set(studies["training_subjects"]))
    axes.set_xticks(ticks, [f"{tick:.1f}".removesuffix(".0") for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="training subjects of a fold", ylabel="accuracy (%)", ylim=(0, 100))
    axes.legend(loc="upper left")
    return figure


def plot_readings(metric: str | Path) -> Figure:
    """Draw one line a reading: difference in points from the main study, with its interval over subjects."""
    studies = read_table(metric, "metric")
    studies = studies[studies["study"] != MAIN]
    names = list(dict.fromkeys(studies["study"]))
    y = np.arange(len(names))
    figure = Figure(figsize=(WIDTH, 0.9 + 0.22 * len(names)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True, sharex=True)
    for axes, (head, (name, colour, _, marker)) in zip(panels, LOOKS.items(), strict=True):
        rows = studies[studies["head"] == head].set_index("study").loc[names]
        points, style = 100 * rows["difference"], {"color": colour, "linestyle": "", "marker": marker} | BARS
        errors = [points - 100 * rows["low"], 100 * rows["high"] - points]
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.errorbar(points, y, xerr=errors, **style)
        axes.set(title=name, xlabel="other reading \N{MINUS SIGN} the one taken (points)")
        axes.set_yticks(y, [study.replace("=", ": ") for study in names])
        axes.grid(axis="y", color="0.9", linewidth=0.5)
        axes.tick_params(length=0)
    panels[0].invert_yaxis()
    return figure
