"""Accuracy of every model and variant with its interval, beside what the papers print (Table 4.2)."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import show_share
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.figures.accuracy import draw_accuracy, label_axes, write_value
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH
from videofer.report.tables.models import FLOORS, list_rows

HOLLOW = {"markerfacecolor": "none", "linestyle": "", "color": "black", "markeredgewidth": 0.9}
QUOTED = {"marker": "D", "markersize": 4.2, "label": "quoted by the paper, on MMI"} | HOLLOW
ORIGINAL = {"marker": "^", "markersize": 4.8, "label": "printed by the quoted paper, on MMI"} | HOLLOW
LEVEL = {"color": VERMILLION, "linewidth": 0.8, "linestyle": "--"}  # of the reference


def plot_models(metric: str | Path, models: str | Path, originals: str | Path) -> Figure:
    """Draw a line for each row of Table 4.2, the variants of a model together.

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
