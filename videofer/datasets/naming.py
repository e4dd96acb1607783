"""Names of clips that are fit for files, and the map from the words of a data set to the six classes."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

from videofer.core.clip import Rejection, Scan, is_plain, show_name
from videofer.core.study import CLASSES
from videofer.datasets.adapter import Found

# A name that is a file name everywhere and a Snakemake wildcard.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SNAKEMAKE_PATTERN = "[{}]|<[a-z][a-z0-9_]*>"  # wildcards and variables of paths
LONGEST_NAME = 150  # characters: files are called after clips, with endings, and no file name has more than 255


def label_map(labels: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return the map from own words, casefolded, to classes, or to None: left out. Each class is a word, too."""
    own = {word.strip().casefold(): label for word, label in (labels or {}).items()}
    return {name: name for name in CLASSES} | own


def sort_labels(found: Found, words: Mapping[str, str | None]) -> Found:
    """Give clips the class of their own word; those whose word `words` maps to None are left out and counted."""
    mapped = [(clip, words[clip.label.casefold()]) for clip in found.clips]
    left_out = Counter(f"'{clip.label}', not one of the six" for clip, label in mapped if label is None)
    clips = [replace(clip, label=label) for clip, label in mapped if label is not None]
    return replace(found, clips=clips, left_out=found.left_out + left_out)


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
