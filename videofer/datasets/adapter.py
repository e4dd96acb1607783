"""What an adapter of a published data set says about it, and what several adapters need to read a tree.

An adapter is one module of this package with a `DATASET`; `videofer/datasets/registry.py` lists them.
"""

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from videofer.core.clip import Clip, Rejection
from videofer.core.errors import UserError
from videofer.datasets.sources import list_files

DEEPEST = 2  # folders below the one that the user names, in which a set is looked for
WIDEST = 500  # folders of one depth that are looked into


@dataclass(frozen=True)
class Subset:
    """A named part of a data set with what its authors, or those who use it so, count in it."""

    about: str
    clips: Mapping[str, int] | int | None = None  # by own word, or all together; None: not published
    subjects: int | None = None


@dataclass
class Found:
    """What reading a tree gave; the clips still bear the set's own words as labels."""

    clips: list[Clip] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def reject(self, name: str, path: Path, reason: str) -> None:
        """Note a recording that should be usable and is not."""
        self.rejected.append(Rejection(name, str(path), "index", reason))


@dataclass(frozen=True)
class DataSet:
    """The facts about a data set, and how its tree is read."""

    title: str
    reference: str
    licence: str
    source: str  # where to ask for it, or to get it
    layout: str  # what lies under its folder
    labels: Mapping[str, str | None]  # own word -> one of the six, or None: not one of them
    subsets: Mapping[str, Subset]  # the first is the default
    read: Callable[[Path, str], Found]  # (folder, subset)
    official: tuple[Mapping[str, str], ...] = ()  # folds of its own split: part -> role
    people: bool = True  # whether it says who is who
    remarks: tuple[str, ...] = ()  # what a user must know


@contextlib.contextmanager
def unreadable_named() -> Iterator[None]:
    """Turn a folder or file that cannot be looked into, a fault of permissions or of the disk, into a UserError."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror}): see to its permissions (chmod -R u+rX) or disk."
        ) from None


def choose_subset(dataset: DataSet, subset: str | None) -> str:
    """Return the subset's name, by default the first; raises UserError for one that does not exist."""
    names = list(dataset.subsets)
    if subset is None:
        return names[0]
    if subset not in names:
        raise UserError(
            f"config: dataset.subset is {subset!r}, but {dataset.title} has {', '.join(names)}: choose one."
        )
    return subset


def folders(parent: Path) -> list[Path]:
    """Return the folders in `parent`, sorted; hidden ones and what archives of a Mac add are left out."""
    return sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith((".", "__MACOSX")))


def child(parent: Path, name: str) -> Path | None:
    """Return the file or folder `name` in `parent` whatever its case, or None."""
    if (parent / name).exists():
        return parent / name
    return next((p for p in sorted(parent.iterdir()) if p.name.casefold() == name.casefold()), None)


def descend(root: Path, *names: str) -> Path | None:
    """Return the folder root/names[0]/names[1]/... whatever its case, or None."""
    for name in names:
        found = child(root, name)
        if found is None or not found.is_dir():
            return None
        root = found
    return root


def locate(root: Path, *names: str) -> Path | None:
    """Return the folder `names` where users put it: in `root`, up to two folders deeper, or `root` itself."""
    return next(locate_all(root, *names), None)


def locate_all(root: Path, *names: str) -> Iterator[Path]:
    """Yield each folder `names` of the first depth where there is one: sets come in parts, each with its own."""
    places = [root]
    for depth in range(DEEPEST + 1):
        found = [place for place in (descend(one, *names) for one in places) if place]
        if not found and depth == 0 and root.resolve().name.casefold() == names[-1].casefold():
            found = [root]
        if found:
            # Archives that hold a folder of their own name are often unpacked into one.
            yield from (descend(place, names[-1]) or place for place in found)
            return
        if depth < DEEPEST:
            places = [folder for place in places for folder in folders(place)][:WIDEST]


def find_files(root: Path, suffixes: set[str], deepest: int = 4) -> list[Path]:
    """Return the files with one of the suffixes in `root` and its folders, links to folders followed."""
    found = list_files(root, suffixes)
    for folder in folders(root) if deepest else []:
        found += find_files(folder, suffixes, deepest - 1)
    return sorted(found)


def read_text_rows(path: Path, separators: str) -> Iterator[list[str]]:
    """Yield the cells of each filled line of a small text table, whose first line shows which separator it uses."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(separators, key=first.count), skipinitialspace=True)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise UserError(f"{path} is damaged in line {rows.line_num} ({error}): copy it again.") from None


def match_word(text: str, words: Sequence[str]) -> str | None:
    """Return the word that `text` is, whatever its case, or None."""
    return next((word for word in words if word.casefold() == text.strip().casefold()), None)
