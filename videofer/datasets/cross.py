"""Several data sets in one study: their clips together, each marked with the set that it comes from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from videofer.core.clip import Scan
from videofer.core.errors import UserError
from videofer.datasets.registry import ADAPTERS
from videofer.datasets.scan import scan_dataset


def scan(config: Mapping, root: Path) -> Scan:
    """List the clips of every set in dataset.sets; a clip's part is the name of its set, which precedes its own.

    Raises UserError for fewer than two sets, for a set that is not on the disk, and for a set that does not name
    its subjects: nobody could keep its people apart.
    """
    sets = config["dataset"].get("sets") or {}
    if len(sets) < 2:
        raise UserError("config: dataset.sets names fewer than two data sets: kind cross compares several.")
    clips, rejected, left_out = [], [], Counter()
    for name, section in sets.items():
        kind = section["kind"]
        if kind not in ("table", "folder", *ADAPTERS):
            raise UserError(f"config: dataset.sets.{name}.kind is {kind}: name a set that lies on the disk.")
        inner = section | {"classes": config["dataset"].get("classes")}
        found = scan_dataset({**config, "dataset": inner, "data_dir": section.get("data_dir")}, root)
        if not found.people:
            raise UserError(
                f"config: dataset.sets.{name} is {kind}, which does not say who is who, so that nobody can be kept "
                "out of training: leave it out."
            )
        clips += [
            replace(clip, clip=f"{name}-{clip.clip}", subject=f"{name}/{clip.subject}", part=name)
            for clip in found.clips
        ]
        rejected += [replace(rejection, clip=f"{name}-{rejection.clip}") for rejection in found.rejected]
        left_out += Counter({f"{why} ({name})": number for why, number in found.left_out.items()})
    return Scan(clips, rejected, left_out)
