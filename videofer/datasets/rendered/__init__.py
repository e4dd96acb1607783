"""The demo data set: 3D heads drawn from a CC0 mesh that perform six emotions; this file lists its clips.

Comes in: the section `rendered` of the config. Goes out: a Scan (scan), subjects (identity), videos (clip).
May be imported by: registry.py, its own rules' scripts, tests and benchmarks. Imports nothing heavy itself: the
Snakefile calls it while it is parsed.
"""

import random
import re
from collections.abc import Mapping
from pathlib import Path

from videofer.core.clip import Clip, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES


def scan(config: Mapping, root: Path) -> Scan:
    """List the clips of config["rendered"], sorted by subject, class and index.

    They are called "S001-angry", the subject's second one "S001-angry-2", and drawn into results/<name>/videos.
    Raises UserError as `count_clips`.
    """
    section = config["rendered"]
    folder = Path("results") / config["name"] / "videos"
    counts = count_clips(section["subjects"], section["seed"], section.get("clips_per_class"))
    clips = []
    for (subject, label), count in counts.items():
        for index in range(1, count + 1):
            name = f"{subject}-{label}" if index == 1 else f"{subject}-{label}-{index}"
            clips.append(Clip(name, f"{folder / name}.avi", subject, label))
    return Scan(clips, [])


def count_clips(subjects: int, seed: int, clips_per_class: Mapping[str, int] | None) -> dict[tuple[str, str], int]:
    """Return (subject, class) -> number of clips, for subjects "S001", "S002" and so on.

    Without `clips_per_class` every subject performs each class once. With it, a class of n clips is spread evenly:
    every subject gets n // subjects of them and the others go to subjects drawn with `seed`, first to those who
    have fewest clips so far. Raises UserError if a subject would have none.
    """
    names = [f"S{number:03d}" for number in range(1, subjects + 1)]
    counts = {(name, label): 1 for name in names for label in CLASSES}
    if clips_per_class is None:
        return counts
    draw = random.Random(seed)
    performed = dict.fromkeys(names, 0)
    for label in CLASSES:
        every, extra = divmod(clips_per_class[label], subjects)
        order = sorted(names, key=lambda name: (performed[name], draw.random()))
        for rank, name in enumerate(order):
            counts[name, label] = every + (rank < extra)
            performed[name] += counts[name, label]
    idle = sum(count == 0 for count in performed.values())
    if idle:
        raise UserError(
            f"rendered.clips_per_class asks for {sum(performed.values())} clips, so that {idle} of the "
            f"{subjects} subjects would have none: lower rendered.subjects or raise the counts."
        )
    return counts


def parse_name(name: str) -> tuple[int, str, int]:
    """Return subject number, class and index of a clip: (1, "angry", 2) of "S001-angry-2"; (1, "", 1) of "S001".

    Raises UserError for any other name.
    """
    match = re.fullmatch(rf"S(\d+)(?:-({'|'.join(CLASSES)})(?:-(\d+))?)?", name)
    if match is None:
        raise UserError(
            f"{name!r} is not the name of a rendered clip or subject: it looks like S001-angry-2 or S001."
        )
    return int(match[1]), match[2] or "", int(match[3] or 1)
