"""Figure 4.1: what the model sees of the data set."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import Arrays, read_arrays
from videofer.core.errors import UserError
from videofer.core.table_formats import NONE
from videofer.report.figures.sheet import Sheet
from videofer.report.figures.style import GREY, WIDTH, save_figure, styled

FACE = 48  # pixels; clips.safetensors keeps a margin around it
STEP = 3  # show every third of the 16 frames
PEOPLE = 2
LEFT, TOP, BETWEEN, GAP = 0.53, 0.36, 0.2, 0.015  # inches; BETWEEN people


def plot_samples(clips: str | Path, out: Sequence[str | Path]) -> None:
    """Draw clips of two people, one row a class and one column every third frame, as 48 x 48 grey faces."""
    packed = read_arrays(clips, "clips")
    people = choose_people(packed, PEOPLE)
    with styled():
        save_figure(draw_samples(packed, people), out)


def choose_people(packed: Arrays, count: int) -> list[dict[int, int]]:
    """Return, for up to `count` people, the position of one clip per class (class number -> position).

    The people with the most classes come first, in the order of the clips.
    """
    people: dict[str, dict[int, int]] = {}
    for position, (subject, label) in enumerate(zip(packed.parameters["subjects"], packed["label"], strict=True)):
        people.setdefault(subject, {}).setdefault(int(label), position)
    if not people:
        raise UserError("No clip is left to show: see rejected.tsv for why each was rejected.")
    return sorted(people.values(), key=len, reverse=True)[:count]


def draw_samples(packed: Arrays, people: list[dict[int, int]]) -> Figure:
    """Lay the chosen clips out as a contact sheet; packed["clip"] is (N, T, S, S) uint8."""
    classes, frames = packed.parameters["classes"], packed["clip"].shape[1]
    shown = range(0, frames, STEP)
    columns = len(people) * len(shown)
    row = (WIDTH - LEFT - BETWEEN * (len(people) - 1)) / columns  # a tile and the gap after it
    sheet = Sheet(TOP + len(classes) * row)
    sheet.write(LEFT - 0.06, TOP - 0.1, "frame", ha="right", fontsize=7, color=GREY)
    for label, name in enumerate(classes):
        sheet.write(LEFT - 0.06, TOP + (label + 0.5) * row, name, ha="right")
    for person, chosen in enumerate(people):
        first = LEFT + person * (len(shown) * row + BETWEEN)
        subject = packed.parameters["subjects"][next(iter(chosen.values()))]
        sheet.write(first, TOP - 0.26, subject, fontweight="bold")
        for column, frame in enumerate(shown):
            x = first + column * row
            sheet.write(x + row / 2, TOP - 0.1, f"{frame + 1}", ha="center", fontsize=7)
            for label in range(len(classes)):
                y = TOP + label * row
                if label in chosen:
                    sheet.tile(x, y, row - GAP, crop_centre(packed["clip"][chosen[label], frame], FACE))
                else:
                    sheet.write(x + row / 2, y + row / 2, NONE, ha="center", color=GREY)
    return sheet.figure
