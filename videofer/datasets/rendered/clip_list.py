"""Which clips the rendered data set has. Imports nothing heavy: the Snakefile calls it while it is parsed."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from videofer.core.errors import UserError
from videofer.core.study import CLASSES


@dataclass(frozen=True, order=True)
class RenderedClip:
    """One clip of the rendered data set: "S001-angry", or "S001-angry-2" for the subject's second one."""

    clip: str
    subject: str
    label: str
    index: int


def list_clips(subjects: int, seed: int, clips_per_class: Mapping[str, int] | None = None) -> list[RenderedClip]:
    """List the clips of the rendered data set, sorted by subject, class and index.

    Without `clips_per_class` every subject performs each class once. With it, a class of n clips is spread evenly:
    every subject gets n // subjects of them and the others go to subjects drawn with `seed`, first to those who
    have fewest clips so far. Raises UserError for a class that does not exist or a count that cannot be met.
    """
    if subjects < 1:
        raise UserError(f"rendered.subjects is {subjects}: it has to be at least 1.")
    names = [f"S{number:03d}" for number in range(1, subjects + 1)]
    if clips_per_class is None:
        return [_name_clip(subject, label, 1) for subject in names for label in CLASSES]
    unknown = sorted(set(clips_per_class) - set(CLASSES))
    if unknown:
        raise UserError(f"rendered.clips_per_class names {unknown[0]!r}: the classes are {', '.join(CLASSES)}.")
    draw = random.Random(seed)
    performed = dict.fromkeys(names, 0)
    counts = {}
    for label in CLASSES:
        every, extra = divmod(clips_per_class.get(label, 0), subjects)
        order = sorted(names, key=lambda name: (performed[name], draw.random()))
        for rank, name in enumerate(order):
            counts[name, label] = every + (rank < extra)
            performed[name] += counts[name, label]
    idle = [name for name, count in performed.items() if count == 0]
    if idle:
        raise UserError(
            f"rendered.clips_per_class asks for {sum(performed.values())} clips, so that {len(idle)} of the "
            f"{subjects} subjects would have none: lower rendered.subjects or raise the counts."
        )
    return [
        _name_clip(subject, label, index)
        for subject in names
        for label in CLASSES
        for index in range(1, counts[subject, label] + 1)
    ]


def _name_clip(subject: str, label: str, index: int) -> RenderedClip:
    suffix = "" if index == 1 else f"-{index}"
    return RenderedClip(f"{subject}-{label}{suffix}", subject, label, index)


def parse_clip_index(clip: str) -> int:
    """Return the index in a clip's name: 1 for "S001-angry", 2 for "S001-angry-2"."""
    match = re.fullmatch(r"S\d+-[a-z]+(?:-(\d+))?", clip)
    if match is None:
        raise UserError(f"{clip!r} is not the name of a rendered clip: it looks like S001-angry or S001-angry-2.")
    return int(match[1] or 1)


def parse_subject_number(subject: str) -> int:
    """Return the number in a subject's name: 7 for "S007"."""
    match = re.fullmatch(r"S(\d+)", subject)
    if match is None:
        raise UserError(f"{subject!r} is not the name of a rendered subject: it looks like S001.")
    return int(match[1])
