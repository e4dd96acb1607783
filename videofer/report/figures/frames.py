"""When does the model know? Its answer after every frame of a clip."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.core.artifacts import read_arrays
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

# Each head's name, the array that it answers from, what that is, and how its lines are drawn.
HEADS = {
    "sequence": ("LSTM", "probability", "probability by the LSTM, frames so far", (BLUE, "-")),
    "capsule": ("capsule vote", "norms", "length of the capsule, this frame", (VERMILLION, (0, (4, 1.5)))),
}
CHANCE = {"color": GREY, "linewidth": 0.6, "linestyle": ":"}
PER_ROW = 3


def plot_frames(explanations: str | Path) -> Figure:
    """Draw (a) the share of right answers after each frame, and (b) each class's probability and capsule length.

    A line of (b) is the mean over the clips of the class, a band the middle half of them.
    """
    explained = read_arrays(explanations, "explanations")
    classes = explained.parameters["classes"]
    rows = -(-len(classes) // PER_ROW)
    figure = Figure(figsize=(WIDTH, 1.4 * rows + 0.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(0.85, 2))
    draw_answers(left.subplots(), answer_prefixes(explained), len(classes))
    panels = right.subplots(rows, PER_ROW, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(classes) :]:
        axes.set_visible(False)
    for label, (name, axes) in enumerate(zip(classes, panels.flat, strict=False)):
        clips = explained["label"] == label
        for _, array, content, style in HEADS.values():
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


def draw_answers(axes, right: Mapping[str, np.ndarray], classes: int) -> None:
    """Draw the share of clips answered rightly after each frame, with Wilson's interval; (N, T) for each head."""
    for head, answers in right.items():
        name, *_, style = HEADS[head]
        share = answers.mean(0)
        band = np.transpose([wilson_interval(value, len(answers)) for value in share])
        draw_line(axes, 100 * share, 100 * band, name, *style)
    axes.axhline(100 / classes, label=f"chance, 1 in {classes}", **CHANCE)
    axes.set(xlabel="frames seen", ylabel="clips answered rightly (%)", ylim=(0, 100), title="(a) all classes")
    axes.legend(loc="upper left")


def draw_line(axes, values: np.ndarray, band: np.ndarray, label: str, colour: str, dashes) -> None:
    """Draw values (T,) over the frames, numbered from 1, every third one named, and their band (2, T)."""
    frames = np.arange(1, len(values) + 1)
    axes.fill_between(frames, *band, color=colour, alpha=0.18, linewidth=0)
    axes.plot(frames, values, label=label, color=colour, linestyle=dashes)
    axes.set(xlim=(1, len(values)), xticks=frames[::3])
