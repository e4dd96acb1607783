"""A figure of a video: for each face, the probability of every expression over time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from videofer.predict.prediction import NO_FACE, UNCERTAIN, Prediction
from videofer.report.figures.style import GREY, WIDTH, save_figure, styled

# Okabe and Ito's colours by class, in the order of the bundle; stacked, each band is named in the legend.
COLOURS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#56B4E9", "#F0E442", "#999999")
TALL = 1.35  # inches a face
MOST_FACES = 12  # those with the most frames


def plot_timeline(prediction: Prediction, out: Path) -> None:
    """Draw the figure (`draw_timeline`) to a .png, .svg or .pdf."""
    with styled():
        save_figure(draw_timeline(prediction), [out])


def draw_timeline(prediction: Prediction) -> Figure:
    """Return a panel a face: the probabilities stacked over the seconds; uncertain runs are pale."""
    table = prediction.tabulate_frames()
    shown = table[table["status"] != NO_FACE]
    faces = sorted(shown["face"].value_counts().head(MOST_FACES).index)
    figure = Figure(figsize=(WIDTH, TALL * max(1, len(faces)) + 0.7), layout="constrained")
    panels = figure.subplots(max(1, len(faces)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, face in zip(panels, faces, strict=False):
        for run in split_runs(shown[shown["face"] == face], prediction.numbers):
            draw_run(axes, run, prediction)
        axes.set(ylabel=f"face {face}", ylim=(0, 1), yticks=(0, 0.5, 1))
    if not faces:
        panels[0].text(0.5, 0.5, "no face was found", transform=panels[0].transAxes, ha="center", color=GREY)
        panels[0].set_yticks([])
    start, end = prediction.times[[0, -1]]
    panels[-1].set(xlabel="seconds", xlim=(start, max(end, start + 1e-3)))
    handles, labels = panels[0].get_legend_handles_labels()
    by_name = dict(zip(labels, handles, strict=True))
    if by_name:
        figure.legend(by_name.values(), by_name, loc="outside upper center", ncols=len(prediction.classes))
    return figure


def split_runs(rows: pd.DataFrame, numbers: np.ndarray) -> Iterator[pd.DataFrame]:
    """Yield the rows of one face in runs without a gap and of one status; numbers (F,): of the frames used."""
    order = np.searchsorted(numbers, rows["frame"])
    gap = np.diff(order, prepend=order[:1] - 1) > 1
    change = (rows["status"] != rows["status"].shift()).to_numpy()
    for _, run in rows.groupby(np.cumsum(gap | change)):
        yield run


def draw_run(axes, run: pd.DataFrame, prediction: Prediction) -> None:
    """Stack the probabilities of one run; each frame lasts until the next."""
    last = np.searchsorted(prediction.times, run["second"].iloc[-1], side="right")
    end = prediction.times[min(last, len(prediction.times) - 1)]
    seconds = np.append(run["second"].to_numpy(), end)
    scores = run[prediction.scores].to_numpy().T
    alpha = 0.35 if run["status"].iloc[0] == UNCERTAIN else 1.0
    bands = axes.stackplot(
        seconds, np.column_stack([scores, scores[:, -1]]), colors=COLOURS[: len(scores)], alpha=alpha, linewidth=0
    )
    if alpha == 1.0 or not axes.get_legend_handles_labels()[1]:
        for band, name in zip(bands, prediction.classes, strict=True):
            band.set_label(name)
