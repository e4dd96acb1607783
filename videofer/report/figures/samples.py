"""Figure 4.1: what the model sees of the data set."""

from pathlib import Path

from matplotlib.figure import Figure

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import read_arrays
from videofer.core.study import FRAME_SIZE
from videofer.core.table_formats import NONE
from videofer.report.figures.inputs import choose_people
from videofer.report.figures.sheet import Sheet
from videofer.report.figures.style import GREY, WIDTH

STEP = 3  # show every third of the 16 frames
PEOPLE = 2
LEFT, TOP, BETWEEN, GAP = 0.53, 0.36, 0.2, 0.015  # inches; BETWEEN people


def plot_samples(clips: str | Path) -> Figure:
    """Draw clips of two people, one row a class and one column every third frame, as 48 x 48 grey faces."""
    packed = read_arrays(clips, "clips")
    people = choose_people(packed, PEOPLE)
    classes, shown = packed.parameters["classes"], range(0, packed["clip"].shape[1], STEP)
    columns = len(people) * len(shown)
    row = (WIDTH - LEFT - BETWEEN * (len(people) - 1)) / columns  # a tile and the gap after it
    sheet = Sheet(TOP + len(classes) * row)
    sheet.write(LEFT - 0.06, TOP - 0.1, "frame", ha="right", fontsize=7, color=GREY)
    for label, name in enumerate(classes):
        sheet.write(LEFT - 0.06, TOP + (label + 0.5) * row, name, ha="right")
    for person, (subject, chosen) in enumerate(people.items()):
        first = LEFT + person * (len(shown) * row + BETWEEN)
        sheet.write(first, TOP - 0.26, subject, fontweight="bold")
        for column, frame in enumerate(shown):
            x = first + column * row
            sheet.caption(x + row / 2, TOP - 0.1, f"{frame + 1}")
            for label in range(len(classes)):
                y = TOP + label * row
                if label in chosen:
                    sheet.tile(x, y, row - GAP, crop_centre(packed["clip"][chosen[label], frame], FRAME_SIZE))
                else:
                    sheet.write(x + row / 2, y + row / 2, NONE, ha="center", color=GREY)
    return sheet.figure
