"""Figure 4.3: which expressions are taken for which."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from seaborn.utils import relative_luminance

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import show
from videofer.report.figures.style import WIDTH, save_figure, styled

TIMES = "\N{MULTIPLICATION SIGN}"
PANELS = {"sequence": "(a) LSTM", "capsule": "(b) Capsule vote"}
COLOURS = seaborn.light_palette("#00497A", as_cmap=True)  # falls in lightness only, so that it prints in grey


def plot_confusion(confusion: str | Path, overall: str | Path, out: Sequence[str | Path], variant: str) -> None:
    """Draw the confusion matrices of one variant, of the LSTM and of the capsule vote side by side."""
    tables = (read_table(path, "metric") for path in (confusion, overall))
    counts, rates = (table[table["model"] == OWN_MODEL] for table in tables)
    seeds = int(rates[rates["variant"] == variant]["seeds"].max())
    with styled():
        save_figure(draw_confusion(counts[counts["variant"] == variant], seeds), out)


def draw_confusion(confusion: pd.DataFrame, seeds: int) -> Figure:
    """Return a heat map for each head: a cell's colour and per cent are its share of the true class.

    With several seeds every clip is counted once a seed, and the rows say so.
    """
    figure = Figure(figsize=(WIDTH, 3.35), layout="compressed")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (head, title) in zip(panels, PANELS.items(), strict=True):
        counts = count_matrix(confusion[confusion["head"] == head])
        percent = row_percent(counts)
        draw_cells(axes, counts, percent)
        names = list(counts.columns)
        axes.set_xticklabels(names, rotation=35, ha="right", rotation_mode="anchor")
        axes.set_yticklabels([name_row(name, n, seeds) for name, n in counts.sum(axis=1).items()], rotation=0)
        right = f"{np.trace(counts)} of {counts.to_numpy().sum()} right"
        axes.set(title=f"{title}, {right}", xlabel="answer", ylabel="")
        axes.tick_params(length=0)
    panels[0].set_ylabel("true expression (clips)" if seeds == 1 else f"true expression (clips {TIMES} seeds)")
    bar = figure.colorbar(ScalarMappable(Normalize(0, 100), COLOURS), ax=panels, shrink=0.8, aspect=30, pad=0.01)
    bar.set_label("share of the true expression (%)")
    bar.outline.set_visible(False)
    return figure


def name_row(name: str, answers: int, seeds: int) -> str:
    """Return a class's name with its clips, and with the number of seeds where there are several."""
    return f"{name} ({answers})" if seeds == 1 else f"{name} ({answers // seeds} {TIMES} {seeds})"


def draw_cells(axes, counts: pd.DataFrame, percent: np.ndarray) -> None:
    """Colour the cells and write count and per cent into each, in black or white, whichever reads better."""
    seaborn.heatmap(
        percent, vmin=0, vmax=100, cmap=COLOURS, cbar=False, square=True, linewidths=0.8, linecolor="white", ax=axes
    )
    for (row, column), share in np.ndenumerate(percent):
        n = counts.iat[row, column]
        # At luminance 0.18 black and white have the same contrast (WCAG 2).
        ink = "black" if relative_luminance(COLOURS(share / 100)) > 0.18 else "white"
        text = f"{n}\n{show(share, 0)} %" if n else "0"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6.5, color=ink)


def count_matrix(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return the counts as a square: true classes down, answers across, in the order of the classes."""
    names = list(dict.fromkeys(confusion["true"]))
    return confusion.pivot(index="true", columns="predicted", values="count").loc[names, names]


def row_percent(counts: pd.DataFrame) -> np.ndarray:
    """Return each cell's share of its row in per cent; a class without clips gives zeros."""
    totals = counts.sum(axis=1).to_numpy()[:, None]
    return 100 * counts.to_numpy() / np.maximum(totals, 1)
