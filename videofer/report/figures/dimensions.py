"""What the components of a capsule stand for: change one and decode (Sabour et al. 2017, fig. 4)."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.study import FRAME_SIZE
from videofer.core.table_formats import MINUS, show
from videofer.report.figures.inputs import read_explained
from videofer.report.figures.reconstructions import UNTRAINED
from videofer.report.figures.sheet import Sheet, draw_note
from videofer.report.figures.style import GREY, WIDTH

SHOWN = 2  # components of each class
LEFT, TOP, GAP, BETWEEN = 0.62, 0.26, 0.03, 0.07  # inches; BETWEEN classes
NUMBER = 0.5  # inches; for the component's number and its change
NONE_RECOGNISED = "The capsules of the variant {} recognised no clip of any class: there is none to take apart."


def plot_dimensions(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw, for a clip of each class, the two components that change the decoded frame most.

    Two rows a class: the frame, the steps of one component, the last step minus the first.
    """
    explained, packed = read_explained(explanations, clips)
    variant = explained.parameters["variant"]
    if "perturbed" not in explained:
        return draw_note(UNTRAINED.format(variant))
    recognised = np.flatnonzero(explained["example"] >= 0)
    if not len(recognised):
        return draw_note(NONE_RECOGNISED.format(variant))
    steps, classes = explained.parameters["steps"], explained.parameters["classes"]
    side = (WIDTH - LEFT - NUMBER - 0.2) / (len(steps) + 2) - GAP
    row = side + GAP
    sheet = Sheet(TOP + len(recognised) * (SHOWN * row + BETWEEN))
    first = LEFT + row + NUMBER
    last = first + len(steps) * row + 0.1
    for column, step in enumerate(steps):
        amount = f"{step:+.2f}".replace("-", MINUS) if step else "0"
        sheet.caption(first + column * row + side / 2, TOP - 0.1, amount)
    sheet.caption(LEFT + side / 2, TOP - 0.1, "frame")
    sheet.caption(last + side / 2, TOP - 0.1, "change")
    small = {"ha": "right", "fontsize": 6.5, "color": GREY}
    for number, label in enumerate(recognised):
        top = TOP + number * (SHOWN * row + BETWEEN)
        position, perturbed = explained["example"][label], explained["perturbed"][label]
        frames = packed["clip"][position]
        sheet.tile(LEFT, top, side, crop_centre(frames[len(frames) // 2], FRAME_SIZE))
        sheet.write(LEFT - 0.08, top + side / 2, classes[label], ha="right")
        sheet.write(LEFT - 0.08, top + side / 2 + 0.15, packed.parameters["subjects"][position], **small)
        order, change = rank_dimensions(perturbed)
        for line, (component, amount) in enumerate(zip(order[:SHOWN], change, strict=False)):
            y = top + line * row
            sheet.write(first - 0.08, y + side / 2 - 0.06, f"{component + 1}", ha="right")
            sheet.write(first - 0.08, y + side / 2 + 0.07, f"({show(amount, 0)})", **small)
            for column in range(len(steps)):
                sheet.tile(first + column * row, y, side, perturbed[component, column])
            sheet.tile(last, y, side, show_change(perturbed[component]))
    return sheet.figure


def show_change(steps: np.ndarray) -> np.ndarray:
    """Return the last of (S, H, W) pictures minus the first as grey levels: 128 is none, 1 or 255 the largest."""
    difference = steps[-1].astype(np.float64) - steps[0]
    return np.round(128 + 127 * difference / max(1, np.abs(difference).max())).astype(np.uint8)


def rank_dimensions(perturbed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order components by the change of the picture from the first step to the last, largest first.

    perturbed (D, steps, H, W) grey levels -> component numbers (D,) and their changes (D,), the root mean square
    over the pixels, in grey levels.
    """
    difference = perturbed[:, -1].astype(np.float64) - perturbed[:, 0]
    change = np.sqrt(np.square(difference).mean((-2, -1)))
    order = np.argsort(-change, kind="stable")
    return order, change[order]
