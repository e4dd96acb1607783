"""The cells of a confusion matrix, drawn by what the base install brings."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from videofer.core.table_formats import show

# Falls in lightness only, so that it prints in grey.
SHARES = LinearSegmentedColormap.from_list("shares", ["#F0F1F3", "#00497A"])
DARK = 70  # per cent, where its luminance is 0.18: black and white have the same contrast (WCAG 2)


def draw_cells(axes: Axes, counts: pd.DataFrame) -> None:
    """Colour each cell by its share of the row and write count and per cent into it, in black or white.

    counts: true classes down, answers across; the row of a class without clips is zero.
    """
    percent = 100 * counts.to_numpy() / np.maximum(counts.sum(axis=1).to_numpy()[:, None], 1)
    axes.pcolormesh(percent, vmin=0, vmax=100, cmap=SHARES, edgecolors="white", linewidth=0.8)
    rows, columns = percent.shape
    axes.set(aspect="equal", ylim=(rows, 0))
    axes.set_xticks(np.arange(columns) + 0.5, counts.columns, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(rows) + 0.5, counts.index)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for (row, column), share in np.ndenumerate(percent):
        n, ink = counts.iat[row, column], "black" if share < DARK else "white"
        text = f"{n}\n{show(share, 0)} %" if n else "0"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6.5, color=ink)
