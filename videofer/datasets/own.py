"""The user's own clips: a list (kind table), or folders sorted by subject and label (kind folder)."""

import os
import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from videofer.core.clip import Clip, Rejection, Scan, join_blanks
from videofer.core.errors import RejectedClip, UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import Found, label_map, name_clips
from videofer.datasets.lists import WINDOWS, find_encoding, read_text_rows
from videofer.datasets.sources import (
    PICTURES,
    UNFINISHED,
    VIDEOS,
    find_path,
    is_broken_link,
    list_files,
    list_films,
    list_folders,
)

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
# How programs write that a cell is empty. A person may well be called NA.
EMPTY = ("na", "nan", "n/a", "#n/a", "<na>", "null", "none", "-", "\N{EN DASH}", "\N{EM DASH}")


def scan_table(config: Mapping, root: Path) -> Scan:
    """List the clips of the table dataset.path; the paths in it are relative to its own folder.

    A path is a video or a folder of pictures. A row that cannot be used is rejected with a sentence that numbers it
    as a spreadsheet does, where the header is row 1; one whose label the config maps to nothing is left out. A path
    may occur again with other frames (start, end), another half or another face_x. Raises UserError if the table is
    missing, empty or lacks a column, and for two spellings of one person.
    """
    table, words = _read_section(config, root)
    rows = read_rows(table)
    recoded = find_encoding(table.read_bytes()) == WINDOWS
    parts = []  # what tells clips of one video apart: frames, half and face; empty for the whole of it
    for row in rows.values():
        row["path"] = local_path(row["path"], table.parent)
        frames = f"{row['start']}-{row['end']}" if row["start"] or row["end"] else ""
        parts.append(" ".join(filter(None, (frames, row["half"], row["face_x"]))))
    paths = [row["path"] for row in rows.values()]
    names = name_clips([(Path(path).stem, path, part) for path, part in zip(paths, parts, strict=True)])
    found, seen, listings = Found([], []), {}, {}
    for (number, row), name, part in zip(rows.items(), names, parts, strict=True):
        video = table.parent / row["path"]
        try:
            video = locate_source(row["path"], video, listings, recoded)
            clip = read_clip(row, name, str(video), words)
            first = seen.setdefault((video, part), number)
            if first != number:
                raise RejectedClip(f"row {first} already names this file: keep one of the two rows.")
            found.clips.append(clip)
        except RejectedClip as error:
            found.rejected.append(Rejection(name, str(video), "index", f"{table.name}, row {number}: {error}"))
    check_people(found, table)
    return found.sort_labels(words)


def read_rows(table: Path) -> dict[int, dict[str, str]]:
    """Return row number -> cells of all known columns, "" where they are not given; raises UserError."""
    if not table.is_file():
        what = "is a folder: set dataset.kind to folder, or" if table.is_dir() else "does not exist:"
        raise UserError(f"The list {table} {what} correct dataset.path in the config.")
    (_, head), *rows = list(read_text_rows(table, ",;\t|", REQUIRED)) or [(1, [])]
    columns = [join_blanks(column.lstrip("# ")).casefold() for column in head]
    missing = [column for column in REQUIRED if column not in columns]
    if len(missing) == len(REQUIRED) and any(Path(cell).suffix.lower() in VIDEOS for cell in head):
        raise UserError(f"The list {table} has no header: write {', '.join(REQUIRED)} into a first row.")
    if missing:
        there = f", and has {', '.join(map(repr, columns[:8]))}" if any(columns) else ""
        raise UserError(
            f"The list {table} has no column {', '.join(missing)}: it needs {', '.join(REQUIRED)}{there}."
        )
    if twice := [column for column in (*REQUIRED, *OPTIONAL) if columns.count(column) > 1]:
        raise UserError(f"The list {table} has the column {twice[0]} twice: remove or rename one.")
    for column in set(OPTIONAL) - set(columns):
        if meant := get_close_matches(column, set(columns) - set(REQUIRED) - set(OPTIONAL), n=1, cutoff=0.8):
            raise UserError(f"The list {table} has a column {meant[0]}: call it {column}, or otherwise.")
    if not rows:
        raise UserError(f"The list {table} has a header, but no row: name at least one video.")
    read = {}
    for number, cells in rows:
        row = dict.fromkeys((*REQUIRED, *OPTIONAL), "") | dict(zip(columns, cells, strict=False))
        row |= {column: tidy_cell(column, row[column]) for column in row}
        read[number] = row | {"more": " ".join(cells[len(columns) :]).strip()}
    return read


