"""What a tree holds against what its authors count: the text of `datasets` and `datasets check`."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import DataSet, Found, Subset, folders, unreadable_named
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.datasets.scan import read_tree, sort_labels
from videofer.datasets.sources import PICTURES, list_files

SHOWN = 10  # recordings that are listed one by one
LARGE = 1000  # clips from which Snakemake had better take them in parts
# Archives, their volumes, and what browsers and download managers call a file until it is whole.
ARCHIVES = re.compile(
    r".*\.(zip|rar|7z|tar|gz|tgz|bz2|xz|[rz]\d\d|\d{3}|part|partial|crdownload|download|aria2|filepart)",
    re.IGNORECASE,
)


def list_datasets() -> str:
    """Return the registered data sets with licence, source, size and classes."""
    parts = []
    for kind in ADAPTERS:
        dataset = load_adapter(kind)
        lines = [
            f"{kind}: {dataset.title} ({dataset.reference})",
            f"  licence   {dataset.licence}",
            f"  from      {dataset.source}",
            f"  holds     {dataset.layout}",
            f"  classes   {_tell_classes(dataset)}",
        ]
        lines += [
            f"  subset    {name}: {subset.about}{_tell_size(subset)}" for name, subset in dataset.subsets.items()
        ]
        lines += [f"  note      {remark}" for remark in dataset.remarks]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


@unreadable_named()
def check_tree(kind: str, folder: Path, subset: str | None = None) -> tuple[str, bool]:
    """Return what `folder` holds of the data set `kind`, and whether anything can be used.

    Opens no video. Raises UserError if the data set, the subset or the folder does not exist.
    """
    if kind not in ADAPTERS:
        raise UserError(f"There is no data set {kind!r}: choose one of {', '.join(ADAPTERS)}.")
    dataset, name, found = read_tree(kind, folder, subset)
    clips, left_out = sort_labels(dataset, found, {})
    lines = [f"{dataset.title}, subset {name}: {dataset.subsets[name].about}", f"{folder}", ""]
    if found.clips:
        lines += _count_classes(dataset, dataset.subsets[name], found.clips)
        lines += _count_people(dataset, clips)
    lines += [f"Left out on purpose: {number} of {why}." for why, number in sorted(left_out.items())]
    lines += _list_faults(found)
    lines += _list_empty(found)
    lines += list(_judge(kind, dataset, dataset.subsets[name], folder, found, clips))
    return "\n".join(lines) + "\n", bool(clips)


def _tell_classes(dataset: DataSet) -> str:
    used = [word for word, label in dataset.labels.items() if label is not None]
    others = [word for word, label in dataset.labels.items() if label is None]
    return ", ".join(used) + (f"; left out: {', '.join(others)}" if others else "")


def _tell_size(subset: Subset) -> str:
    total = _published_total(subset)
    size = [f"{total} clips"] if total else []
    size += [f"{subset.subjects} subjects"] if subset.subjects else []
    return f" ({', '.join(size)})" if size else ""


def _published_total(subset: Subset) -> int | None:
    return sum(subset.clips.values()) if isinstance(subset.clips, dict) else subset.clips


def _count_classes(dataset: DataSet, subset: Subset, clips: list[Clip]) -> list[str]:
    """Return one line an own word: found, published, and the class it becomes."""
    counted = Counter(clip.label.casefold() for clip in clips)
    published = subset.clips if isinstance(subset.clips, dict) else {}
    rows = [("label", "found", "published", "class")]
    for word, label in dataset.labels.items():
        if counted[word.casefold()] or word in published:
            expected = str(published.get(word, "?"))
            rows.append((word, str(counted[word.casefold()]), expected, label or "left out"))
    total = _published_total(subset)
    rows.append(("all", str(len(clips)), str(total or "?"), ""))
    if dataset.people:
        people = len({clip.subject for clip in clips})
        rows.append(("subjects", str(people), str(subset.subjects or "?"), ""))
    return [*_align(rows), ""]


def _count_people(dataset: DataSet, clips: list[Clip]) -> list[str]:
    """Return one line a subject with the clips of each class, or that the set names nobody."""
    if not dataset.people:
        parts = Counter(clip.part for clip in clips)
        told = ", ".join(f"{part}: {number}" for part, number in sorted(parts.items()))
        return [
            f"This set does not say who is who: use its own split (folds.protocol: official). Parts: {told}.",
            "",
        ]
    counted = Counter((clip.subject, clip.label) for clip in clips)
    rows = [("subject", *CLASSES)]
    for subject in sorted({clip.subject for clip in clips}):
        rows.append((subject, *(str(counted[subject, label] or ".") for label in CLASSES)))
    return [*_align(rows), ""]


def _align(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _list_faults(found: Found) -> list[str]:
    if not found.rejected:
        return []
    shown = [f"  {one.reason}" for one in found.rejected[:SHOWN]]
    more = len(found.rejected) - SHOWN
    return [f"Cannot be used: {len(found.rejected)}", *shown, *([f"  and {more} more"] if more > 0 else [])]


def _list_empty(found: Found) -> list[str]:
    """Return what is empty, such as where a copy broke off; sizes alone are looked at, nothing is opened."""
    empty = [clip.video for clip in found.clips if not _holds_something(Path(clip.video))]
    if not empty:
        return []
    return [f"WITHOUT CONTENT: {len(empty)} of the clips, such as {empty[0]}: copy them again."]


def _holds_something(source: Path) -> bool:
    return any(one.stat().st_size for one in (list_files(source, PICTURES) if source.is_dir() else [source]))


def _judge(
    kind: str, dataset: DataSet, subset: Subset, folder: Path, found: Found, clips: list[Clip]
) -> Iterator[str]:
    """Yield the verdict: complete, incomplete, other than published, empty, or another data set."""
    if found.clips:
        yield _compare(subset, found.clips, len({clip.subject for clip in found.clips}))
        shown = {clip.label for clip in clips}
        words = subset.clips if isinstance(subset.clips, dict) else dataset.labels
        held = {dataset.labels[word] for word in words}
        if missing := [label for label in CLASSES if label in held - shown]:
            yield f"NO CLIP of {', '.join(missing)}: the study needs some of each class in dataset.classes."
        if never := [label for label in CLASSES if label not in held]:
            yield f"This subset has no {' and no '.join(never)}: dataset.classes has to name the others alone."
        if len(clips) > LARGE:
            yield (
                f"LARGE: {len(clips)} clips to work on; Snakemake takes them faster in parts, see "
                '"Large sets" in docs/data-sets.md.'
            )
    elif not any(folder.iterdir()):
        yield f"EMPTY: {folder} holds nothing; {dataset.title} comes from {dataset.source}."
    else:
        yield f"NOTHING FOUND: {dataset.title} holds {dataset.layout}."
        other = _recognise(kind, folder)
        if other:
            yield f"This looks like {load_adapter(other).title}: try `datasets check {other}`."
    packed = _list_archives(folder)
    if packed:
        yield f"Not unpacked, or not complete: {', '.join(packed[:SHOWN])}{' and more' * (len(packed) > SHOWN)}."


def _compare(subset: Subset, clips: list[Clip], people: int) -> str:
    """Return how many clips, of each label and by how many people, there are against the published numbers."""
    total = _published_total(subset)
    if total and len(clips) != total:
        fewer = len(clips) < total
        told = f"{len(clips)} of {total} clips are there" if fewer else f"{len(clips)} clips instead of {total}"
        return f"{'INCOMPLETE' if fewer else 'MORE than published'}: {told}."
    if not total and subset.subjects and people < subset.subjects:
        return f"INCOMPLETE: the clips show {people} of {subset.subjects} people."
    if not total:
        return f"NOT COUNTED by its authors: {len(clips)} clips of this subset are there."
    counted = Counter(clip.label.casefold() for clip in clips)
    published = subset.clips if isinstance(subset.clips, dict) else {}
    other = [word for word, number in published.items() if counted[word.casefold()] != number]
    if other:
        return f"OTHER than published: as many clips as published, but not of {', '.join(other)}."
    return "COMPLETE: as many clips as published."


def _recognise(kind: str, folder: Path) -> str | None:
    """Return the data set that a tree looks most like, other than `kind`, or None."""
    counts = {}
    for other in ADAPTERS:
        if other != kind:
            dataset = load_adapter(other)
            counts[other] = len(dataset.read(folder, next(iter(dataset.subsets))).clips)
    best = max(counts, key=lambda other: counts[other])
    return best if counts[best] else None


def _list_archives(folder: Path) -> list[str]:
    places = [folder, *folders(folder)]
    return [
        path.relative_to(folder).as_posix()
        for place in places
        for path in sorted(place.iterdir())
        if ARCHIVES.fullmatch(path.name) and path.is_file()
    ]
