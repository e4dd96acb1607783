"""Which clips are cut together. Imports nothing heavy: the Snakefile groups them while it is parsed."""

import re
from collections.abc import Sequence

from videofer.core.clip import Clip

MOST = 24  # clips of a batch
LONGEST = 80  # letters of its name


def batch_clips(clips: Sequence[Clip], people: bool) -> dict[str, list[Clip]]:
    """Return the batches of a data set by name: the clips of one person, at most MOST together.

    Where the set names nobody (people is false), those that follow each other are together. A name is that of the
    person, in letters, digits, '-', '_' and '.'.
    """
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.subject if people else "clips", []).append(clip)
    batches: dict[str, list[Clip]] = {}
    for person, group in groups.items():
        name = re.sub(r"[^\w.-]|^[.-]", "_", person)[:LONGEST]
        for start in range(0, len(group), MOST):
            number = 1
            while (own := name if number == 1 else f"{name}-{number}") in batches:
                number += 1
            batches[own] = group[start : start + MOST]
    return batches
