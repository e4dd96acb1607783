"""When does the model know? Its answer after every frame of a clip."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.core.artifacts import Arrays, read_arrays
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

# What each head reads its answer from, colour, dashes, name.
HEADS = {
    "sequence": ("probability", BLUE, "-", "LSTM"),
    "capsule": ("norms", VERMILLION, (0, (4, 1.5)), "capsule vote"),
}
CURVES = {"probability": "probability by the LSTM, frames so far", "norms": "length of the capsule, this frame"}
PER_ROW = 3


def plot_frames(explanations: str | Path, out: Sequence[str | Path]) -> None:
    """Draw the share of right answers after each frame, and each class's probability and capsule length."""
    explained = read_arrays(explanations, "explanations")
    with styled():
        save_figure(draw_frames(explained), out)


def answer_prefixes(explained: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return for each head which clips (N, T) it answers rightly, were the clip to end after that frame.

    The capsules vote by their mean length so far, as they do at the end of a clip.
    """
    frames = np.arange(1, explained["norms"].shape[1] + 1)
    votes = explained["norms"].cumsum(1, dtype=np.float64) / frames[:, None]
    label = explained["label"][:, None]
    return {"sequence": explained["probability"].argmax(-1) == label, "capsule": votes.argmax(-1) == label}


def draw_frames(explained: Arrays) -> Figure:
    """Return panel (a), the share of right answers after each frame, and (b), a small panel for each class."""
    classes = explained.parameters["classes"]
    rows = -(-len(classes) // PER_ROW)
    figure = Figure(figsize=(WIDTH, 1.4 * rows + 0.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(0.85, 2))
    chance = 1 / len(classes)
    draw_answers(left.subplots(), answer_prefixes(explained), chance)
    panels = right.subplots(rows, PER_ROW, sharex=True, sharey=True, squeeze=False)
    for label, axes in enumerate(panels.flat):
        if label >= len(classes):
            axes.set_visible(False)
            continue
        draw_class(axes, explained, label)
        axes.axhline(chance, color=GREY, linewidth=0.6, linestyle=":")
        clips = int((explained["label"] == label).sum())
        axes.set_title(f"{'(b) ' * (label == 0)}{classes[label]} ({clips})")
    for axes in panels[-1]:
        axes.set_xlabel("frame")
    for axes in panels[:, 0]:
        axes.set_ylabel("true class")
    right.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def draw_answers(axes, right: Mapping[str, np.ndarray], chance: float) -> None:
    """Draw the share of clips answered rightly after each frame, with Wilson's interval; (N, T) for each head."""
    for head, answers in right.items():
        _, colour, dashes, name = HEADS[head]
        frames = np.arange(1, answers.shape[1] + 1)
        low, high = np.transpose([wilson_interval(share, len(answers)) for share in answers.mean(0)])
        axes.fill_between(frames, 100 * low, 100 * high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(frames, 100 * answers.mean(0), color=colour, linestyle=dashes, label=name)
    axes.axhline(100 * chance, color=GREY, linewidth=0.6, linestyle=":", label=f"chance, 1 in {round(1 / chance)}")
    axes.set(xlabel="frames seen", ylabel="clips answered rightly (%)", ylim=(0, 100), title="(a) all classes")
    set_frame_axis(axes, answers.shape[1])
    axes.legend(loc="upper left")


def draw_class(axes, explained: Mapping[str, np.ndarray], label: int) -> None:
    """Draw probability and capsule length of the true class over one class's clips: mean, and the middle half."""
    clips = explained["label"] == label
    for array, colour, dashes, _ in HEADS.values():
        values = explained[array][clips, :, label]
        frames = np.arange(1, values.shape[1] + 1)
        low, high = np.percentile(values, (25, 75), axis=0)
        axes.fill_between(frames, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(frames, values.mean(0), color=colour, linestyle=dashes, label=CURVES[array])
    axes.set_ylim(0, 1)
    set_frame_axis(axes, values.shape[1])


def set_frame_axis(axes, frames: int) -> None:
    """Number the frames from 1, every third one named."""
    axes.set_xlim(1, frames)
    axes.set_xticks(range(1, frames + 1, 3))
