"""The user's own list: a CSV or TSV with the columns path, subject, label and some optional ones."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import UserError
from videofer.datasets.naming import HALVES, explain_label, explain_left_out, label_map, name_clips
from videofer.datasets.sources import count_pictures

REQUIRED = ("path", "subject", "label")
NUMBERS = ("start", "end", "onset", "apex", "offset", "rotation")
OPTIONAL = (*NUMBERS, "view", "half", "face_x", "rate")
MARKS = ("start", "onset", "apex", "offset", "end")  # in the order in which they come in a video
TURNS = (0, 90, 180, 270)
WHOLE = "[0-9]{1,9}"


def scan(section: Mapping, root: Path) -> Scan:
    """List the clips of the table `section["path"]`; the paths in it are relative to its own folder.

    The table is UTF-8 and parted by comma, semicolon or tab; a path is a video or a folder of pictures. A row that
    cannot be used is rejected with a sentence; one whose label the config maps to nothing is left out. A path may
    occur again with other frames (start, end), another half or another face_x. Raises UserError if the table is
    missing, empty or lacks a column.
    """
    table = root / section["path"]
    rows = list(_read_rows(table))
    words = label_map(section.get("labels"))
    segments = [_mark(row) for row in rows]
    sources = [(Path(row["path"]).stem, row["path"]) for row in rows]
    names = name_clips([(*source, segment) for source, segment in zip(sources, segments, strict=True)])
    clips, rejected, left_out = [], [], Counter()
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    for number, (row, name, segment) in enumerate(zip(rows, names, segments, strict=True), start=1):
        video = str(table.parent / row["path"])
        reason = _fault(row, Path(video), words)
        key = (video, segment)
        if reason is None and key in seen:
            reason = f"row {seen[key][0]} already names this file: keep one of the two rows."
        if reason is not None:
            rejected.append(Rejection(name, video, "index", f"{table.name}, row {number}: {reason}"))
            continue
        seen[key] = number, name
        label = words[row["label"].casefold()]
        if label is None:
            left_out[explain_left_out(row["label"])] += 1
        else:
            clips.append(Clip(name, video, row["subject"], label, **_optional(row)))
    return Scan(clips, rejected, left_out)


def _mark(row: Mapping[str, str]) -> str:
    """Return what tells clips of one video apart: frames, half and face; empty for the whole of it."""
    frames = f"{row['start']}-{row['end']}" if row["start"] or row["end"] else ""
    return " ".join(filter(None, (frames, row["half"].lower(), row["face_x"])))


def _read_rows(table: Path) -> Iterator[dict[str, str]]:
    """Yield the rows with all known columns, blanks around the values taken off."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"The list {table} does not exist: correct dataset.path in the config.") from None
    except UnicodeDecodeError:
        raise UserError(f"The list {table} is not UTF-8: save it again as UTF-8.") from None
    except OSError as error:
        raise UserError(f"The list {table} cannot be read ({error.strerror}): correct dataset.path.") from None
    header = text.partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=header.count))
    try:
        columns, *rows = list(lines) or [[]]
    except csv.Error as error:
        raise UserError(f"The list {table} is damaged in line {lines.line_num} ({error}): save it again.") from None
    columns = [column.strip().casefold() for column in columns]
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise UserError(f"The list {table} has no column {', '.join(missing)}: it needs {', '.join(REQUIRED)}.")
    for column in set(OPTIONAL) - set(columns):
        if meant := get_close_matches(column, set(columns) - set(REQUIRED) - set(OPTIONAL), n=1, cutoff=0.8):
            raise UserError(f"The list {table} has a column {meant[0]}: call it {column}, or otherwise.")
    filled = [row for row in rows if any(value.strip() for value in row)]
    if not filled:
        raise UserError(f"The list {table} has a header, but no row: name at least one video.")
    for row in filled:
        values = dict(zip(columns, (value.strip() for value in row), strict=False))
        yield {column: values.get(column, "") for column in (*REQUIRED, *OPTIONAL)}


def _optional(row: Mapping[str, str]) -> dict[str, int | float | str | None]:
    """Return the optional columns as the fields of a clip."""
    numbers: dict = {column: int(row[column]) if row[column] else None for column in NUMBERS}
    shares = {column: float(row[column]) if row[column] else None for column in ("face_x", "rate")}
    return numbers | shares | {"view": row["view"] or None, "half": row["half"].lower() or None}


def _fault(row: Mapping[str, str], video: Path, words: Mapping[str, str]) -> str | None:
    """Return the first thing that makes a row useless, or None."""
    if not row["path"]:
        return "its path is empty."
    if not row["subject"]:
        return "its subject is empty: name the person, so that nobody is trained and tested on."
    if row["label"].casefold() not in words:
        return explain_label(row["label"])
    wrong = [column for column in NUMBERS if row[column] and not re.fullmatch(WHOLE, row[column])]
    if wrong:
        return f"its {wrong[0]} is {row[wrong[0]][:40]!r}: give a whole number, or leave it empty."
    if row["rotation"] and int(row["rotation"]) not in TURNS:
        return f"its rotation is {row['rotation']}: give 0, 90, 180 or 270 degrees clockwise."
    for first, later in pairwise([mark for mark in MARKS if row[mark]]):
        if int(row[later]) < int(row[first]):
            return f"its {later} {row[later]} comes before its {first} {row[first]}."
    if row["half"] and row["half"].lower() not in HALVES:
        return f"its half is {row['half']!r}: give left or right, or leave it empty."
    for column, low, high in (("face_x", 0, 1), ("rate", 1, 1000)):
        if row[column] and not _is_number(row[column], low, high):
            return f"its {column} is {row[column]!r}: give a number from {low} to {high}, or leave it empty."
    try:
        if video.is_dir():
            return None if count_pictures(video) else f"the folder {video} holds no picture."
        return None if video.is_file() else f"the file {video} does not exist."
    except OSError as error:  # a name that no disk allows, or a folder that may not be looked into
        return f"the file {video} cannot be looked at ({error.strerror}): correct its path."


def _is_number(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False
