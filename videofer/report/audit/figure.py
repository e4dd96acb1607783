"""The paper's printed accuracies on one axis, with what chance alone can do to the best of them."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from videofer.core.table_formats import show
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.audit import read_rows
from videofer.report.audit.printed import Printed, least_clips, match_count, read_constants, read_printed
from videofer.report.figures.style import BLUE, GREY, VERMILLION, WIDTH, save_figure, styled

BAND = "#DCE6EE"  # light enough for the markers on it, also in grey
GAP = 0.6  # rows between the two tables
AXES = (0.33, 0.2, 0.52, 0.79)  # left, bottom, width and height, as shares of the figure
LIMITS = (50, 80)  # per cent
PRINTED = {"marker": "o", "color": BLUE, "markersize": 5.5, "linestyle": "", "zorder": 3}
OWN = PRINTED | {"marker": "D", "color": VERMILLION, "markerfacecolor": "white"}
TITLES = {"4.1": "Table 4.1: losses", "4.2": "Table 4.2: other models"}
TEXT = {"ha": "right", "va": "center", "fontsize": 7}
# Where columns of text end, as a share of the axes' width.
LABELS = -0.012
COLUMNS = {"printed": (1.11, "printed"), "own": (1.27, "own paper")}


def plot_audit(
    losses: str | Path, models: str | Path, originals: str | Path, constants: str | Path, out: Sequence[str | Path]
) -> None:
    """Draw the accuracies of Tables 4.1 and 4.2 with the interval of the best; the paths are reference files."""
    printed = read_printed(losses, models)
    clips = int(read_constants(constants)["clips"])
    with styled():
        save_figure(draw_audit(printed, read_rows(originals), clips), out)


def draw_audit(printed: Sequence[Printed], originals: Sequence[dict[str, str]], clips: int) -> Figure:
    """Return one row an accuracy, the best of each table first: filled as printed, open from the model's paper.

    originals: rows of originals.csv, of which the first with a figure is the main one of its model.
    """
    main = {row["model"]: row for row in reversed(originals) if row["percent"]}
    best = max(entry.percent for entry in printed)
    figure = Figure(figsize=(WIDTH, 3.2))
    axes = figure.add_axes(AXES)
    (count,) = set(match_count(best, clips).values())
    axes.axvspan(*(100 * end for end in wilson_interval(count / clips, clips)), color=BAND, linewidth=0, zorder=0)
    axes.axvline(float(best), color=BLUE, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    labels, y = {}, 0.0
    for table, title in TITLES.items():
        write(axes, LABELS, y, title, weight="bold", fontsize=8)
        for column, heading in COLUMNS.values():
            write(axes, column, y, heading, color=GREY)
        for entry in sorted((entry for entry in printed if entry.table == table), key=lambda entry: -entry.percent):
            y -= 1
            labels[y] = draw_row(axes, entry, main.get(entry.name), y)
        y -= 1 + GAP
    labels[y + 0.5] = "least significant difference"
    # A bar as long as the least difference that can be significant on the same clips; it ends at the best figure.
    least = least_clips()
    start = float(best) - 100 * least / clips
    axes.plot([start, float(best)], [y + 0.5] * 2, color="black", linewidth=1.2, marker="|", markersize=6, zorder=3)
    text = f"{least} clips, {show(100 * least / clips, 1)} points"
    axes.annotate(text, (start, y + 0.5), xytext=(-6, 0), textcoords="offset points", **TEXT)
    axes.set_yticks(list(labels), list(labels.values()))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(xlim=LIMITS, ylim=(y, 0.7), xlabel="accuracy on MMI (%)")
    handles = [axes.plot([], [], **style)[0] for style in (PRINTED, OWN)]
    handles.append(axes.fill_between([], [], [], color=BAND, linewidth=0))
    band = f"95 % interval of {count} right of {clips}"
    names = ["as the paper prints it", "as the model's own paper has it", band]
    figure.legend(handles, names, loc="lower center", ncols=3)
    return figure


def draw_row(axes: Axes, entry: Printed, original: dict[str, str] | None, y: float) -> str:
    """Draw one printed figure, and the original's own with a line between them; return the row's label."""
    x = float(entry.percent)
    write(axes, COLUMNS["printed"][0], y, str(entry.percent))
    if original:
        own = float(original["percent"])
        axes.plot([x, own], [y, y], color=GREY, linewidth=0.8, zorder=2)
        axes.plot(own, y, **OWN)
        write(axes, COLUMNS["own"][0], y, original["percent"])
    axes.plot(x, y, **PRINTED)
    renamed = original and original["original_name"] != entry.name
    return f"{entry.label} (its paper: {original['original_name']})" if renamed else entry.label


def write(axes: Axes, x: float, y: float, text: str, **style) -> None:
    """Write a text that ends at x (a share of the axes' width), in the row at y."""
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), **(TEXT | style))
