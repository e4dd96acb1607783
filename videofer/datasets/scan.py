"""Which clips a published set, an own list or folder has: known from names and lists, before anything is decoded.

The Snakefile calls `scan_dataset` while it is parsed, so that nothing heavy is imported.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import RejectedClip, UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import DataSet, Found, label_map, name_clips, read_text_rows, reject_unfit
from videofer.datasets.registry import ADAPTERS, KINDS, load_adapter, load_kind
from videofer.datasets.sources import PICTURES, VIDEOS, is_film, list_files, list_folders

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


@contextlib.contextmanager
def unreadable_named() -> Iterator[None]:
    """Turn the OSError of a folder or file that cannot be read into a UserError."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror}): see to its permissions (chmod -R u+rX) or disk."
        ) from None


@unreadable_named()
def scan_dataset(config: Mapping, root: Path) -> Scan:
    """List the clips of the data set that `config` describes; relative paths in it start from `root`.

    Reads lists, labels and folders only: no video is opened. Raises UserError if there is nothing to work on.
    """
    section = config["dataset"]
    kind = section["kind"]
    if kind not in KINDS:
        raise UserError(f"config: dataset.kind is {kind!r}, but only {', '.join(KINDS)} exist.")
    scans = {"table": scan_table, "folder": scan_folder, "cross": scan_cross} | dict.fromkeys(
        ADAPTERS, scan_published
    )
    found = reject_unfit((scans.get(kind) or load_kind(kind).scan)(config, root))
    classes = section.get("classes") or CLASSES
    left_out = Counter(found.left_out)
    left_out.update(f"'{clip.label}', not in dataset.classes" for clip in found.clips if clip.label not in classes)
    found = replace(found, clips=[clip for clip in found.clips if clip.label in classes], left_out=left_out)
    if not found.clips:
        path = config.get("data_dir") if kind in ADAPTERS else section.get("path")
        why = [f" The first of them: {found.rejected[0].reason}"] if found.rejected else []
        why += [f" Left out: {number} of {reason}." for reason, number in left_out.items()]
        raise UserError(f"No clip is left of the {len(found.rejected)} in {path}.{''.join(why)}")
    return found


def scan_published(config: Mapping, root: Path) -> Scan:
    """List the clips of a published set, whose folder is config["data_dir"]; see `scan_dataset`."""
    section = config["dataset"]
    kind = section["kind"]
    if not config.get("data_dir"):
        raise UserError(f"config: data_dir is missing: say where {kind} lies by --config data_dir=FOLDER.")
    folder = root / Path(config["data_dir"]).expanduser()
    dataset, subset, found = read_tree(kind, folder, section.get("subset"))
    if not found.clips and not found.rejected:
        if found.left_out:
            why = ", ".join(f"{number} of {reason}" for reason, number in found.left_out.items())
            raise UserError(f"{folder} holds no clip of {dataset.title}, subset {subset}; left out: {why}.")
        raise UserError(
            f"{folder} does not look like {dataset.title}, which holds {dataset.layout}: "
            f"python -m videofer datasets check {kind} FOLDER says more."
        )
    labels = section.get("labels") or {}
    own = {word.casefold() for word in dataset.labels}
    if unknown := [word for word in labels if word.strip().casefold() not in own]:
        raise UserError(
            f"config: dataset.labels maps {unknown[0]!r}, which is no word of {dataset.title}: it has "
            f"{', '.join(dataset.labels)}."
        )
    found = found.sort_labels(label_map({**dataset.labels, **labels}))
    names = name_clips([(clip.clip, clip.video, "") for clip in found.clips])
    subjects = [clip.subject for clip in found.clips] if dataset.people else names
    named = zip(found.clips, names, subjects, strict=True)
    clips = [replace(clip, clip=name, subject=subject) for clip, name, subject in named]
    return replace(found, clips=clips, official=dataset.official, people=dataset.people)


