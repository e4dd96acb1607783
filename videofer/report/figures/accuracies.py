"""The figures of accuracies with their intervals: of variants, models and subjects, and of the extras' studies."""

from collections.abc import Sequence
from itertools import groupby
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
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, literal, read_own
from videofer.report.tables.models import FLOORS, list_rows

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
# Of the variants: Okabe and Ito's colours, and shapes that tell them apart in grey.
STYLES = [("o", BLUE), ("s", VERMILLION), ("^", "#009E73"), ("D", "#CC79A7")]
# Head -> name, colour, line and marker: told apart without colour, too.
LOOKS = {"sequence": ("LSTM", BLUE, "-", "o"), "capsule": ("capsule vote", VERMILLION, "--", "s")}
BARS = {"markersize": 4, "elinewidth": 0.9, "capsize": 2}


def plot_overview(overall: str | Path, paper: str | Path) -> Figure:
    """Draw a row for each variant of the paper's Table 4.1: its accuracy by each head, and the paper's value.

    The inputs are metrics/overall.csv and reference/table-4.1.csv.
    """
    own, printed = read_own(overall), pd.read_csv(paper)
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


def plot_models(metric: str | Path, models: str | Path, originals: str | Path) -> Figure:
    """Draw a line for each row of Table 4.2, the variants of a model together, beside what the papers print.

    The inputs are metrics/models.csv, reference/table-4.2.csv and reference/originals.csv.
    """
    rows = list_rows(read_table(metric, "metric"), pd.read_csv(models), pd.read_csv(originals))
    heights, names = place_rows(rows)
    lowest = max(names)
    figure = Figure(figsize=(WIDTH, 0.17 * lowest + 1.1), layout="constrained")
    axes = figure.subplots()
    for height, row in zip(heights, rows, strict=True):
        run = row["run"]
        if run:
            colour = VERMILLION if row["registered"] == OWN_MODEL else GREY if row["registered"] in FLOORS else BLUE
            draw_accuracy(axes, height, run, colour, marker="o", markersize=4.5)
            if f"{run['model']}/{run['variant']}" == REFERENCE:
                axes.axvline(100 * run["accuracy"], zorder=0, **LEVEL)
        write_value(axes, height, show_share(run) if run else "not trained", "black" if run else GREY)
        axes.plot(row["original_percent"], height, **ORIGINAL)
        axes.plot(row["quoted_percent"], height, **QUOTED)
    axes.set_yticks(list(names), list(names.values()))
    for tick in axes.get_yticklabels():
        tick.set_fontweight("bold" if tick.get_text() in {row["label"] for row in rows} else "normal")
    axes.set(xlim=(0, 100), ylim=(lowest + 0.8, -0.8))
    label_axes(axes, [row["run"]["subject_low"] for row in rows if row["run"]])
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=4.5, linewidth=1.6, label="this run"),
        Line2D([], [], label="Capsule-LSTM, all three losses", **LEVEL),
        *(Line2D([], [], **mark) for mark in (QUOTED, ORIGINAL)),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, handletextpad=0.5, columnspacing=1.4)
    return figure


def place_rows(rows: Sequence[dict]) -> tuple[list[float], dict[float, str]]:
    """Return the height of each row from the top down, and the names by height.

    A model of one row has its own name there; several variants stand by theirs below the name of the model.
    """
    heights, names, height = [], {}, 0.0
    for label, group in groupby(rows, key=lambda row: row["label"]):
        variants = [row["variant"] for row in group]
        if len(variants) > 1:
            names[height] = label
            height += 1
        for variant in variants:
            names[height] = variant if len(variants) > 1 else label
            heights.append(height)
            height += 1
        height += 0.4
    return heights, names


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
