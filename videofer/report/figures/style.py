"""One style for all figures: fonts, colours that print in grey and suit colour-blind readers, fixed bytes."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from videofer.core.artifacts import atomic_path

# fontTools logs each table of a font that it cuts down for a PDF.
logging.getLogger("fontTools").setLevel(logging.WARNING)

WIDTH = 7.0  # inches: a text block 178 mm wide
# Okabe and Ito's blue and vermillion differ for colour-blind readers, too; line styles tell them apart in grey.
BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#595959"
# Dates and random ids would give a figure new bytes on every run.
METADATA = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}
RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "axes.formatter.use_mathtext": True,
    "svg.hashsalt": "videofer",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


def save_plot(plot: Callable[..., Figure], out: Sequence[str | Path], *inputs) -> None:
    """Save the figure that `plot(*inputs)` returns, drawn in the common style, to each path of `out`."""
    with styled():
        save_figure(plot(*inputs), out)


def styled() -> AbstractContextManager[None]:
    """Return the context in which figures are drawn and saved."""
    return matplotlib.rc_context(RC)


def save_figure(figure: Figure, paths: Sequence[str | Path]) -> None:
    """Save a figure to each path in the format of its suffix: .svg, .pdf or .png (300 dpi)."""
    # Lay out once: the layout depends on the resolution, and the formats must not differ.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for path in map(Path, paths):
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=300, metadata=METADATA[path.suffix])


def literal(words: str) -> str:
    """Return words whose dollar signs matplotlib draws, instead of reading a formula between two of them."""
    return words.replace("$", r"\$")