def tidy_cell(column: str, cell: str) -> str:
    """Return a cell as it is meant: numbers without a decimal comma or needless zeros, empty instead of "nan"."""
    if column in ("subject", "label"):
        return join_blanks(cell)
    if not cell or (column in OPTIONAL and cell.casefold() in EMPTY):
        return ""
    if column not in CELLS:
        return cell
    # Not three zeros, which may part thousands.
    number = re.sub(r"\.(?!000$)0+$", "", cell.replace(",", ".")).lower()
    return number if re.fullmatch(CELLS[column][0], number) else cell


def local_path(cell: str, folder: Path) -> str:
    """Return the path of a cell in this system's spelling: of a file: address its path, "/" for a backslash."""
    if os.path.lexists(folder / cell):
        return cell
    if address := re.match("(?i)file:(//[^/]*)?", cell):
        cell = unquote(cell[address.end() :])
    return os.path.expanduser(cell.replace("\\", "/"))  # noqa: PTH111, which without a home fails


def locate_source(path: str, video: Path, listings: dict, recoded: bool) -> Path:
    """Return the path of a video or folder of pictures as the disk spells it; raises RejectedClip if it is gone.

    path: as in the list; listings: see find_path; recoded: whether the list is not in Unicode.
    """
    if not path:
        raise RejectedClip("its path is empty: name a video or a folder of pictures.")
    try:
        found = find_path(video, listings)
        if found.is_dir():
            if not list_files(found, PICTURES):
                raise RejectedClip(f"the folder {found} holds no picture.")
        elif not found.is_file() and not is_broken_link(found):
            if re.match("/?[A-Za-z]:/|//", path):
                raise RejectedClip(f"its path {path} is one of Windows: give the path that the file has here.")
            if re.match(r"[A-Za-z]+://", path):
                raise RejectedClip(f"its path {path} is an address: download the film and name the file.")
            for near in listings.get(found.parent, []):
                if found.name in near.name and re.fullmatch(UNFINISHED, near.name):
                    raise RejectedClip(
                        f"the file {found} is not whole yet, {near.name} lies there: fetch it again."
                    )
            more = ": correct its path, or save the list as UTF-8" if recoded and not path.isascii() else ""
            raise RejectedClip(f"the file {found} does not exist{more}.")
    except OSError as error:  # a name that no disk allows, or a folder that may not be read
        raise RejectedClip(f"the file {video} cannot be read ({error.strerror}): correct its path.") from None
    return found


def read_clip(row: Mapping[str, str], name: str, video: str, words: Mapping[str, str | None]) -> Clip:
    """Return the clip of a row, its label as it stands there; raises RejectedClip with the first fault."""
    if not row["subject"] or row["subject"].casefold() in EMPTY[1:]:
        raise RejectedClip("its subject is empty: name the person, so that nobody is trained and tested on.")
    if row["label"].casefold() not in words:
        raise RejectedClip(_explain_label(row["label"]))
    for column, (pattern, wanted) in CELLS.items():
        if row[column] and not re.fullmatch(pattern, row[column]):
            raise RejectedClip(f"its {column} is {row[column][:40]!r}: give {wanted}, or leave it empty.")
    if row["more"]:
        raise RejectedClip(
            f"it has more cells than the header, {row['more'][:40]!r}: put what has commas in quotes."
        )
    numbers = {column: int(row[column]) for column in (*FRAMES, "rotation") if row[column]}
    numbers |= {column: float(row[column]) for column in ("face_x", "rate") if row[column]}
    for first, later in pairwise(column for column in FRAMES if column in numbers):
        if numbers[later] < numbers[first]:
            raise RejectedClip(f"its {later} {row[later]} comes before its {first} {row[first]}: correct them.")
    return Clip(
        name, video, row["subject"], row["label"], **numbers, view=row["view"] or None, half=row["half"] or None
    )


