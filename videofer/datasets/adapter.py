"""What an adapter of a published data set states, and what several adapters need to read its tables.

An adapter is a module of this package with a `DATASET`; videofer/datasets/registry.py lists them.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.sources import list_files


@dataclass(frozen=True)
class Subset:
    """A named part of a data set with its published counts."""

    about: str
    clips: Mapping[str, int] | int | None = None  # by own word, or all together; None: not published
    subjects: int | None = None

    @property
    def by_word(self) -> Mapping[str, int]:
        """Published clips of each own word; empty where they are not counted by word."""
        return self.clips if isinstance(self.clips, Mapping) else {}

    @property
    def total(self) -> int | None:
        """Published clips, or None."""
        return sum(self.by_word.values()) or self.clips


class Found(Scan):
    """A scan that is being filled while a tree or a list is read."""

    def add(self, name: str, source: Path, subject: str, word: str, **other) -> None:
        """Add a clip under the data set's own word; `other` gives further fields of Clip."""
        self.clips.append(Clip(name, str(source), subject, word, **other))

    def reject(self, name: str, path: Path, fault: str) -> None:
        """Note a recording that should be usable and is not; `fault` goes on after the path and says what to do."""
        self.rejected.append(Rejection(name, str(path), "index", f"{path} {fault}"))

    def has_parts(self, root: Path, parts: Mapping[str, Path | None]) -> bool:
        """Return whether all parts of a set are there; where only some are, the first missing one is rejected."""
        missing = [name for name, path in parts.items() if path is None]
        if 0 < len(missing) < len(parts):
            self.reject(missing[0], root, f"holds no {missing[0]}: unpack it there.")
        return not missing


@dataclass(frozen=True)
class DataSet:
    """The facts about a data set, and how its tree is read."""

    title: str
    reference: str
    licence: str
    source: str  # where to ask for it, or to get it
    layout: str  # what lies under its folder
    labels: Mapping[str, str | None]  # own word -> one of the six classes, or None: not one of them
    subsets: Mapping[str, Subset]  # the first is the default
    read: Callable[[Path, str, Found], None]  # (folder, subset, where to add its clips under their own words)
    official: tuple[Mapping[str, str], ...] = ()  # folds of its own split: part -> role
    people: bool = True  # whether it names its subjects
    remarks: tuple[str, ...] = ()  # what a user must know


def map_words(words: Sequence[str], **others: str) -> dict[str, str | None]:
    """Return own word -> class for words that share three letters with it ("Happiness", "HAP"); None for the rest.

    others: words to which the rule does not apply, with their classes.
    """
    classes = {name[:3]: name for name in CLASSES}
    return {word: others.get(word, classes.get(word[:3].casefold())) for word in words}


def read_text_rows(path: Path, separators: str, errors: str = "replace") -> Iterator[list[str]]:
    """Yield the cells of each filled line of a small text table, whose first line shows which separator it uses.

    errors: see bytes.decode. Raises UserError where the table breaks off within a cell.
    """
    text = path.read_text(encoding="utf-8-sig", errors=errors)
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(separators, key=first.count), skipinitialspace=True)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise UserError(f"{path} is damaged in line {rows.line_num} ({error}): copy or save it again.") from None


def read_parts(found: Found, folder: Path, tables: Mapping[str, str], separator: str) -> Iterator[tuple]:
    """Yield (part, table, cells) for each line of the tables of a set's own split; a missing table is rejected.

    tables: part -> file name in `folder`.
    """
    files = {path.name.casefold(): path for path in list_files(folder, {".csv"})}
    for part, name in tables.items():
        if table := files.get(name.casefold()):
            yield from ((part, table, cells) for cells in read_text_rows(table, separator))
        else:
            found.reject(name, folder / name, "is missing: copy it again.")
