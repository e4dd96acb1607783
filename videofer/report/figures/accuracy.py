"""What the figures of accuracies share: a dot with its interval on a line, the number written beside the panel."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from videofer.report.figures.style import GREY


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