def check_people(found: Scan, where: Path) -> None:
    """Raise UserError for two subjects who differ in case, leading zeros or ".0" alone: most likely one person."""
    spelled = {}
    for clip in found.clips:
        name = unicodedata.normalize("NFKC", clip.subject).casefold()
        first = spelled.setdefault(re.sub(r"(?<=\d)\.0+$|(?<![\d.])0+(?=\d)", "", name), clip.subject)
        if first != clip.subject:
            raise UserError(
                f"{where} names the subjects {first!r} and {clip.subject!r}, most likely one person, who would be "
                "trained and tested on: spell the person in one way, or name two people so that they differ more."
            )


def scan_folder(config: Mapping, root: Path) -> Scan:
    """List the videos and image sequences under the folder dataset.path, sorted as <subject>/<label>/<video>.

    A folder whose name is no label is rejected; one that the config maps to nothing is left out. Raises UserError
    if the folder does not exist or holds no video in <subject>/<label>/, and for two spellings of one person.
    """
    folder, words = _read_section(config, root)
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: correct dataset.path in the config.")
    labels = [label for subject in list_folders(folder) for label in list_folders(subject)]
    videos, found = [], Found([], [])
    for label in labels:
        sequences = [inner for inner in list_folders(label) if list_files(inner, PICTURES)]
        films, pictures = list_films(label), list_files(label, PICTURES)
        if films and (beside := set(pictures).difference(films)):
            found.left_out["still picture beside videos"] += len(beside)
        # The label's folder may itself be a sequence.
        videos += [label] if pictures and not films else sorted(films + sequences)
        for path in sorted(label.iterdir()):
            if re.fullmatch(UNFINISHED, path.name) and path.is_file():
                found.reject(path.stem, path, "is an unfinished download: fetch it to its end.")
    if not videos and not found.rejected:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    if all(map(_is_swapped, labels, [words] * len(labels))):
        raise UserError(f"{folder} is sorted as <label>/<subject>/<video>: sort it as <subject>/<label>/<video>.")
    names = name_clips([(path.stem, path.relative_to(folder).as_posix(), "") for path in videos])
    for path, name in zip(videos, names, strict=True):
        subject, label = map(join_blanks, path.relative_to(folder).parts[:2])
        if label.casefold() in words:
            found.add(name, path, subject, label)
        else:
            found.rejected.append(Rejection(name, str(path), "index", _explain_label(label)))
    check_people(found, folder)
    return found.sort_labels(words)


def _is_swapped(label: Path, words: Mapping[str, str | None]) -> bool:
    outer, inner = (join_blanks(path.name).casefold() in words for path in (label.parent, label))
    return outer and not inner


def _read_section(config: Mapping, root: Path) -> tuple[Path, dict[str, str | None]]:
    """Return dataset.path, relative to `root`, and the map of dataset.labels; raises UserError."""
    section = config["dataset"]
    if not section.get("path"):
        raise UserError(f"config: dataset.path is missing: kind {section['kind']} needs its list or folder there.")
    return find_path(root / section["path"], {}), label_map(section.get("labels"))


def _explain_label(label: str) -> str:
    """Return the sentence for a label that is no class."""
    names = ", ".join(CLASSES)
    if not label:
        return f"its label is empty: give one of {names}."
    return f"its label {label!r} is none of {names}: correct it, or map it under dataset.labels in the config."
