"""Which clips a data set has: known from file names and lists alone, before anything is decoded.

The Snakefile calls `scan` while it is parsed; this package and its modules import nothing heavy.
"""

import hashlib
import importlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from videofer.errors import UserError

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")
KINDS = ("rendered", "table", "folder")
# A name that is a file name everywhere and a Snakemake wildcard.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Clip:
    """One labelled piece of a video; frame numbers count from 0 in the file, start and end included."""

    clip: str  # its name: letters, digits, '-', '_', '.'
    video: str
    subject: str
    label: str
    start: int | None = None
    end: int | None = None
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    view: str | None = None
    rotation: int | None = None  # degrees clockwise, on top of the rotation flag in the file


@dataclass(frozen=True)
class Rejection:
    """A clip that cannot be used, and why, in one sentence."""

    clip: str
    video: str
    stage: str  # index, decode, detect or select
    reason: str


@dataclass(frozen=True)
class Scan:
    """The clips of a data set, and what its list or folder names in vain."""

    clips: list[Clip]
    rejected: list[Rejection]


def scan(config: Mapping, root: Path) -> Scan:
    """List the clips of the data set that `config` describes; relative paths in it start from `root`.

    Reads lists and folders only: no video is opened. Raises UserError if there is nothing to work on.
    """
    kind = config["dataset"]["kind"]
    if kind not in KINDS:
        raise UserError(f"config: dataset.kind is {kind!r}, but only {', '.join(KINDS)} exist.")
    if kind == "rendered":
        return _scan_rendered(config)
    if not config["dataset"].get("path"):
        raise UserError(f"config: dataset.path is missing: kind {kind} needs its list or folder there.")
    found = _refuse_braces(importlib.import_module(f"videofer.datasets.{kind}").scan(config["dataset"], Path(root)))
    if not found.clips:
        first = f" The first of them: {found.rejected[0].reason}" if found.rejected else ""
        raise UserError(f"No clip is left of the {len(found.rejected)} in {config['dataset']['path']}.{first}")
    return found


def label_map(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Return the map from a data set's own words, in lower case, to the six classes; raises UserError."""
    words = {name: name for name in CLASSES}
    for word, label in (labels or {}).items():
        if label not in CLASSES:
            raise UserError(f"config: dataset.labels maps {word!r} to {label!r}, none of {', '.join(CLASSES)}.")
        words[str(word).strip().casefold()] = label
    return words


def explain_label(label: str) -> str:
    """Return the sentence for a label that is no class."""
    names = ", ".join(CLASSES)
    if not label:
        return f"its label is empty: give one of {names}."
    return f"its label {label!r} is none of {names}: correct it, or map it under dataset.labels in the config."


def name_clips(sources: Sequence[tuple[str, str]]) -> list[str]:
    """Name clips after their files: unique, and fit for file names and wildcards.

    `sources` holds (path as the user gave it, further mark such as the first frame). A file name that is
    safe and occurs once is kept. Otherwise 8 digits of the sha256 of the source follow what is legible of it,
    so that the name depends on nothing but its own source.
    """
    stems = [Path(path).stem for path, _ in sources]
    # Some file systems take "A" and "a" for the same name.
    counts = Counter(Path(path).stem.casefold() for path, _ in set(sources))
    names = []
    for stem, (path, mark) in zip(stems, sources, strict=True):
        if counts[stem.casefold()] == 1 and SAFE_NAME.fullmatch(stem) and not mark:
            names.append(stem)
            continue
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._-")
        digest = hashlib.sha256(f"{unicodedata.normalize('NFC', path)}\n{mark}".encode()).hexdigest()[:8]
        names.append(f"{plain}-{digest}" if plain else f"clip-{digest}")
    return names


def _refuse_braces(found: Scan) -> Scan:
    """Reject videos whose path Snakemake takes for a pattern; no way to quote braces exists."""
    fit: list[Clip] = []
    rejected = list(found.rejected)
    for clip in found.clips:
        if re.search("[{}]", clip.video):
            rejected.append(
                Rejection(clip.clip, clip.video, "index", f"{clip.video}: rename it without {{ and }}.")
            )
        else:
            fit.append(clip)
    return Scan(fit, rejected)


def _scan_rendered(config: Mapping) -> Scan:
    from videofer.datasets.rendered.clip_list import list_clips

    section = config["rendered"]
    listed = list_clips(section["subjects"], section["seed"], section.get("clips_per_class"))
    folder = Path("results") / config["name"] / "videos"
    return Scan([Clip(c.clip, f"{folder / c.clip}.avi", c.subject, c.label) for c in listed], [])
