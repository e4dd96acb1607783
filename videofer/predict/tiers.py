"""The answer as annotations of a film: a TextGrid, the format of Praat, which ELAN imports."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videofer.core.artifacts import atomic_path
from videofer.predict.prediction import OK, UNCERTAIN, Prediction, split_runs

EMPTY = ""  # text of an interval in which nothing is annotated

Interval = tuple[float, float, str]  # first and last second, text


def write_tiers(prediction: Prediction, out: Path) -> None:
    """Write one tier a face, from the start of the film to its end, in intervals named by class or uncertain."""
    ends = prediction.list_ends()
    tiers = dict(list_tiers(prediction, ends)) or {"no face": []}
    last = ends[-1]
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", *say_span(0, last, 0)]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, found) in enumerate(tiers.items(), 1):
        intervals = list(fill_gaps(found, last))
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {quote(name)}"]
        lines += [*say_span(0, last, 8), f"        intervals: size = {len(intervals)}"]
        for place, (start, end, text) in enumerate(intervals, 1):
            lines += [
                f"        intervals [{place}]:",
                *say_span(start, end, 12),
                f"            text = {quote(text)}",
            ]
    with atomic_path(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def list_tiers(prediction: Prediction, ends: np.ndarray) -> Iterator[tuple[str, list[Interval]]]:
    """Yield the name of each face and its intervals; ends (F,): until when each frame used is shown, seconds."""
    table = prediction.tabulate_frames()
    table["text"] = np.where(table["status"] == OK, table["label"], UNCERTAIN)
    for face, rows in table[table["face"].notna()].groupby("face"):
        runs = split_runs(rows, prediction.numbers, by="text")
        last = [(run, np.searchsorted(prediction.numbers, run["frame"].iloc[-1])) for run in runs]
        yield f"face {face}", [(run["second"].iloc[0], ends[at], run["text"].iloc[0]) for run, at in last]


def fill_gaps(intervals: list[Interval], last: float) -> Iterator[Interval]:
    """Yield intervals that follow each other from 0 to `last`, as the format wants them: empty ones between."""
    before = 0.0
    for start, end, text in intervals:
        if start > before:
            yield before, start, EMPTY
        yield start, end, text
        before = end
    if before < last:
        yield before, last, EMPTY


def say_span(start: float, end: float, indent: int) -> list[str]:
    """Return the two lines that give a span, to the microsecond, behind so many spaces."""
    return [f"{'':{indent}}xmin = {start:.6f}", f"{'':{indent}}xmax = {end:.6f}"]


def quote(text: str) -> str:
    """Return a text as the format writes it."""
    return '"' + text.replace('"', '""') + '"'
