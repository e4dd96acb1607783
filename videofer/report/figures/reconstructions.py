"""Reconstructions: what the decoder draws from the winning capsule, and whether that beats the average face."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import Arrays
from videofer.core.table_formats import show
from videofer.report.figures.explained import read_explained
from videofer.report.figures.samples import FACE, choose_people
from videofer.report.figures.sheet import Sheet, draw_note
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

PEOPLE = 3
TILE, GAP = 0.6, 0.03  # inches
LEFT, TOP = 0.66, 0.3  # inches; for the class names and the headings
UNTRAINED = (
    "The variant {} trains no reconstruction: its decoder kept its random weights, and there is nothing to show."
)


def plot_reconstructions(explanations: str | Path, clips: str | Path, out: Sequence[str | Path]) -> None:
    """Draw frames beside their reconstructions, and the error of each class beside the average face's."""
    explained, packed = read_explained(explanations, clips)
    with styled():
        if "reconstruction" in explained:
            figure = draw_reconstructions(explained, packed)
        else:
            figure = draw_note(UNTRAINED.format(explained.parameters["variant"]))
        save_figure(figure, out)


def measure_errors(explained: Mapping[str, np.ndarray], positions: np.ndarray) -> dict[str, np.ndarray]:
    """Return the root mean square error of each clip, in grey levels, of the decoder and of the average face."""
    return {
        name: 255 * np.sqrt(explained[array][positions].mean(1))
        for name, array in (("decoder", "error"), ("average face", "mean_face_error"))
    }


def draw_reconstructions(explained: Arrays, packed: Arrays) -> Figure:
    """Return a sheet: a row a class, two columns a person (middle frame, reconstruction), and the errors at right.

    The last row shows the average face of the training people of that person's fold.
    """
    classes = explained.parameters["classes"]
    people = choose_people(packed, PEOPLE)
    row = TILE + GAP
    sheet = Sheet(TOP + row * (len(classes) + 1) + 0.45)
    middle = packed["clip"].shape[1] // 2
    for person, chosen in enumerate(people):
        x = LEFT + person * (2 * row + 0.1)
        for column, heading in enumerate(("frame", "decoded")):
            sheet.write(x + column * row + TILE / 2, TOP - 0.1, heading, ha="center", fontsize=7)
        for label, position in chosen.items():
            frame = crop_centre(packed["clip"][position, middle], FACE)
            sheet.tile(x, TOP + label * row, TILE, frame)
            sheet.tile(x + row, TOP + label * row, TILE, explained["reconstruction"][position, middle])
        fold = explained["fold"][next(iter(chosen.values()))]
        average = explained["mean_face"][explained.parameters["folds"].index(fold)]
        sheet.tile(x + row, TOP + len(classes) * row, TILE, average)
    for place, name in enumerate((*classes, "average face")):
        words = name.replace(" ", "\n")
        sheet.write(LEFT - 0.08, TOP + place * row + TILE / 2, words, ha="right")
    x = LEFT + PEOPLE * (2 * row + 0.1) + 0.3
    axes = sheet.panel(x, TOP, WIDTH - x - 0.35, row * (len(classes) + 1) - GAP)
    draw_errors(axes, explained, classes)
    return sheet.figure


def draw_errors(axes, explained: Mapping[str, np.ndarray], classes: Sequence[str]) -> None:
    """Draw both errors of each class in its row, and of all clips in the last: mean, middle half, and in words."""
    groups = [np.flatnonzero(explained["label"] == label) for label in range(len(classes))]
    groups.append(np.arange(len(explained["label"])))
    styles = {"decoder": (BLUE, "o", BLUE, -0.16), "average face": (VERMILLION, "D", "white", 0.16)}
    for place, positions in enumerate(groups):
        for name, errors in measure_errors(explained, positions).items():
            colour, marker, face, shift = styles[name]
            axes.plot(np.percentile(errors, (25, 75)), [place + shift] * 2, color=colour, linewidth=1)
            label = name if positions is groups[-1] else None
            style = {"color": colour, "markerfacecolor": face, "markersize": 4.5, "label": label}
            axes.plot(errors.mean(), place + shift, marker, **style)
            words = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 6.5, "color": colour}
            axes.text(1.02, place + shift, show(errors.mean(), 1), **words)
    axes.set(xlim=(0, None), ylim=(len(classes) + 0.5, -0.5), xlabel="error (grey levels)")
    axes.set_yticks(range(len(groups)), [*[""] * len(classes), "all"])
    axes.tick_params(axis="y", length=0)
    axes.axhline(len(classes) - 0.5, color=GREY, linewidth=0.5)
    place = {"loc": "lower left", "bbox_to_anchor": (-0.05, 1), "borderaxespad": 0.1}
    axes.legend(ncols=2, handletextpad=0.2, columnspacing=1, **place)
