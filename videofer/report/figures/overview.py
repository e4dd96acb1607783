"""The key figure: accuracy of the four variants with intervals, beside the paper's values (Table 4.1)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from videofer.core.artifacts import read_table
from videofer.core.study import HEADS, OWN_MODEL
from videofer.core.table_formats import show, show_percent
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

MARKS = {
    "sequence": {"color": BLUE, "marker": "o", "markersize": 5.5},
    "capsule": {"color": VERMILLION, "marker": "s", "markersize": 4.5, "markerfacecolor": "white"},
}
PAPER = {"color": "black", "marker": "D", "markersize": 4.5, "linestyle": ""}
OFFSET = {"sequence": 0.0, "capsule": 0.27}  # of a head's line from that of its variant
WORDS = {"margin": "margin", "reconstruction": "reconstruction", "ce": "cross-entropy"}


def plot_overview(overall: str | Path, reference: str | Path, out: Sequence[str | Path]) -> None:
    """Draw the accuracy of each variant and head with its interval, and the paper's values."""
    with styled():
        save_figure(draw_overview(read_table(overall, "metric"), pd.read_csv(reference)), out)


def draw_overview(overall: pd.DataFrame, reference: pd.DataFrame) -> Figure:
    """Return a row for each variant of the paper's Table 4.1; columns of `overall` as in `measure_overall`."""
    own = overall[overall["model"] == OWN_MODEL]
    measured = own.set_index(["variant", "head"]).to_dict("index")
    figure = Figure(figsize=(WIDTH, 0.62 * len(reference) + 0.75), layout="constrained")
    axes = figure.subplots()
    for row, paper in enumerate(reference.to_dict("records")):
        axes.plot(paper["accuracy_percent"], row - 0.27, **PAPER)
        write_value(axes, row - 0.27, show(paper["accuracy_percent"], 2), "black")
        for head, mark in MARKS.items():
            values = measured.get((paper["variant"], head))
            if values is None:
                continue
            height = row + OFFSET[head]
            axes.plot(
                [100 * end for end in choose_interval(values)], [height] * 2, color=mark["color"], linewidth=1.6
            )
            axes.plot(100 * values["accuracy"], height, linestyle="", **mark)
            text = f"{show_percent(values['accuracy'], 2)} ({values['correct']}/{values['n']})"
            write_value(axes, height, text, mark["color"])
    axes.set_yticks(range(len(reference)), [name_losses(variant) for variant in reference["variant"]])
    axes.set_ylim(len(reference) - 0.45, -0.55)
    for row in range(1, len(reference)):
        axes.axhline(row - 0.5, color=GREY, linewidth=0.3, alpha=0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
    kind = "clips" if own["subject_low"].isna().any() else "subjects"
    axes.set_xlabel(f"accuracy (%); lines: 95 % interval over {kind}")
    add_legend(figure, set(own["head"]))
    return figure


def choose_interval(values: dict) -> tuple[float, float]:
    """Return the interval over subjects, or over clips where there are too few subjects."""
    name = "wilson" if pd.isna(values["subject_low"]) else "subject"
    return values[f"{name}_low"], values[f"{name}_high"]


def write_value(axes, height: float, text: str, colour: str) -> None:
    """Write a number beside the panel, at the height of its mark."""
    axes.annotate(
        text, (1.01, height), xycoords=axes.get_yaxis_transform(), va="center", fontsize=7, color=colour,
        annotation_clip=False,
    )  # fmt: skip


def name_losses(variant: str) -> str:
    """Return the losses of a variant in two lines: of the capsules, and of the LSTM."""
    *capsule, sequence = (WORDS[part] for part in variant.split("-"))
    return f"capsules: {' + '.join(capsule)}\nLSTM: {sequence}"


def add_legend(figure: Figure, heads: set[str]) -> None:
    """Explain the marks above the panel."""
    handles = [Line2D([], [], label="Paper, on MMI", **PAPER)]
    handles += [
        Line2D([], [], linewidth=1.6, label=f"{HEADS[head].name}, this run", **mark)
        for head, mark in MARKS.items()
        if head in heads
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), handletextpad=0.5)
