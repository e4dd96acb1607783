"""The figures of a variant's answers: confusion; classes, calibration and people; and frame by frame."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from videofer.core.artifacts import read_arrays
from videofer.core.study import HEADS
from videofer.core.table_formats import show_percent
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.figures.cells import SHARES, draw_cells
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, literal

MARKERS = {"sequence": "o", "capsule": "s"}
LINES = {
    "sequence": {"color": BLUE, "linestyle": "-"},
    "capsule": {"color": VERMILLION, "linestyle": (0, (3, 1))},
}
DIAGONAL = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}
# Each head's name, the array that it answers from, what that is, and how its lines are drawn.
PREFIXES = {
    "sequence": ("LSTM", "probability", "probability by the LSTM, frames so far", (BLUE, "-")),
    "capsule": ("capsule vote", "norms", "length of the capsule, this frame", (VERMILLION, (0, (4, 1.5)))),
}
CHANCE = {"color": GREY, "linewidth": 0.6, "linestyle": ":"}


def plot_confusion(confusion: pd.DataFrame, overall: pd.DataFrame) -> Figure:
    """Draw the confusion matrix of one variant by each of its heads, side by side (fig. 4.3).

    A cell's colour and per cent are its share of the true class. With several seeds every clip is counted once a
    seed, and the rows say so. The inputs are the variant's rows of metrics/confusion.csv and metrics/overall.csv.
    """
    table, seeds = confusion.set_index("head"), int(overall["seeds"].max())
    heads = [head for head in HEADS if head in table.index]
    unit, times = ("clips", "") if seeds == 1 else ("clips × seeds", f" × {seeds}")
    figure = Figure(figsize=(WIDTH if len(heads) > 1 else 0.58 * WIDTH, 3.35), layout="compressed")
    panels = figure.subplots(1, len(heads), sharey=True, squeeze=False)[0]
    for axes, letter, head in zip(panels, "ab", heads, strict=False):
        names = table.loc[head, "true"].unique()
        counts = table.loc[head].pivot(index="true", columns="predicted", values="count").loc[names, names]
        draw_cells(axes, counts)
        rows = [f"{name} ({answers // seeds}{times})" for name, answers in counts.sum(axis=1).items()]
        axes.set_yticklabels(rows)
        right = f"{np.trace(counts)} of {counts.to_numpy().sum()} right"
        title = f"({letter}) {HEADS[head].name}, {right}" if len(heads) > 1 else right
        axes.set(title=title, xlabel="answer", ylabel="")
    panels[0].set_ylabel(f"true expression ({unit})")
    bar = figure.colorbar(ScalarMappable(Normalize(0, 100), SHARES), ax=panels, shrink=0.8, aspect=30, pad=0.01)
    bar.set_label("share of the true expression (%)")
    bar.outline.set_visible(False)
    return figure


def plot_answers(
    classes: pd.DataFrame, reliability: pd.DataFrame, calibration: pd.DataFrame, subjects: pd.DataFrame
) -> Figure:
    """Draw of a variant (a) recall and precision of each class, (b) its calibration, (c) each subject's accuracy.

    The inputs are the variant's rows of the tables of metrics that are called so.
    """
    names = 0.07 * max(0, min(60, subjects["subject"].str.len().max()) - 6)  # inches that long ones stand below (c)
    figure = Figure(figsize=(WIDTH, 3.9 + names), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.3, 1.6 + names))
    left, right = upper.subplots(1, 2, width_ratios=(1.5, 1))
    draw_classes(left, classes)
    draw_calibration(right, reliability, calibration)
    draw_subjects(lower.subplots(), subjects[subjects["head"] == "sequence"])
    return figure


def draw_classes(axes: Axes, classes: pd.DataFrame) -> None:
    """Draw a row a class: recall with its interval over clips, precision, and the recall of a capsule vote."""
    heads = dict(tuple(classes.groupby("head", sort=False)))
    rows, y = heads["sequence"], np.arange(heads["sequence"].shape[0])
    axes.hlines(y, 100 * rows["recall_low"], 100 * rows["recall_high"], color=BLUE, linewidth=1.6)
    axes.plot(100 * rows["recall"], y, "o", color=BLUE, markersize=5, label="recall, 95 % interval")
    hollow = {"markerfacecolor": "none", "linestyle": "", "markersize": 5}
    axes.plot(100 * rows["precision"], y, marker="D", color="black", label="precision", **hollow)
    if "capsule" in heads:
        vote = 100 * heads["capsule"]["recall"]
        axes.plot(vote, y, marker="s", color=VERMILLION, label="recall of the capsule vote", **hollow)
    axes.set_yticks(y, [f"{name} ({clips})" for name, clips in zip(rows["class"], rows["clips"], strict=True)])
    axes.set(xlim=(-2, 102), ylim=(len(y) - 0.5, -0.5), xlabel="%", title="(a) expressions (clips)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3, handletextpad=0.3)


def draw_calibration(axes: Axes, reliability: pd.DataFrame, calibration: pd.DataFrame) -> None:
    """Draw the reliability curve of each head; the area of a mark grows with its answers."""
    axes.plot([0, 100], [0, 100], **DIAGONAL)
    for head, bins in reliability.groupby("head", sort=False):
        confidence, accuracy = 100 * bins["confidence"], 100 * bins["accuracy"]
        axes.plot(confidence, accuracy, linewidth=0.8, alpha=0.5, **LINES[head])
        style = {"color": LINES[head]["color"], "edgecolor": "white", "linewidth": 0.4, "zorder": 3}
        area = 4 + 65 * bins["n"] / reliability["n"].max()
        axes.scatter(confidence, accuracy, area, marker=MARKERS[head], clip_on=False, **style)
    errors = " / ".join(show_percent(error) for error in calibration["ece"])
    axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="confidence (%)", ylabel="right (%)")
    axes.set_title(f"(b) calibration, ECE {errors} points")


def draw_subjects(axes: Axes, subjects: pd.DataFrame) -> None:
    """Draw a bar for the accuracy of every subject, the hardest first."""
    rows = subjects.sort_values("accuracy", kind="stable")
    position = np.arange(len(rows))
    axes.bar(position, 100 * rows["accuracy"], width=min(0.8, len(rows) / 12), color=BLUE, alpha=0.55)
    axes.plot(position, 100 * rows["accuracy"], "o", color=BLUE, markersize=3.5, clip_on=False)
    names = [literal(name) for name in rows["subject"]]
    rotated = len(names) > 20 or max(map(len, names)) > 5
    axes.set_xticks(position, names, rotation=90 if rotated else 0, fontsize=7 if len(names) < 60 else 4)
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel="accuracy (%)", ylim=(0, 100), xlim=(-0.6, len(rows) - 0.4), title="(c) people")
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def plot_frames(explanations: str | Path) -> Figure:
    """Draw (a) the share of right answers after each frame, and (b) each class's probability and capsule length.

    Bands: Wilson's intervals in (a), the middle half of the clips in (b), whose lines are the mean over them.
    """
    explained = read_arrays(explanations, "explanations")
    classes, columns = explained.parameters["classes"], 3
    rows = -(-len(classes) // columns)
    figure = Figure(figsize=(WIDTH, 1.4 * rows + 0.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(0.85, 2))
    axes = left.subplots()
    for head, answers in answer_prefixes(explained).items():
        name, *_, style = PREFIXES[head]
        share = answers.mean(0)
        band = np.transpose([wilson_interval(value, len(answers)) for value in share])
        draw_line(axes, 100 * share, 100 * band, name, *style)
    axes.axhline(100 / len(classes), label=f"chance, 1 in {len(classes)}", **CHANCE)
    axes.set(xlabel="frames seen", ylabel="clips answered rightly (%)", ylim=(0, 100), title="(a) all classes")
    axes.legend(loc="upper left")
    panels = right.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(classes) :]:
        axes.set_visible(False)
    for label, (name, axes) in enumerate(zip(classes, panels.flat, strict=False)):
        clips = explained["label"] == label
        for _, array, content, style in PREFIXES.values():
            values = explained[array][clips, :, label]
            draw_line(axes, values.mean(0), np.percentile(values, (25, 75), axis=0), content, *style)
        axes.axhline(1 / len(classes), **CHANCE)
        axes.set(ylim=(0, 1), title=f"{'(b) ' * (label == 0)}{name} ({clips.sum()})")
    for axes in panels[-1]:
        axes.set_xlabel("frame")
    for axes in panels[:, 0]:
        axes.set_ylabel("true class")
    right.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def answer_prefixes(explained: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return for each head which clips (N, T) it answers rightly, were the clip to end after that frame.

    The capsules vote by their mean length so far, as they do at the end of a clip.
    """
    frames = np.arange(1, explained["norms"].shape[1] + 1)
    votes = explained["norms"].cumsum(1, dtype=np.float64) / frames[:, None]
    label = explained["label"][:, None]
    return {"sequence": explained["probability"].argmax(-1) == label, "capsule": votes.argmax(-1) == label}


def draw_line(
    axes: Axes, values: np.ndarray, band: np.ndarray, label: str, colour: str, dashes: str | tuple
) -> None:
    """Draw values (T,) over the frames, numbered from 1, every third one named, and their band (2, T)."""
    frames = np.arange(1, len(values) + 1)
    axes.fill_between(frames, *band, color=colour, alpha=0.18, linewidth=0)
    axes.plot(frames, values, label=label, color=colour, linestyle=dashes)
    axes.set(xlim=(1, len(values)), xticks=frames[::3])
