"""Accuracy of every model and variant with its interval, beside what the papers print (Table 4.2)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import show_share
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.figures.overview import choose_interval, write_value
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled
from videofer.report.tables.models import FLOORS, list_rows

HOLLOW = {"markerfacecolor": "none", "linestyle": "", "color": "black", "markeredgewidth": 0.9}
QUOTED = {"marker": "D", "markersize": 4.2, "label": "quoted by the paper, on MMI"} | HOLLOW
ORIGINAL = {"marker": "^", "markersize": 4.8, "label": "printed by the quoted paper, on MMI"} | HOLLOW


def plot_models(models: str | Path, reference: Mapping[str, str | Path], out: Sequence[str | Path]) -> None:
    """Draw Table 4.2; models: metrics/models.csv; reference: paths of models (table-4.2.csv) and originals."""
    tables = (pd.read_csv(reference[key]) for key in ("models", "originals"))
    with styled():
        save_figure(draw_models(list_rows(read_table(models, "metric"), *tables)), out)


def draw_models(rows: Sequence[dict]) -> Figure:
    """Return a line for each row of Table 4.2, the variants of a model together; rows: of `list_rows`."""
    places, names = place_rows(rows)
    lowest = max(names)
    figure = Figure(figsize=(WIDTH, 0.17 * lowest + 1.1), layout="constrained")
    axes = figure.subplots()
    for height, row in zip(places, rows, strict=True):
        draw_row(axes, height, row)
    known = [row["run"] for row in rows if row["run"]]
    for run in known:
        if f"{run['model']}/{run['variant']}" == REFERENCE:
            axes.axvline(100 * run["accuracy"], color=VERMILLION, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_yticks(list(names), list(names.values()))
    models = {row["label"] for row in rows}
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in models else "normal")
    axes.set_ylim(lowest + 0.8, -0.8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    kind = "clips" if any(pd.isna(run["subject_low"]) for run in known) else "subjects"
    axes.set_xlabel(f"accuracy (%); lines: 95 % interval over {kind}")
    axes.set_xlim(0, 100)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    marks = [
        Line2D([], [], color=BLUE, marker="o", markersize=4.5, linewidth=1.6, label="this run"),
        Line2D([], [], color=VERMILLION, linewidth=0.8, linestyle="--", label="Capsule-LSTM, all three losses"),
        *(Line2D([], [], **mark) for mark in (QUOTED, ORIGINAL)),
    ]
    figure.legend(handles=marks, loc="outside upper center", ncols=4, handletextpad=0.5, columnspacing=1.4)
    return figure


def place_rows(rows: Sequence[dict]) -> tuple[list[float], dict[float, str]]:
    """Return the height of each row from the top down, and the names by height.

    A model of one row stands there by its name; several variants stand by theirs below the name of the model.
    """
    places, names, height = [], {}, 0.0
    for label, group in groupby(rows, key=lambda row: row["label"]):
        variants = [row["variant"] for row in group]
        lines = variants if len(variants) > 1 else [label]
        if len(variants) > 1:
            names[height] = label
            height += 1
        for line in lines:
            names[height] = line
            places.append(height)
            height += 1
        height += 0.4
    return places, names


def draw_row(axes: Axes, height: float, row: dict) -> None:
    """Draw what a row has: the run with interval and counts, and hollow marks for the printed figures."""
    run = row["run"]
    if run:
        colour = VERMILLION if row["registered"] == OWN_MODEL else GREY if row["registered"] in FLOORS else BLUE
        axes.plot([100 * end for end in choose_interval(run)], [height] * 2, color=colour, linewidth=1.6)
        axes.plot(100 * run["accuracy"], height, color=colour, marker="o", markersize=4.5)
    write_value(axes, height, show_share(run) if run else "not trained", "black" if run else GREY)
    for value, mark in ((row["original_percent"], ORIGINAL), (row["quoted_percent"], QUOTED)):
        axes.plot(value, height, **mark)
