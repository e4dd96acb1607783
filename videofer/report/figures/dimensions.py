"""What the components of a capsule stand for: change one and decode (Sabour et al. 2017, fig. 4)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import Arrays
from videofer.core.table_formats import MINUS, show
from videofer.evaluation.explain.ranking import rank_dimensions
from videofer.report.figures.explained import read_explained
from videofer.report.figures.reconstructions import UNTRAINED
from videofer.report.figures.samples import FACE
from videofer.report.figures.sheet import Sheet, draw_note
from videofer.report.figures.style import GREY, WIDTH, save_figure, styled

SHOWN = 2  # components of each class
LEFT, TOP, GAP = 0.62, 0.26, 0.03  # inches
NUMBER = 0.5  # inches; for the component's number and its change
NONE_RECOGNISED = "The capsules of the variant {} recognised no clip of any class: there is none to take apart."


def plot_dimensions(explanations: str | Path, clips: str | Path, out: Sequence[str | Path]) -> None:
    """Draw, for a clip of each class, the two components that change the decoded frame most."""
    explained, packed = read_explained(explanations, clips)
    variant = explained.parameters["variant"]
    with styled():
        if "perturbed" not in explained:
            figure = draw_note(UNTRAINED.format(variant))
        elif (explained["example"] < 0).all():
            figure = draw_note(NONE_RECOGNISED.format(variant))
        else:
            figure = draw_dimensions(explained, packed)
        save_figure(figure, out)


def draw_dimensions(explained: Arrays, packed: Arrays) -> Figure:
    """Return a sheet: two rows a class; the frame, eleven steps of one component, last step minus first."""
    steps, classes = explained.parameters["steps"], explained.parameters["classes"]
    recognised = [label for label, position in enumerate(explained["example"]) if position >= 0]
    side = (WIDTH - LEFT - NUMBER - 0.2) / (len(steps) + 2) - GAP
    row, space = side + GAP, 0.07  # inches; space between classes
    sheet = Sheet(TOP + len(recognised) * (SHOWN * row + space))
    first = LEFT + row + NUMBER
    last = first + len(steps) * row + 0.1
    middle = packed["clip"].shape[1] // 2
    for column, step in enumerate(steps):
        words = f"{step:+.2f}".replace("-", MINUS) if step else "0"
        sheet.write(first + column * row + side / 2, TOP - 0.1, words, ha="center", fontsize=7)
    for x, heading in ((LEFT, "frame"), (last, "change")):
        sheet.write(x + side / 2, TOP - 0.1, heading, ha="center", fontsize=7)
    for place, label in enumerate(recognised):
        y = TOP + place * (SHOWN * row + space)
        position, perturbed = explained["example"][label], explained["perturbed"][label]
        sheet.tile(LEFT, y, side, crop_centre(packed["clip"][position, middle], FACE))
        sheet.write(LEFT - 0.08, y + side / 2, classes[label], ha="right")
        sheet.write(
            LEFT - 0.08,
            y + side / 2 + 0.15,
            packed.parameters["subjects"][position],
            ha="right",
            fontsize=6.5,
            color=GREY,
        )
        order, change = rank_dimensions(perturbed)
        for line, (component, amount) in enumerate(zip(order[:SHOWN], change, strict=False)):
            below = y + line * row
            sheet.write(first - 0.08, below + side / 2 - 0.06, f"{component + 1}", ha="right")
            sheet.write(
                first - 0.08, below + side / 2 + 0.07, f"({show(amount, 0)})", ha="right", fontsize=6.5, color=GREY
            )
            for column in range(len(steps)):
                sheet.tile(first + column * row, below, side, perturbed[component, column])
            sheet.tile(last, below, side, show_change(perturbed[component]))
    return sheet.figure


def show_change(steps: np.ndarray) -> np.ndarray:
    """Return the last of (S, H, W) pictures minus the first as grey levels: 128 is none, 1 or 255 the largest."""
    difference = steps[-1].astype(np.float64) - steps[0]
    return np.round(128 + 127 * difference / max(1, np.abs(difference).max())).astype(np.uint8)