def read_tree(kind: str, folder: Path, subset: str | None) -> tuple[DataSet, str, Found]:
    """Read the tree of a published set: its facts, the subset's name (by default the first), and what was found.

    The clips' labels are the set's own words. Raises UserError if the subset or the folder does not exist.
    """
    dataset = load_adapter(kind)
    chosen, names = subset or next(iter(dataset.subsets)), ", ".join(dataset.subsets)
    if chosen not in dataset.subsets:
        raise UserError(f"config: dataset.subset is {subset!r}, but {dataset.title} has {names}: choose one.")
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: give the folder of {dataset.title} as data_dir.")
    found = Found([], [])
    dataset.read(folder, chosen, found)
    return dataset, chosen, found


def scan_cross(config: Mapping, root: Path) -> Scan:
    """List the clips of every set in dataset.sets; a clip's part is the name of its set, which precedes its own.

    Raises UserError for fewer than two sets, for a set that is not on the disk, and for a set that does not name
    its subjects: nobody could keep its people apart.
    """
    sets = config["dataset"].get("sets") or {}
    if len(sets) < 2:
        raise UserError("config: dataset.sets names fewer than two data sets: kind cross compares several.")
    clips, rejected, left_out = [], [], Counter()
    for name, section in sets.items():
        kind = section["kind"]
        if kind not in ("table", "folder", *ADAPTERS):
            raise UserError(f"config: dataset.sets.{name}.kind is {kind}: name a set that lies on the disk.")
        inner = section | {"classes": config["dataset"].get("classes")}
        found = scan_dataset({**config, "dataset": inner, "data_dir": section.get("data_dir")}, root)
        if not found.people:
            raise UserError(
                f"config: dataset.sets.{name} is {kind}, which does not say who is who, so that nobody can be kept "
                "out of training: leave it out."
            )
        for clip in found.clips:
            clips.append(replace(clip, clip=f"{name}-{clip.clip}", subject=f"{name}/{clip.subject}", part=name))
        rejected += [replace(rejection, clip=f"{name}-{rejection.clip}") for rejection in found.rejected]
        left_out += Counter({f"{why} ({name})": number for why, number in found.left_out.items()})
    return Scan(clips, rejected, left_out)


def scan_table(config: Mapping, root: Path) -> Scan:
    """List the clips of the table dataset.path; the paths in it are relative to its own folder.

    The table is UTF-8 and parted by comma, semicolon or tab; a path is a video or a folder of pictures. A row that
    cannot be used is rejected with a sentence; one whose label the config maps to nothing is left out. A path may
    occur again with other frames (start, end), another half or another face_x. Raises UserError if the table is
    missing, empty or lacks a column.
    """
    table, words = _read_section(config, root)
    rows = read_rows(table)
    parts = []  # what tells clips of one video apart: frames, half and face; empty for the whole of it
    for row in rows:
        frames = f"{row['start']}-{row['end']}" if row["start"] or row["end"] else ""
        parts.append(" ".join(filter(None, (frames, row["half"].lower(), row["face_x"]))))
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
    return found.sort_labels(words)


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
    videos, beside = [], 0
    for label in labels:
        sequences = [inner for inner in list_folders(label) if list_files(inner, PICTURES)]
        films, pictures = list_files(label, VIDEOS), list_files(label, PICTURES)
        if pictures and (films or is_film(pictures[0])):
            animated = [path for path in pictures if is_film(path)]
            films, beside, pictures = films + animated, beside + len(pictures) - len(animated), []
        # The label's folder may itself be a sequence.
        videos += [label] if pictures else sorted(films + sequences)
    if not videos:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    if all(label.parent.name.casefold() in words and label.name.casefold() not in words for label in labels):
        raise UserError(f"{folder} is sorted as <label>/<subject>/<video>: sort it as <subject>/<label>/<video>.")
    names = name_clips([(path.stem, path.relative_to(folder).as_posix(), "") for path in videos])
    found = Found([], [])
    if beside:
        found.left_out["still picture beside videos"] = beside
    for path, name in zip(videos, names, strict=True):
        subject, label = path.relative_to(folder).parts[:2]
        if label.casefold() in words:
            found.add(name, path, subject, label)
        else:
            found.rejected.append(Rejection(name, str(path), "index", _explain_label(label)))
    return found.sort_labels(words)


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
