"""Figure 4.1: what the model sees of the data set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.artifacts import Arrays, read_arrays
from videofer.errors import UserError
from videofer.figures.style import GREY, WIDTH, save_figure, styled
from videofer.table_formats import NONE

FACE = 48  # pixels; clips.safetensors keeps a margin around it
STEP = 3  # show every third of the 16 frames
PEOPLE = 2


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
    gap = 0.4  # between two people, in tiles
    columns = len(people) * len(shown) + gap * (len(people) - 1)
    left, top = 0.075, 0.055  # for the class names and the frame numbers
    tile = WIDTH * (1 - left) / columns
    figure = Figure(figsize=(WIDTH, len(classes) * tile / (1 - top)))
    width, height = (1 - left) / columns, (1 - top) / len(classes)
    for row, name in enumerate(classes):
        y = 1 - top - (row + 1) * height
        figure.text(left - 0.008, y + height / 2, name, ha="right", va="center")
        for person, chosen in enumerate(people):
            for column, frame in enumerate(shown):
                x = left + width * (person * (len(shown) + gap) + column)
                axes = figure.add_axes((x, y, width * 0.97, height * 0.97))
                axes.set_axis_off()
                if row == 0:
                    figure.text(x + width / 2, 1 - top + 0.012, f"{frame + 1}", ha="center", fontsize=7)
                draw_face(axes, packed["clip"][chosen[row], frame] if row in chosen else None)
    figure.text(left - 0.008, 1 - top + 0.012, "frame", ha="right", fontsize=7, color=GREY)
    return figure


def draw_face(axes, picture: np.ndarray | None) -> None:
    """Show the inner 48 x 48 pixels of an (S, S) picture, or a dash where the person has no such clip."""
    if picture is None:
        axes.text(0.5, 0.5, NONE, ha="center", va="center", color=GREY)
        return
    margin = (len(picture) - FACE) // 2
    face = picture[margin : margin + FACE, margin : margin + FACE]
    axes.imshow(face, cmap="gray", vmin=0, vmax=255, interpolation="none")  # none: keep the pixels as they are
