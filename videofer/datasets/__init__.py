"""What every data set is told in: labelled clips, rejections, and the words of labels.

The Snakefile imports this package while it is parsed: nothing here or in its adapters is heavy.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from videofer.errors import UserError
from videofer.names import is_plain, show_name

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")
HALVES = ("left", "right")
# A name that is a file name everywhere and a Snakemake wildcard.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST_NAME = 150  # characters: files are called after clips, with endings, and no file name has more than 255


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
        fit = SAFE_NAME.fullmatch(stem) and len(stem) <= LONGEST_NAME
        if counts[stem.casefold()] == 1 and fit and not mark:
            names.append(stem)
            continue
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain)[:LONGEST_NAME].strip("._-")
        source = f"{unicodedata.normalize('NFC', path)}\n{mark}".encode(errors="surrogateescape")
        digest = hashlib.sha256(source).hexdigest()[:8]
        names.append(f"{plain}-{digest}" if plain else f"clip-{digest}")
    return names


def refuse_unfit(found: Scan) -> Scan:
    """Reject clips that cannot be worked on under the names they have; what is told of a rejected one is one line.

    Braces in a path are a pattern to Snakemake, which knows no way to quote them; line ends and bytes that are no
    text cannot be written into a table; and two clips of one name would be one.
    """
    fit, refused, seen = [], [], {}
    for clip in found.clips:
        reason = _misnamed(clip)
        other = seen.setdefault(clip.clip.casefold(), clip)
        if reason is None and other is not clip:
            reason = f"{clip.video} and {other.video} would both be called {clip.clip}: rename one of them."
        if reason is None:
            fit.append(clip)
        else:
            refused.append(Rejection(clip.clip, clip.video, "index", reason))
    rejected = [
        Rejection(*(show_name(text) for text in (one.clip, one.video, one.stage, one.reason)))
        for one in (*found.rejected, *refused)
    ]
    left_out = Counter({show_name(why): number for why, number in found.left_out.items()})
    return replace(found, clips=fit, rejected=rejected, left_out=left_out)


def _misnamed(clip: Clip) -> str | None:
    if re.search("[{}]", clip.video):
        return f"{clip.video}: rename it without {{ and }}."
    if not is_plain(clip.video):
        return f"{clip.video}: rename it without line ends, control characters and bytes that are no UTF-8."
    if not is_plain(clip.subject):
        return f"{clip.video}: its subject {clip.subject!r} is more than one line of text: rename the person."
    return None
