"""The figures of faces: samples of the data set, reconstructions, dimensions of the capsules, and saliency."""

import math
import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import Arrays, read_arrays
from videofer.core.errors import UserError
from videofer.core.study import FRAME_SIZE
from videofer.core.table_formats import MINUS, NONE, show
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, literal

UNTRAINED = (
    "The variant {} trains no reconstruction: its decoder kept its random weights, and there is nothing to show."
)
NONE_RECOGNISED = "The capsules of the variant {} recognised no clip of any class: there is none to take apart."
# What drew a picture: the array of its mean square errors, shift from the middle of the row, mark.
ERRORS = {
    "decoder": ("error", -0.16, {"color": BLUE, "marker": "o", "markerfacecolor": BLUE}),
    "average face": ("mean_face_error", 0.16, {"color": VERMILLION, "marker": "D", "markerfacecolor": "white"}),
}
# From nothing to a deep blue: falls in lightness only, so that it prints in grey.
INK = np.array([0.03, 0.15, 0.45])
PALE = 0.55  # of the way to white for the face under it, so that dark faces do not read as ink
DENSEST = 0.8  # ink at the top of the scale: the face still shows


class Sheet:
    """A figure of the text's width and of `height` inches, laid out in inches from its upper left corner."""

    def __init__(self, height: float):
        self.height = height
        self.figure = Figure(figsize=(WIDTH, height))

    def panel(self, x: float, y: float, width: float, height: float) -> Axes:
        """Return axes of this size whose upper left corner is at (x, y)."""
        bottom = 1 - (y + height) / self.height
        return self.figure.add_axes((x / WIDTH, bottom, width / WIDTH, height / self.height))

    def tile(self, x: float, y: float, side: float, picture: np.ndarray) -> None:
        """Show a square picture: (S, S) uint8 grey levels, or (S, S, 3) colours in 0..1."""
        axes = self.panel(x, y, side, side)
        axes.set_axis_off()
        # interpolation none: keep the pixels as they are
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="none")

    def write(self, x: float, y: float, words: str, **style) -> None:
        """Write words at (x, y), by default to its right and vertically centred."""
        self.figure.text(x / WIDTH, 1 - y / self.height, literal(words), **{"va": "center"} | style)

    def caption(self, x: float, y: float, words: str) -> None:
        """Write small words centred at (x, y), such as the heading of a column of tiles."""
        self.write(x, y, words, ha="center", fontsize=7)


def draw_note(sentence: str) -> Figure:
    """Return a figure that says in a sentence why there is nothing to show."""
    sheet = Sheet(1.0)
    words = "\n".join(textwrap.wrap(sentence, 90))
    sheet.write(WIDTH / 2, sheet.height / 2, words, ha="center", color=GREY)
    return sheet.figure


def read_explained(explanations: str | Path, clips: str | Path) -> tuple[Arrays, np.ndarray]:
    """Return the explanations, and the explained clips in the same order as the model sees them: (N, T, S, S)."""
    explained, packed = read_arrays(explanations, "explanations"), read_arrays(clips, "clips")
    position = {name: number for number, name in enumerate(packed.parameters["clips"])}
    shown = [position[name] for name in explained.parameters["clips"]]
    return explained, crop_centre(packed["clip"][shown], FRAME_SIZE)


def choose_people(clips: Arrays, count: int) -> dict[str, dict[int, int]]:
    """Return, for up to `count` people, the position of one clip per class: subject -> class number -> position.

    clips: packed clips or explanations. The people with the most classes come first, in the order of the clips.
    Raises UserError if there is no clip.
    """
    people: dict[str, dict[int, int]] = {}
    for position, (subject, label) in enumerate(zip(clips.parameters["subjects"], clips["label"], strict=True)):
        people.setdefault(subject, {}).setdefault(int(label), position)
    if not people:
        raise UserError("No clip is left to show: see rejected.tsv for why each was rejected.")
    return dict(sorted(people.items(), key=lambda person: len(person[1]), reverse=True)[:count])


def plot_samples(clips: str | Path) -> Figure:
    """Draw clips of two people, one row a class and one column every third frame, in 48 x 48 pixels (fig. 4.1)."""
    packed = read_arrays(clips, "clips")
    people = choose_people(packed, 2)
    classes, frames = packed.parameters["classes"], crop_centre(packed["clip"], FRAME_SIZE)
    shown = range(0, frames.shape[1], 3)
    left, top, between, gap = 0.53, 0.36, 0.2, 0.015  # inches; between people
    row = (WIDTH - left - between * (len(people) - 1)) / (len(people) * len(shown))  # a tile and the gap after it
    sheet = Sheet(top + len(classes) * row)
    sheet.write(left - 0.06, top - 0.1, "frame", ha="right", fontsize=7, color=GREY)
    for label, name in enumerate(classes):
        sheet.write(left - 0.06, top + (label + 0.5) * row, name, ha="right")
    for person, (subject, chosen) in enumerate(people.items()):
        first = left + person * (len(shown) * row + between)
        sheet.write(first, top - 0.26, subject, fontweight="bold")
        for column, frame in enumerate(shown):
            x = first + column * row
            sheet.caption(x + row / 2, top - 0.1, f"{frame + 1}")
            for label in range(len(classes)):
                y = top + label * row
                if label in chosen:
                    sheet.tile(x, y, row - gap, frames[chosen[label], frame])
                else:
                    sheet.write(x + row / 2, y + row / 2, NONE, ha="center", color=GREY)
    return sheet.figure


