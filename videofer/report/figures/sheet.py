"""A figure laid out in inches from its upper left corner: square pictures, words, and plots beside them."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from videofer.report.figures.style import GREY, WIDTH, literal


class Sheet:
    """A figure of the text's width and of `height` inches, to put tiles, panels and words on."""

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
