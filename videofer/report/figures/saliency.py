"""Saliency: which part of the face the answers depend on."""

import math
from pathlib import Path

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.study import FRAME_SIZE
from videofer.core.table_formats import NONE, show
from videofer.report.figures.inputs import choose_people, read_explained
from videofer.report.figures.sheet import Sheet
from videofer.report.figures.style import GREY, WIDTH

PEOPLE = 2
LEFT, TOP, RIGHT, GAP, WORDS = 0.66, 0.26, 0.62, 0.04, 0.18  # inches; WORDS below a tile
# From nothing to a deep blue: falls in lightness only, so that it prints in grey.
INK = np.array([0.03, 0.15, 0.45])
PALE = 0.55  # of the way to white for the face under it, so that dark faces do not read as ink
DENSEST = 0.8  # ink at the top of the scale: the face still shows


def plot_saliency(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw a column a class: the mean map of the rightly answered clips over their average face, then single clips.

    Each person is one row, with the answer and its probability below each clip.
    """
    explained, packed = read_explained(explanations, clips)
    classes, last = explained.parameters["classes"], explained["probability"][:, -1]
    faces, maps = crop_centre(packed["clip"], FRAME_SIZE), explained["saliency"].astype(np.float32)
    middle = faces.shape[1] // 2
    of_class = [explained["label"] == label for label in range(len(classes))]
    right = last.argmax(-1) == explained["label"]
    groups = [np.flatnonzero(right & members) for members in of_class]
    people = choose_people(packed, PEOPLE)
    highest = max((maps[group].mean(0).max() for group in groups if len(group)), default=0)
    top = max(0.1, math.ceil(10 * highest) / 10)  # of the scale, in probability
    side = (WIDTH - LEFT - RIGHT) / len(classes) - GAP
    row = side + GAP
    sheet = Sheet(TOP + (1 + len(people)) * row + WORDS * len(people) + 0.2)
    for label, (name, group) in enumerate(zip(classes, groups, strict=True)):
        x = LEFT + label * row
        sheet.write(x + side / 2, TOP - 0.1, name, ha="center", fontweight="bold")
        sheet.caption(x + side / 2, TOP + side + 0.09, f"{len(group)} of {of_class[label].sum()} clips")
        if len(group):
            sheet.tile(x, TOP, side, overlay(faces[group].mean((0, 1)), maps[group].mean(0), top))
        else:
            sheet.write(x + side / 2, TOP + side / 2, NONE, ha="center", color=GREY)
    sheet.write(LEFT - 0.08, TOP + side / 2, "mean,\nanswered\nrightly", ha="right")
    for line, (subject, chosen) in enumerate(people.items(), start=1):
        y = TOP + line * (row + WORDS)
        sheet.write(LEFT - 0.08, y + side / 2, subject, ha="right")
        for label, position in chosen.items():
            x, scores = LEFT + label * row, last[position]
            sheet.tile(x, y, side, overlay(faces[position, middle], maps[position], top))
            words = f"{classes[scores.argmax()]}, {show(100 * scores.max(), 0)} %"
            sheet.caption(x + side / 2, y + side + 0.09, words)
    # The scale of the ink, on a face of middle grey.
    ink = LinearSegmentedColormap.from_list("ink", overlay(np.full((1, 2), 128), np.array([[0, 1]]), 1)[0])
    axes = sheet.panel(WIDTH - RIGHT + 0.08, TOP, 0.1, side)
    bar = sheet.figure.colorbar(ScalarMappable(Normalize(0, top), ink), cax=axes, extend="max")
    bar.set_label("probability lost")
    bar.outline.set_visible(False)
    return sheet.figure


def overlay(face: np.ndarray, saliency: np.ndarray, top: float) -> np.ndarray:
    """Ink a face (S, S) where hiding it costs probability, from none at 0 to most at `top`: (S, S, 3) in 0..1."""
    strength = DENSEST * np.clip(saliency / top, 0, 1)[..., None]
    pale = PALE + (1 - PALE) * np.asarray(face)[..., None] / 255
    return pale * (1 - strength) + INK * strength
