"""What an adapter of a data set states, how its tables are read, and the names and labels that its clips get."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan, is_plain, join_blanks, show_name
from videofer.core.study import CLASSES
from videofer.datasets.lists import read_text_rows
from videofer.datasets.sources import is_broken_link, list_files

# A name that is a file name everywhere and a Snakemake wildcard.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SNAKEMAKE_PATTERN = "[{}]|<[a-z][a-z0-9_]*>"  # wildcards and variables of paths
LONGEST_NAME = 150  # characters: files are called after clips, with endings, and no file name has more than 255


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

    def sort_labels(self, words: Mapping[str, str | None]) -> Scan:
        """Give clips the class of their own word; those that `words` maps to None are left out and counted."""
        mapped = [(clip, words[clip.label.casefold()]) for clip in self.clips]
        left_out = Counter(f"'{clip.label}', not one of the six" for clip, label in mapped if label is None)
        clips = [replace(clip, label=label) for clip, label in mapped if label is not None]
        return replace(self, clips=clips, left_out=self.left_out + left_out)


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
    """Return word -> the class it shares three letters with ("HAP"), or as `others` give it; None for the rest."""
    classes = {name[:3]: name for name in CLASSES}
    return {word: others.get(word, classes.get(word[:3].casefold())) for word in words}


def read_parts(found: Found, folder: Path, tables: Mapping[str, str], separator: str) -> Iterator[tuple]:
    """Yield (part, table, cells) for each line of the tables of a set's own split; a missing table is rejected.

    tables: part -> file name in `folder`.
    """
    files = {path.name.casefold(): path for path in list_files(folder, {".csv"})}
    for part, name in tables.items():
        if table := files.get(name.casefold()):
            yield from ((part, table, cells) for _, cells in read_text_rows(table, separator))
        else:
            found.reject(name, folder / name, "is missing: copy it again.")


def label_map(labels: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return the map from own words, casefolded, to classes, or to None: left out. Each class is a word, too."""
    own = {join_blanks(word).casefold(): label for word, label in (labels or {}).items()}
    return {name: name for name in CLASSES} | own


def name_clips(sources: Sequence[tuple[str, str, str]]) -> list[str]:
    """Name clips: unique, and fit for file names and wildcards.

    `sources` holds (legible name, path as the user gave it, further mark such as the first frame). A legible name
    that is safe and occurs once is kept. Otherwise 8 digits of the sha256 of path and mark follow what is legible
    of it, so that the name depends on nothing but its own source.
    """
    # Some file systems take "A" and "a" for the same name. A row that is listed twice is no second clip.
    counts = Counter(stem.casefold() for stem, _, _ in set(sources))
    names = []
    for stem, path, mark in sources:
        fit = SAFE_NAME.fullmatch(stem) and len(stem) <= LONGEST_NAME
        if counts[stem.casefold()] == 1 and fit and not mark:
            names.append(stem)
            continue
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain)[:LONGEST_NAME].strip("._-")
        source = f"{unicodedata.normalize('NFC', path)}\n{mark}".encode(errors="surrogateescape")
        names.append(f"{plain or 'clip'}-{hashlib.sha256(source).hexdigest()[:8]}")
    return names


def reject_unfit(found: Scan) -> Scan:
    """Reject clips that cannot be worked on under the names they have; what is said of a rejected clip is one line.

    Braces in a path are a pattern to Snakemake, which knows no way to quote them; line ends and bytes that are no
    text cannot be written into a table; and two clips of one name would be the same clip.
    """
    fit, rejected, seen = [], list(found.rejected), {}
    for clip in found.clips:
        video, first = clip.video, seen.setdefault(clip.clip.casefold(), clip)
        if re.search(SNAKEMAKE_PATTERN, video):
            reason = f"{video}: rename it without {{, }} and words in < >, which Snakemake would fill in."
        elif not is_plain(video):
            reason = f"{video}: rename it without line ends, control characters and bytes that are no UTF-8."
        elif is_broken_link(Path(video)):
            target = Path(video).readlink()
            reason = f"{video} is a link to {target}, which is not there: fetch it (of git-annex: git annex get)."
        elif os.access(video, os.F_OK) and not os.access(video, os.R_OK):
            reason = f"{video} may not be read: see to its permissions (chmod u+r), or copy it."
        elif not is_plain(clip.subject):
            reason = f"{video}: its subject {clip.subject!r} is more than one line of text: rename the person."
        elif first is not clip:
            reason = f"{video} and {first.video} would both be called {clip.clip}: rename one of them."
        else:
            fit.append(clip)
            continue
        rejected.append(Rejection(clip.clip, video, "index", reason))
    rejected = [Rejection(*map(show_name, astuple(rejection))) for rejection in rejected]
    left_out = Counter({show_name(why): number for why, number in found.left_out.items()})
    return replace(found, clips=fit, rejected=rejected, left_out=left_out)