def plot_reconstructions(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw frames beside what the decoder draws from the longest capsule, and the error of each class.

    A row a class, two columns a person: middle frame and reconstruction. The last row shows the average face of the
    training people of that person's fold, whose error stands beside the decoder's.
    """
    explained, frames = read_explained(explanations, clips)
    if "reconstruction" not in explained:
        return draw_note(UNTRAINED.format(explained.parameters["variant"]))
    classes, middle, count = explained.parameters["classes"], frames.shape[1] // 2, 3
    tile, gap, left, top = 0.6, 0.03, 0.66, 0.3  # inches
    row = tile + gap
    person = 2 * row + 0.1  # inches
    sheet = Sheet(top + row * (len(classes) + 1) + 0.45)
    for number, chosen in enumerate(choose_people(explained, count).values()):
        x = left + number * person
        sheet.caption(x + tile / 2, top - 0.1, "frame")
        sheet.caption(x + row + tile / 2, top - 0.1, "decoded")
        for label, position in chosen.items():
            y = top + label * row
            sheet.tile(x, y, tile, frames[position, middle])
            sheet.tile(x + row, y, tile, explained["reconstruction"][position, middle])
        fold = explained["fold"][next(iter(chosen.values()))]
        average = explained["mean_face"][explained.parameters["folds"].index(fold)]
        sheet.tile(x + row, top + len(classes) * row, tile, average)
    for line, name in enumerate((*classes, "average face")):
        sheet.write(left - 0.08, top + line * row + tile / 2, name.replace(" ", "\n"), ha="right")
    x = left + count * person + 0.3
    draw_errors(sheet.panel(x, top, WIDTH - x - 0.35, row * (len(classes) + 1) - gap), explained)
    return sheet.figure


def draw_errors(axes: Axes, explained: Arrays) -> None:
    """Draw both errors of each class in its row, and of all clips in the last: mean, middle half, and in words.

    An error is a clip's root mean square over its frames and pixels, in grey levels.
    """
    classes = len(explained.parameters["classes"])
    groups = [explained["label"] == label for label in range(classes)]
    groups.append(np.full(len(explained["label"]), True))
    for row, group in enumerate(groups):
        for name, (array, shift, mark) in ERRORS.items():
            errors = 255 * np.sqrt(explained[array][group].mean(1))
            height, mean, colour = row + shift, errors.mean(), mark["color"]
            axes.plot(np.percentile(errors, (25, 75)), [height] * 2, color=colour, linewidth=1)
            label = name if row == classes else None  # once in the legend
            axes.plot(mean, height, markersize=4.5, linestyle="", label=label, **mark)
            words = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 6.5, "color": colour}
            axes.text(1.02, height, show(mean, 1), **words)
    axes.set(xlim=(0, None), ylim=(classes + 0.5, -0.5), xlabel="error (grey levels)")
    axes.set_yticks(range(len(groups)), [*[""] * classes, "all"])
    axes.tick_params(axis="y", length=0)
    axes.axhline(classes - 0.5, color=GREY, linewidth=0.5)
    corner = {"loc": "lower left", "bbox_to_anchor": (-0.05, 1), "borderaxespad": 0.1}
    axes.legend(ncols=2, handletextpad=0.2, columnspacing=1, **corner)


def plot_dimensions(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw, for a clip of each class, the two components of its capsule that change the decoded frame most.

    Two rows a class: the frame, the steps of one component, the last step minus the first (Sabour et al. 2017,
    fig. 4).
    """
    explained, frames = read_explained(explanations, clips)
    variant = explained.parameters["variant"]
    if "perturbed" not in explained:
        return draw_note(UNTRAINED.format(variant))
    recognised = np.flatnonzero(explained["example"] >= 0)
    if not len(recognised):
        return draw_note(NONE_RECOGNISED.format(variant))
    steps, classes, middle = explained.parameters["steps"], explained.parameters["classes"], frames.shape[1] // 2
    left, top, gap, number = 0.62, 0.26, 0.03, 0.5  # inches; number: for a component's number and its change
    side = (WIDTH - left - number - 0.2) / (len(steps) + 2) - gap
    row = side + gap
    group = 2 * row + 0.07
    sheet = Sheet(top + len(recognised) * group)
    first = left + row + number
    last = first + len(steps) * row + 0.1
    for column, step in enumerate(steps):
        amount = f"{step:+.2f}".replace("-", MINUS) if step else "0"
        sheet.caption(first + column * row + side / 2, top - 0.1, amount)
    sheet.caption(left + side / 2, top - 0.1, "frame")
    sheet.caption(last + side / 2, top - 0.1, "change")
    small = {"ha": "right", "fontsize": 6.5, "color": GREY}
    for line, label in enumerate(recognised):
        y, position, perturbed = top + line * group, explained["example"][label], explained["perturbed"][label]
        sheet.tile(left, y, side, frames[position, middle])
        sheet.write(left - 0.08, y + side / 2, classes[label], ha="right")
        sheet.write(left - 0.08, y + side / 2 + 0.15, explained.parameters["subjects"][position], **small)
        order, change = rank_dimensions(perturbed)
        for component, amount in zip(order[:2], change, strict=False):
            sheet.write(first - 0.08, y + side / 2 - 0.06, f"{component + 1}", ha="right")
            sheet.write(first - 0.08, y + side / 2 + 0.07, f"({show(amount, 0)})", **small)
            for column in range(len(steps)):
                sheet.tile(first + column * row, y, side, perturbed[component, column])
            sheet.tile(last, y, side, show_change(perturbed[component]))
            y += row
    return sheet.figure


def rank_dimensions(perturbed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order components by the change of the picture from the first step to the last, largest first.

    perturbed (D, steps, H, W) grey levels -> component numbers (D,) and their changes (D,), the root mean square
    over the pixels, in grey levels.
    """
    difference = perturbed[:, -1].astype(np.float64) - perturbed[:, 0]
    change = np.sqrt(np.square(difference).mean((-2, -1)))
    order = np.argsort(-change, kind="stable")
    return order, change[order]


def show_change(steps: np.ndarray) -> np.ndarray:
    """Return the last of (S, H, W) pictures minus the first as grey levels: 128 is none, 1 or 255 the largest."""
    difference = steps[-1].astype(np.float64) - steps[0]
    return np.round(128 + 127 * difference / max(1, np.abs(difference).max())).astype(np.uint8)


def plot_saliency(explanations: str | Path, clips: str | Path) -> Figure:
    """Draw which part of the face the answers depend on, a column a class.

    First the mean map of the rightly answered clips over their average face, then a row a person, with the answer
    and its probability below each clip.
    """
    explained, faces = read_explained(explanations, clips)
    classes, last = explained.parameters["classes"], explained["probability"][:, -1]
    maps, middle = explained["saliency"].astype(np.float32), faces.shape[1] // 2
    of_class = [explained["label"] == label for label in range(len(classes))]
    right = last.argmax(-1) == explained["label"]
    groups = [np.flatnonzero(right & members) for members in of_class]
    people = choose_people(explained, 2)
    highest = max((maps[group].mean(0).max() for group in groups if len(group)), default=0)
    scale = max(0.1, math.ceil(10 * highest) / 10)  # its top, in probability
    left, top, margin, gap, below = 0.66, 0.26, 0.72, 0.04, 0.18  # inches; below a tile, for its words
    side = (WIDTH - left - margin) / len(classes) - gap
    row = side + gap
    sheet = Sheet(top + (1 + len(people)) * row + below * len(people) + 0.2)
    for label, (name, group) in enumerate(zip(classes, groups, strict=True)):
        x = left + label * row
        sheet.write(x + side / 2, top - 0.1, name, ha="center", fontweight="bold")
        sheet.caption(x + side / 2, top + side + 0.09, f"{len(group)} of {of_class[label].sum()} clips")
        if len(group):
            sheet.tile(x, top, side, overlay(faces[group].mean((0, 1)), maps[group].mean(0), scale))
        else:
            sheet.write(x + side / 2, top + side / 2, NONE, ha="center", color=GREY)
    sheet.write(left - 0.08, top + side / 2, "mean,\nanswered\nrightly", ha="right")
    for line, (subject, chosen) in enumerate(people.items(), start=1):
        y = top + line * (row + below)
        sheet.write(left - 0.08, y + side / 2, subject, ha="right")
        for label, position in chosen.items():
            x, scores = left + label * row, last[position]
            sheet.tile(x, y, side, overlay(faces[position, middle], maps[position], scale))
            words = f"{classes[scores.argmax()]}, {show(100 * scores.max(), 0)} %"
            sheet.caption(x + side / 2, y + side + 0.09, words)
    # The scale of the ink, on a face of middle grey.
    ink = LinearSegmentedColormap.from_list("ink", overlay(np.full((1, 2), 128), np.array([[0, 1]]), 1)[0])
    axes = sheet.panel(WIDTH - margin + 0.08, top, 0.1, side)
    ticks = {"ticks": (0, scale / 2, scale), "format": "%g"}
    bar = sheet.figure.colorbar(ScalarMappable(Normalize(0, scale), ink), cax=axes, extend="max", **ticks)
    bar.set_label("probability lost")
    bar.outline.set_visible(False)
    return sheet.figure


def overlay(face: np.ndarray, saliency: np.ndarray, top: float) -> np.ndarray:
    """Ink a face (S, S) where hiding it costs probability, from none at 0 to most at `top`: (S, S, 3) in 0..1."""
    strength = DENSEST * np.clip(saliency / top, 0, 1)[..., None]
    pale = PALE + (1 - PALE) * np.asarray(face)[..., None] / 255
    return pale * (1 - strength) + INK * strength
