"""The user's own list: a CSV or TSV with the columns path, subject, label and some optional columns."""

import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import RejectedClip, UserError
from videofer.datasets.adapter import Found, read_text_rows
from videofer.datasets.naming import explain_label, label_map, name_clips, own_path
from videofer.datasets.sources import count_pictures

REQUIRED = ("path", "subject", "label")
FRAMES = ("start", "onset", "apex", "offset", "end")  # in the order in which they come in a video
RANGES = {"face_x": (0, 1), "rate": (1, 1000)}
NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
OPTIONAL = (*FRAMES, "rotation", *RANGES, "view", "half")


def scan(config: Mapping, root: Path) -> Scan:
    """List the clips of the table dataset.path; the paths in it are relative to its own folder.

    The table is UTF-8 and parted by comma, semicolon or tab; a path is a video or a folder of pictures. A row that
    cannot be used is rejected with a sentence; one whose label the config maps to nothing is left out. A path may
    occur again with other frames (start, end), another half or another face_x. Raises UserError if the table is
    missing, empty or lacks a column.
    """
    table = own_path(config, root)
    words = label_map(config["dataset"].get("labels"))
    rows = read_rows(table)
    parts = [_mark_part(row) for row in rows]
    names = name_clips([(Path(row["path"]).stem, row["path"], part) for row, part in zip(rows, parts, strict=True)])
    found, seen = Found(), {}
    for number, (row, name, part) in enumerate(zip(rows, names, parts, strict=True), start=1):
        video = str(table.parent / row["path"])
        try:
            clip = read_clip(row, name, video, words)
            first = seen.setdefault((video, part), number)
            if first != number:
                raise RejectedClip(f"row {first} already names this file: keep one of the two rows.")
            found.add(clip, words)
        except RejectedClip as error:
            found.rejected.append(Rejection(name, video, "index", f"{table.name}, row {number}: {error}"))
    return Scan(found.clips, found.rejected, found.left_out)


def _mark_part(row: Mapping[str, str]) -> str:
    """Return what tells clips of one video apart: frames, half and face; empty for the whole of it."""
    frames = f"{row['start']}-{row['end']}" if row["start"] or row["end"] else ""
    return " ".join(filter(None, (frames, row["half"].lower(), row["face_x"])))


def read_rows(table: Path) -> list[dict[str, str]]:
    """Return the rows with all known columns, "" where they are not given; raises UserError."""
    if not table.is_file():
        raise UserError(f"The list {table} does not exist: correct dataset.path in the config.")
    try:
        columns, *rows = list(read_text_rows(table, "\t;,", errors="strict")) or [[]]
    except UnicodeDecodeError:
        raise UserError(f"The list {table} is not UTF-8: save it again as UTF-8.") from None
    columns = [column.casefold() for column in columns]
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise UserError(f"The list {table} has no column {', '.join(missing)}: it needs {', '.join(REQUIRED)}.")
    for column in set(OPTIONAL) - set(columns):
        if meant := get_close_matches(column, set(columns) - set(REQUIRED) - set(OPTIONAL), n=1, cutoff=0.8):
            raise UserError(f"The list {table} has a column {meant[0]}: call it {column}, or otherwise.")
    if not rows:
        raise UserError(f"The list {table} has a header, but no row: name at least one video.")
    return [dict.fromkeys((*REQUIRED, *OPTIONAL), "") | dict(zip(columns, row, strict=False)) for row in rows]


def read_clip(row: Mapping[str, str], name: str, video: str, words: Mapping[str, str | None]) -> Clip:
    """Return the clip of a row, its label as it stands there; raises RejectedClip with the first fault."""
    if not row["path"]:
        raise RejectedClip("its path is empty: name a video or a folder of pictures.")
    if not row["subject"]:
        raise RejectedClip("its subject is empty: name the person, so that nobody is trained and tested on.")
    if row["label"].casefold() not in words:
        raise RejectedClip(explain_label(row["label"]))
    given = {column: row[column] for column in OPTIONAL if row[column]}
    for column in (*FRAMES, "rotation"):
        if not re.fullmatch("[0-9]{1,9}", given.get(column, "0")):
            raise RejectedClip(f"its {column} is {given[column][:40]!r}: give a whole number, or leave it empty.")
    numbers = {column: int(given[column]) for column in (*FRAMES, "rotation") if column in given}
    if numbers.get("rotation", 0) not in (0, 90, 180, 270):
        raise RejectedClip(f"its rotation is {row['rotation']}: give 0, 90, 180 or 270 degrees clockwise.")
    for first, later in pairwise(column for column in FRAMES if column in numbers):
        if numbers[later] < numbers[first]:
            raise RejectedClip(f"its {later} {row[later]} comes before its {first} {row[first]}: correct them.")
    if row["half"].lower() not in ("", "left", "right"):
        raise RejectedClip(f"its half is {row['half']!r}: give left or right, or leave it empty.")
    for column, (low, high) in RANGES.items():
        if column in given:
            numbers[column] = float(given[column]) if NUMBER.fullmatch(given[column]) else math.nan
            if not low <= numbers[column] <= high:
                raise RejectedClip(
                    f"its {column} is {row[column]!r}: give a number from {low} to {high}, or leave it empty."
                )
    _check_source(Path(video))
    texts = {"view": row["view"] or None, "half": row["half"].lower() or None}
    return Clip(name, video, row["subject"], row["label"], **numbers, **texts)


def _check_source(video: Path) -> None:
    try:
        if video.is_dir():
            if not count_pictures(video):
                raise RejectedClip(f"the folder {video} holds no picture.")
        elif not video.is_file():
            raise RejectedClip(f"the file {video} does not exist.")
    except OSError as error:  # a name that no disk allows, or a folder that may not be read
        raise RejectedClip(f"the file {video} cannot be read ({error.strerror}): correct its path.") from None
