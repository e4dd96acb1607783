"""What every data set is told in: labelled clips, rejections, and the words of labels.

The Snakefile imports this package while it is parsed: nothing here or in its adapters is heavy.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from videofer.errors import UserError

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")
HALVES = ("left", "right")
# A name that is a file name everywhere and a Snakemake wildcard.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Clip:
    """One labelled piece of a video or image sequence; frame numbers count from 0, start and end included."""

    clip: str  # its name: letters, digits, '-', '_', '.'
    video: str  # a video file, or the folder of an image sequence
    subject: str  # the person; where the set names none, the clip itself
    label: str
    start: int | None = None
    end: int | None = None
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    view: str | None = None
    rotation: int | None = None  # degrees clockwise, on top of the rotation flag in the file
    half: str | None = None  # left or right: the part of the upright picture that counts
    face_x: float | None = None  # where the wanted face is, 0 (left edge) to 1; None: the largest face
    rate: float | None = None  # frames a second of an image sequence
    part: str | None = None  # of the set's own split, such as train


@dataclass(frozen=True)
class Rejection:
    """A clip that cannot be used, and why, in one sentence."""

    clip: str
    video: str
    stage: str  # index, decode, detect or select
    reason: str


@dataclass(frozen=True)
class Scan:
    """The clips of a data set, what its list or folder names in vain, and what is left out on purpose."""

    clips: list[Clip]
    rejected: list[Rejection]
    left_out: Mapping[str, int] = field(default_factory=Counter)  # why -> number of recordings
    official: tuple[Mapping[str, str], ...] = ()  # folds of the set's own split: part -> role
    people: bool = True  # whether the set says who is who


def label_map(labels: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return the map from a data set's own words, casefolded, to the six classes, or to None: left out on purpose.

    Raises UserError for a label that is no class.
    """
    words: dict[str, str | None] = {name: name for name in CLASSES}
    for word, label in (labels or {}).items():
        if label is not None and label not in CLASSES:
            raise UserError(f"config: dataset.labels maps {word!r} to {label!r}, none of {', '.join(CLASSES)}.")
        words[str(word).strip().casefold()] = label
    return words


def explain_label(label: str) -> str:
    """Return the sentence for a label that is no class."""
    names = ", ".join(CLASSES)
    if not label:
        return f"its label is empty: give one of {names}."
    return f"its label {label!r} is none of {names}: correct it, or map it under dataset.labels in the config."


def explain_left_out(word: str) -> str:
    """Return why the clips of an own word that maps to no class are left out."""
    return f"'{word}', not one of the six"


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
        if counts[stem.casefold()] == 1 and SAFE_NAME.fullmatch(stem) and not mark:
            names.append(stem)
            continue
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._-")
        digest = hashlib.sha256(f"{unicodedata.normalize('NFC', path)}\n{mark}".encode()).hexdigest()[:8]
        names.append(f"{plain}-{digest}" if plain else f"clip-{digest}")
    return names


def refuse_braces(found: Scan) -> Scan:
    """Reject videos whose path Snakemake takes for a pattern; no way to quote braces exists."""
    fit = [clip for clip in found.clips if not re.search("[{}]", clip.video)]
    refused = [
        Rejection(clip.clip, clip.video, "index", f"{Path(clip.video)}: rename it without {{ and }}.")
        for clip in found.clips
        if re.search("[{}]", clip.video)
    ]
    return Scan(fit, [*found.rejected, *refused], found.left_out, found.official, found.people)
