"""The key figure: accuracy of the four variants with intervals, beside the paper's values (Table 4.1)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.study import HEADS
from videofer.core.table_formats import show, show_share
from videofer.report.figures.accuracy import draw_accuracy, label_axes, write_value
from videofer.report.figures.inputs import read_own
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

MARKS = {
    "sequence": {"color": BLUE, "marker": "o", "markersize": 5.5},
    "capsule": {"color": VERMILLION, "marker": "s", "markersize": 4.5, "markerfacecolor": "white"},
}
PAPER = {"color": "black", "marker": "D", "markersize": 4.5, "linestyle": ""}
OFFSET = {"paper": -0.27, "sequence": 0.0, "capsule": 0.27}  # of a line from the middle of its variant's row
WORDS = {"margin": "margin", "reconstruction": "reconstruction", "ce": "cross-entropy"}


def plot_overview(overall: str | Path, paper: str | Path) -> Figure:
    """Draw a row for each variant of the paper's Table 4.1: its accuracy by each head, and the paper's value.

    The inputs are metrics/overall.csv and reference/table-4.1.csv.
    """
    own, printed = read_own(overall), pd.read_csv(paper)
    measured = own.set_index(["variant", "head"]).to_dict("index")
    figure = Figure(figsize=(WIDTH, 0.62 * len(printed) + 0.75), layout="constrained")
    axes = figure.subplots()
    for number, row in enumerate(printed.to_dict("records")):
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
    axes.set_yticks(range(len(printed)), [name_losses(variant) for variant in printed["variant"]])
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


def name_losses(variant: str) -> str:
    """Return the losses of a variant in two lines: of the capsules, and of the LSTM."""
    *capsule, sequence = (WORDS[part] for part in variant.split("-"))
    return f"capsules: {' + '.join(capsule)}\nLSTM: {sequence}"
