"""Several data sets in one study: their clips together, each marked with the set that it comes from."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from videofer.core.clip import Scan
from videofer.core.errors import UserError


def scan(config: Mapping, scan_one: Callable[[Mapping], Scan]) -> Scan:
    """List the clips of every set in dataset.sets; a clip's part is the name of its set, which precedes its own.

    scan_one: lists the clips of a config with one set. Raises UserError for fewer than two sets, the demo's, and
    one that does not say who is who: nobody could keep its people apart.
    """
    sets = config["dataset"].get("sets") or {}
    if len(sets) < 2:
        raise UserError("config: dataset.sets names fewer than two data sets: kind cross compares several.")
    clips, rejected, left_out = [], [], Counter()
    for name, section in sets.items():
        if section["kind"] in ("rendered", "cross"):
            raise UserError(
                f"config: dataset.sets.{name}.kind is {section['kind']}: name a set that lies on the disk."
            )
        inner = {key: value for key, value in section.items() if key != "data_dir"}
        inner["classes"] = config["dataset"].get("classes")
        found = scan_one({**config, "dataset": inner, "data_dir": section.get("data_dir")})
        if not found.people:
            raise UserError(
                f"config: dataset.sets.{name} is {section['kind']}, which does not say who is who, so that nobody "
                "can be kept out of training: leave it out."
            )
        clips += [
            replace(clip, clip=f"{name}-{clip.clip}", subject=f"{name}/{clip.subject}", part=name)
            for clip in found.clips
        ]
        rejected += [replace(one, clip=f"{name}-{one.clip}") for one in found.rejected]
        left_out += Counter({f"{why} ({name})": number for why, number in found.left_out.items()})
    return Scan(clips, rejected, left_out)
