"""The command `datasets`: list the published data sets, or compare what a folder holds with one."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import DataSet, Subset, label_map
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.datasets.scan import read_tree, unreadable_named
from videofer.datasets.sources import PICTURES, explain_content, list_files, list_folders, name_recording

SHOWN = 10  # recordings that are listed by name
LARGE = 1000  # clips from which Snakemake had better take them in parts
# Archives, their volumes, and what browsers and download managers call a file until it is whole.
ARCHIVE = r"(?i).*\.(zip|rar|7z|tar|gz|tgz|bz2|xz|[rz]\d\d|\d{3}|part|partial|crdownload|download|aria2|filepart)"

datasets = typer.Typer(invoke_without_command=True)
Name = Annotated[str, typer.Argument(help="Data set, as `datasets` lists it.", autocompletion=lambda: [*ADAPTERS])]


@datasets.callback()
def list_all(context: typer.Context) -> None:
    """List the published data sets, or check a folder against one of them.

    For example:

    videofer datasets
    videofer datasets check mmi /data/MMI
    """
    if context.invoked_subcommand is None:
        sys.stdout.write(list_datasets())


@datasets.command()
def check(
    name: Name,
    path: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    subset: Annotated[str | None, typer.Option(help="Named part of the set; by default its first.")] = None,
) -> None:
    """Compare a folder with a data set, without opening a video; exit status 1 if nothing in it can be used.

    For example:

    videofer datasets check mmi /data/MMI --subset all
    """
    text, usable = check_tree(name, path.expanduser(), subset)
    sys.stdout.write(text)
    raise typer.Exit(0 if usable else 1)


def list_datasets() -> str:
    """Return the published data sets with licence, source, size and classes."""
    parts = []
    for kind in ADAPTERS:
        dataset = load_adapter(kind)
        used = ", ".join(word for word, label in dataset.labels.items() if label)
        others = ", ".join(word for word, label in dataset.labels.items() if label is None)
        lines = [
            f"{kind}: {dataset.title} ({dataset.reference})",
            f"  licence   {dataset.licence}",
            f"  from      {dataset.source}",
            f"  holds     {dataset.layout}",
            f"  classes   {used}" + (f"; left out: {others}" if others else ""),
        ]
        for name, subset in dataset.subsets.items():
            counts = ((subset.total, "clips"), (subset.subjects, "subjects"))
            size = ", ".join(f"{number} {what}" for number, what in counts if number)
            lines.append(f"  subset    {name}: {subset.about}" + (f" ({size})" if size else ""))
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
    once = {name_recording(clip.video): clip for clip in reversed(found.clips)}
    twins, found = len(found.clips) - len(once), replace(found, clips=list(once.values())[::-1])
    chosen = dataset.subsets[name]
    usable = found.sort_labels(label_map(dataset.labels))
    lines = [f"{dataset.title}, subset {name}: {chosen.about}", f"{folder}", ""]
    if found.clips:
        lines += [*_count_words(dataset, chosen, found.clips), "", *_count_subjects(dataset, usable.clips), ""]
    lines += [f"Left out on purpose: {number} of {why}." for why, number in sorted(usable.left_out.items())]
    if found.rejected:
        lines.append(f"Cannot be used: {len(found.rejected)}")
        lines += [f"  {rejection.reason}" for rejection in found.rejected[:SHOWN]]
    if len(found.rejected) > SHOWN:
        lines.append(f"  and {len(found.rejected) - SHOWN} more")
    if empty := [why for clip in found.clips if (why := _explain_source(Path(clip.video)))]:
        lines.append(f"WITHOUT CONTENT: {len(empty)} of the clips; the first: {empty[0]}")
    if twins:
        lines.append(f"TWICE: {twins} recordings lie there in another format, too: one of each counts.")
    if found.clips:
        lines += [_compare(chosen, found.clips), *_find_gaps(dataset, chosen, usable.clips)]
    elif not any(folder.iterdir()):
        lines.append(f"EMPTY: {folder} holds nothing; {dataset.title} comes from {dataset.source}.")
    else:
        lines.append(f"NOTHING FOUND: {dataset.title} holds {dataset.layout}.")
        counts = {other: len(read_tree(other, folder, None)[2].clips) for other in ADAPTERS if other != kind}
        if counts[other := max(counts, key=counts.__getitem__)]:
            lines.append(f"This looks like {load_adapter(other).title}: try `datasets check {other}`.")
    inner = [path for parent in (folder, *list_folders(folder)) for path in sorted(parent.iterdir())]
    packed = [p.relative_to(folder).as_posix() for p in inner if re.fullmatch(ARCHIVE, p.name) and p.is_file()]
    if packed:
        more = " and more" if len(packed) > SHOWN else ""
        lines.append(f"Not unpacked, or not complete: {', '.join(packed[:SHOWN])}{more}.")
    return "\n".join(lines) + "\n", bool(usable.clips)


def _count_words(dataset: DataSet, subset: Subset, clips: list[Clip]) -> list[str]:
    """Return a line for each own word: found, published, and the class it becomes."""
    counted = Counter(clip.label.casefold() for clip in clips)
    rows = [("label", "found", "published", "class")]
    for word, label in dataset.labels.items():
        if (number := counted[word.casefold()]) or word in subset.by_word:
            rows.append((word, str(number), str(subset.by_word.get(word, "?")), label or "left out"))
    rows.append(("all", str(len(clips)), str(subset.total or "?"), ""))
    if dataset.people:
        people = len({clip.subject for clip in clips})
        rows.append(("subjects", str(people), str(subset.subjects or "?"), ""))
    return _align(rows)


def _count_subjects(dataset: DataSet, clips: list[Clip]) -> list[str]:
    """Return a line for each subject with the clips of each class, or that the set names nobody."""
    if not dataset.people:
        parts = ", ".join(f"{part}: {n}" for part, n in sorted(Counter(clip.part for clip in clips).items()))
        return [f"This set does not say who is who: use its own split (folds.protocol: official). Parts: {parts}."]
    return count_people(clips, CLASSES)


def count_people(clips: Sequence[Clip], classes: Sequence[str], total: bool = False) -> list[str]:
    """Return a line for each subject with the clips of each class; total: and one for all together."""
    counted = Counter((clip.subject, clip.label) for clip in clips)
    rows = [("subject", *classes)]
    for subject in sorted({clip.subject for clip in clips}):
        rows.append((subject, *(str(counted[subject, label] or ".") for label in classes)))
    if total:
        every = Counter(clip.label for clip in clips)
        rows.append(("all", *(str(every[label]) for label in classes)))
    return _align(rows)


def _align(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _explain_source(source: Path) -> str | None:
    """Return why a source holds no film, such as where a copy broke off, or None; no video is opened."""
    if source.is_dir():
        empty = not any(path.stat().st_size for path in list_files(source, PICTURES))
        return f"{source} holds no picture with content: copy it again." if empty else None
    return explain_content(source) if source.exists() else f"{source} is a link to a file that is not there."


def _compare(subset: Subset, clips: list[Clip]) -> str:
    """Return how many clips, of each word and by how many people, there are against the published numbers."""
    total, people = subset.total, len({clip.subject for clip in clips})
    if total is None and people < (subset.subjects or 0):
        return f"INCOMPLETE: the clips show {people} of {subset.subjects} people."
    if total is None:
        return f"NOT COUNTED by its authors: {len(clips)} clips of this subset are there."
    if len(clips) < total:
        return f"INCOMPLETE: {len(clips)} of {total} clips are there."
    if len(clips) > total:
        return f"MORE than published: {len(clips)} clips instead of {total}."
    counted = Counter(clip.label.casefold() for clip in clips)
    if other := [word for word, number in subset.by_word.items() if counted[word.casefold()] != number]:
        return f"OTHER than published: as many clips as published, but not of {', '.join(other)}."
    return "COMPLETE: as many clips as published."


def _find_gaps(dataset: DataSet, subset: Subset, clips: list[Clip]) -> Iterator[str]:
    """Yield what a study has to know of the classes and of the size."""
    there = {clip.label for clip in clips}
    possible = {dataset.labels[word] for word in subset.by_word or dataset.labels}
    if missing := [label for label in CLASSES if label in possible - there]:
        yield f"NO CLIP of {', '.join(missing)}: the study needs some of each class in dataset.classes."
    if never := [label for label in CLASSES if label not in possible]:
        yield f"This subset has no {' and no '.join(never)}: dataset.classes has to name the others alone."
    if len(clips) > LARGE:
        yield (
            f"LARGE: {len(clips)} clips to work on; Snakemake takes them faster in parts, see "
            '"Large sets" in docs/data-sets.md.'
        )
