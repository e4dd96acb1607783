"""Reconstructions: what the decoder draws from the longest capsule, and whether that beats the average face."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.study import FRAME_SIZE
from videofer.core.table_formats import show
from videofer.report.figures.inputs import choose_people, read_explained
from videofer.report.figures.sheet import Sheet, draw_note
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH

PEOPLE = 3
TILE, GAP, BETWEEN = 0.6, 0.03, 0.1  # inches; BETWEEN people
LEFT, TOP = 0.66, 0.3  # inches; for the class names and the headings
UNTRAINED = (
    "The variant {} trains no reconstruction: its decoder kept its random weights, and there is nothing to show."
)
# What drew the picture: the array of its mean square errors, shift from the middle of the row, mark.
ERRORS = {
    "decoder": ("error", -0.16, {"color": BLUE, "marker": "o", "markerfacecolor": BLUE}),
    "average face": ("mean_face_error", 0.16, {"color": VERMILLION, "marker": "D", "markerfacecolor": "white"}),
}


def plot_reconstructions(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw frames beside their reconstructions, and the error of each class beside the average face's.

    A row a class, two columns a person: middle frame and reconstruction. The last row shows the average face of the
    training people of that person's fold.
    """
    explained, packed = read_explained(explanations, clips)
    if "reconstruction" not in explained:
        return draw_note(UNTRAINED.format(explained.parameters["variant"]))
    classes, row = explained.parameters["classes"], TILE + GAP
    person = 2 * row + BETWEEN  # inches
    sheet = Sheet(TOP + row * (len(classes) + 1) + 0.45)
    middle = packed["clip"].shape[1] // 2
    for number, chosen in enumerate(choose_people(packed, PEOPLE).values()):
        x = LEFT + number * person
        sheet.caption(x + TILE / 2, TOP - 0.1, "frame")
        sheet.caption(x + row + TILE / 2, TOP - 0.1, "decoded")
        for label, position in chosen.items():
            y = TOP + label * row
            sheet.tile(x, y, TILE, crop_centre(packed["clip"][position, middle], FRAME_SIZE))
            sheet.tile(x + row, y, TILE, explained["reconstruction"][position, middle])
        fold = explained["fold"][next(iter(chosen.values()))]
        average = explained["mean_face"][explained.parameters["folds"].index(fold)]
        sheet.tile(x + row, TOP + len(classes) * row, TILE, average)
    for line, name in enumerate((*classes, "average face")):
        sheet.write(LEFT - 0.08, TOP + line * row + TILE / 2, name.replace(" ", "\n"), ha="right")
    x = LEFT + PEOPLE * person + 0.3
    axes = sheet.panel(x, TOP, WIDTH - x - 0.35, row * (len(classes) + 1) - GAP)
    draw_errors(axes, explained, classes)
    return sheet.figure


def draw_errors(axes, explained: Mapping[str, np.ndarray], classes: Sequence[str]) -> None:
    """Draw both errors of each class in its row, and of all clips in the last: mean, middle half, and in words.

    An error is a clip's root mean square over its frames and pixels, in grey levels.
    """
    groups = [explained["label"] == label for label in range(len(classes))]
    groups.append(np.full(len(explained["label"]), True))
    for row, group in enumerate(groups):
        for name, (array, shift, mark) in ERRORS.items():
            errors = 255 * np.sqrt(explained[array][group].mean(1))
            height, mean, colour = row + shift, errors.mean(), mark["color"]
            axes.plot(np.percentile(errors, (25, 75)), [height] * 2, color=colour, linewidth=1)
            label = name if row == len(classes) else None  # once in the legend
            axes.plot(mean, height, markersize=4.5, linestyle="", label=label, **mark)
            words = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 6.5, "color": colour}
            axes.text(1.02, height, show(mean, 1), **words)
    axes.set(xlim=(0, None), ylim=(len(classes) + 0.5, -0.5), xlabel="error (grey levels)")
    axes.set_yticks(range(len(groups)), [*[""] * len(classes), "all"])
    axes.tick_params(axis="y", length=0)
    axes.axhline(len(classes) - 0.5, color=GREY, linewidth=0.5)
    corner = {"loc": "lower left", "bbox_to_anchor": (-0.05, 1), "borderaxespad": 0.1}
    axes.legend(ncols=2, handletextpad=0.2, columnspacing=1, **corner)
