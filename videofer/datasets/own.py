"""The user's own clips: a list with the columns path, subject, label and more, or videos sorted into folders."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import RejectedClip, UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import Found, read_text_rows
from videofer.datasets.naming import label_map, name_clips, sort_labels
from videofer.datasets.sources import PICTURES, VIDEOS, list_files, list_folders

REQUIRED = ("path", "subject", "label")
FRAMES = ("start", "onset", "apex", "offset", "end")  # in the order in which they come in a video
# What a cell that is not empty has to match, and what the user should give.
CELLS = dict.fromkeys(FRAMES, ("[0-9]{1,9}", "a whole number")) | {
    "rotation": ("0|90|180|270", "0, 90, 180 or 270 degrees clockwise"),
    "half": ("left|right", "left or right"),
    "face_x": (r"0?\.[0-9]+|0|1(\.0+)?", "a number from 0 to 1"),
    "rate": (r"[1-9][0-9]{0,2}(\.[0-9]+)?|1000(\.0+)?", "a number from 1 to 1000"),
}
OPTIONAL = (*CELLS, "view")


def scan_table(config: Mapping, root: Path) -> Scan:
    """List the clips of the table dataset.path; the paths in it are relative to its own folder.

    The table is UTF-8 and parted by comma, semicolon or tab; a path is a video or a folder of pictures. A row that
    cannot be used is rejected with a sentence; one whose label the config maps to nothing is left out. A path may
    occur again with other frames (start, end), another half or another face_x. Raises UserError if the table is
    missing, empty or lacks a column.
    """
    table, words = _read_section(config, root)
    rows = read_rows(table)
    parts = [_mark_part(row) for row in rows]
    names = name_clips([(Path(row["path"]).stem, row["path"], part) for row, part in zip(rows, parts, strict=True)])
    found, seen = Found([], []), {}
    for number, (row, name, part) in enumerate(zip(rows, names, parts, strict=True), start=1):
        video = str(table.parent / row["path"])
        try:
            clip = read_clip(row, name, video, words)
            first = seen.setdefault((video, part), number)
            if first != number:
                raise RejectedClip(f"row {first} already names this file: keep one of the two rows.")
            found.clips.append(clip)
        except RejectedClip as error:
            found.rejected.append(Rejection(name, video, "index", f"{table.name}, row {number}: {error}"))
    return sort_labels(found, words)


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
        raise RejectedClip(_explain_label(row["label"]))
    for column, (pattern, wanted) in CELLS.items():
        if row[column] and not re.fullmatch(pattern, row[column].lower()):
            raise RejectedClip(f"its {column} is {row[column][:40]!r}: give {wanted}, or leave it empty.")
    numbers = {column: int(row[column]) for column in (*FRAMES, "rotation") if row[column]}
    numbers |= {column: float(row[column]) for column in ("face_x", "rate") if row[column]}
    for first, later in pairwise(column for column in FRAMES if column in numbers):
        if numbers[later] < numbers[first]:
            raise RejectedClip(f"its {later} {row[later]} comes before its {first} {row[first]}: correct them.")
    try:
        if Path(video).is_dir():
            if not list_files(Path(video), PICTURES):
                raise RejectedClip(f"the folder {video} holds no picture.")
        elif not Path(video).is_file():
            raise RejectedClip(f"the file {video} does not exist.")
    except OSError as error:  # a name that no disk allows, or a folder that may not be read
        raise RejectedClip(f"the file {video} cannot be read ({error.strerror}): correct its path.") from None
    texts = {"view": row["view"] or None, "half": row["half"].lower() or None}
    return Clip(name, video, row["subject"], row["label"], **numbers, **texts)


def scan_folder(config: Mapping, root: Path) -> Scan:
    """List the videos and image sequences under the folder dataset.path, sorted as <subject>/<label>/<video>.

    A folder whose name is no label is rejected; one that the config maps to nothing is left out. Raises UserError
    if the folder does not exist or holds no video in <subject>/<label>/.
    """
    folder, words = _read_section(config, root)
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: correct dataset.path in the config.")
    labels = [label for subject in list_folders(folder) for label in list_folders(subject)]
    videos = [source for label in labels for source in _list_sources(label)]
    if not videos:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    if all(label.parent.name.casefold() in words and label.name.casefold() not in words for label in labels):
        raise UserError(f"{folder} is sorted as <label>/<subject>/<video>: sort it as <subject>/<label>/<video>.")
    names = name_clips([(path.stem, path.relative_to(folder).as_posix(), "") for path in videos])
    found = Found([], [])
    for path, name in zip(videos, names, strict=True):
        subject, label = path.relative_to(folder).parts[:2]
        if label.casefold() in words:
            found.add(name, path, subject, label)
        else:
            found.rejected.append(Rejection(name, str(path), "index", _explain_label(label)))
    return sort_labels(found, words)


def _list_sources(folder: Path) -> list[Path]:
    """Return the videos and image sequences in a folder, which may itself be a sequence."""
    if list_files(folder, PICTURES):
        return [folder]
    inner = [sequence for sequence in list_folders(folder) if list_files(sequence, PICTURES)]
    return sorted(list_files(folder, VIDEOS) + inner)


def _read_section(config: Mapping, root: Path) -> tuple[Path, dict[str, str | None]]:
    """Return dataset.path, relative to `root`, and the map of dataset.labels; raises UserError."""
    section = config["dataset"]
    if not section.get("path"):
        raise UserError(f"config: dataset.path is missing: kind {section['kind']} needs its list or folder there.")
    return root / section["path"], label_map(section.get("labels"))


def _explain_label(label: str) -> str:
    """Return the sentence for a label that is no class."""
    names = ", ".join(CLASSES)
    if not label:
        return f"its label is empty: give one of {names}."
    return f"its label {label!r} is none of {names}: correct it, or map it under dataset.labels in the config."
