"""The figures of accuracies with their intervals: of variants and models, and of the extras' studies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.artifacts import read_table
from videofer.core.study import HEADS, OWN_MODEL
from videofer.core.table_formats import show, show_share
from videofer.evaluation.comparison import MAIN
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH
from videofer.report.tables.models import FLOORS, list_rows, rank_models
from videofer.report.tables.wording import title_run

MARKS = {
    "sequence": {"color": BLUE, "marker": "o", "markersize": 5.5},
    "capsule": {"color": VERMILLION, "marker": "s", "markersize": 4.5, "markerfacecolor": "white"},
}
PAPER = {"color": "black", "marker": "D", "markersize": 4.5, "linestyle": ""}
OFFSET = {"paper": -0.27, "sequence": 0.0, "capsule": 0.27}  # of a line from the middle of its variant's row
WORDS = {"margin": "margin", "reconstruction": "reconstruction", "ce": "cross-entropy"}
HOLLOW = {"markerfacecolor": "none", "linestyle": "", "color": "black", "markeredgewidth": 0.9}
QUOTED = {"marker": "D", "markersize": 4.2, "label": "quoted by the paper, on MMI"} | HOLLOW
ORIGINAL = {"marker": "^", "markersize": 4.8, "label": "printed by the quoted paper, on MMI"} | HOLLOW
LEVEL = {"color": VERMILLION, "linewidth": 0.8, "linestyle": "--"}  # of the reference
# Head -> name, colour, line and marker: told apart without colour, too.
LOOKS = {"sequence": ("LSTM", BLUE, "-", "o"), "capsule": ("capsule vote", VERMILLION, "--", "s")}
BARS = {"markersize": 4, "elinewidth": 0.9, "capsize": 2}


def plot_overview(overall: pd.DataFrame, printed: pd.DataFrame) -> Figure:
    """Draw a row for each variant of the paper's Table 4.1: its accuracy by each head, and the paper's value.

    The inputs are of metrics/overall.csv and reference/table-4.1.csv.
    """
    own = overall[overall["model"] == OWN_MODEL]
    measured = own.set_index(["variant", "head"]).to_dict("index")
    figure = Figure(figsize=(WIDTH, 0.62 * len(printed) + 0.75), layout="constrained")
    axes, names = figure.subplots(), []
    for number, row in enumerate(printed.to_dict("records")):
        *capsule, sequence = (WORDS[part] for part in row["variant"].split("-"))
        names.append(f"capsules: {' + '.join(capsule)}\nLSTM: {sequence}")
        height = number + OFFSET["paper"]
        axes.plot(row["accuracy_percent"], height, **PAPER)
        write_value(axes, height, show(row["accuracy_percent"], 2), "black")
        for head, mark in MARKS.items():
            values, height = measured.get((row["variant"], head)), number + OFFSET[head]
            if values:
                draw_accuracy(axes, height, values, linestyle="", **mark)
                write_value(axes, height, show_share(values), mark["color"])
    for number in range(1, len(printed)):
        axes.axhline(number - 0.5, color=GREY, linewidth=0.3, alpha=0.5)
    axes.set_yticks(range(len(printed)), names)
    axes.set_ylim(len(printed) - 0.45, -0.55)
    label_axes(axes, own["subject_low"])
    handles = [Line2D([], [], label="Paper, on MMI", **PAPER)]
    handles += [
        Line2D([], [], linewidth=1.6, label=f"{HEADS[head].name}, this run", **mark)
        for head, mark in MARKS.items()
        if head in set(own["head"])
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), handletextpad=0.5)
    return figure


def plot_models(models: pd.DataFrame, printed: Sequence[pd.DataFrame] | None) -> Figure:
    """Draw a line for each model and variant, the most accurate first, beside what the papers print of it.

    models: of `measure_models`; printed: table-4.2.csv and originals.csv, or None where they are of other data.
    """
    figures = {}
    if printed is not None:
        figures = {(row["registered"], row["variant"]): row for row in list_rows(models, *printed)}
    ranked = rank_models(models)
    figure = Figure(figsize=(WIDTH, 0.19 * len(ranked) + 0.95), layout="constrained")
    axes = figure.subplots()
    for height, row in enumerate(ranked):
        run = row["model"], row["variant"]
        colour = VERMILLION if row["model"] == OWN_MODEL else GREY if row["model"] in FLOORS else BLUE
        draw_accuracy(axes, height, row, colour, marker="o", markersize=4.5)
        if "/".join(run) == REFERENCE:
            axes.axvline(100 * row["accuracy"], zorder=0, **LEVEL)
        write_value(axes, height, show_share(row), "black")
        if run in figures:
            axes.plot(figures[run]["original_percent"], height, **ORIGINAL)
            axes.plot(figures[run]["quoted_percent"], height, **QUOTED)
    axes.set_yticks(range(len(ranked)), [title_run(row["model"], row["variant"]) for row in ranked])
    axes.set(xlim=(0, 100), ylim=(len(ranked) - 0.4, -0.6))
    label_axes(axes, [row["subject_low"] for row in ranked])
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=4.5, linewidth=1.6, label=label)
        for colour, label in ((VERMILLION, "Capsule-LSTM"), (BLUE, "other models"), (GREY, "floors"))
    ]
    handles += [Line2D([], [], **mark) for mark in (QUOTED, ORIGINAL) if figures]
    figure.legend(handles=handles, loc="outside upper center", ncols=5, handletextpad=0.5, columnspacing=1.2)
    return figure


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


def draw_accuracy(axes: Axes, height: float, row: dict, color: str, **mark) -> None:
    """Draw the accuracy of a row of metrics and its 95 % interval in per cent, as a dot and a line at `height`.

    The interval is over subjects, or over clips where there are too few subjects.
    """
    name = "wilson" if pd.isna(row["subject_low"]) else "subject"
    ends = [100 * row[f"{name}_low"], 100 * row[f"{name}_high"]]
    axes.plot(ends, [height] * 2, color=color, linewidth=1.6)
    axes.plot(100 * row["accuracy"], height, color=color, **mark)


def write_value(axes: Axes, height: float, text: str, colour: str) -> None:
    """Write a number beside the panel, at the height of its mark."""
    style = {"va": "center", "fontsize": 7, "color": colour, "annotation_clip": False}
    axes.annotate(text, (1.01, height), xycoords=axes.get_yaxis_transform(), **style)


def label_axes(axes: Axes, subject_low: Sequence[float]) -> None:
    """Label the axis of accuracies and take the marks off the other one.

    subject_low: of all intervals drawn; nan where there are too few subjects.
    """
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    units = "clips" if pd.isna(subject_low).any() else "subjects"
    axes.set_xlabel(f"accuracy (%); lines: 95 % interval over {units}")
