"""What several figures read: measurements of the paper's own model, explanations, and clips to show."""

from pathlib import Path

import pandas as pd

from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.study import OWN_MODEL


def read_own(path: str | Path, format: str = "metric") -> pd.DataFrame:
    """Return the rows of a table that are about the paper's own model."""
    table = read_table(path, format)
    return table[table["model"] == OWN_MODEL]


def read_explained(explanations: str | Path, clips: str | Path) -> tuple[Arrays, Arrays]:
    """Return the explanations and the packed clips, these cut down to the explained ones, in the same order."""
    explained, packed = read_arrays(explanations, "explanations"), read_arrays(clips, "clips")
    position = {name: number for number, name in enumerate(packed.parameters["clips"])}
    shown = [position[name] for name in explained.parameters["clips"]]
    arrays = {name: packed[name][shown] for name in ("clip", "label")}
    parameters = {key: explained.parameters[key] for key in ("clips", "subjects", "classes")}
    return explained, Arrays(arrays, packed.meta | {"parameters": parameters})


def choose_people(packed: Arrays, count: int) -> dict[str, dict[int, int]]:
    """Return, for up to `count` people, the position of one clip per class: subject -> class number -> position.

    The people with the most classes come first, in the order of the clips. Raises UserError if there is no clip.
    """
    people: dict[str, dict[int, int]] = {}
    for position, (subject, label) in enumerate(zip(packed.parameters["subjects"], packed["label"], strict=True)):
        people.setdefault(subject, {}).setdefault(int(label), position)
    if not people:
        raise UserError("No clip is left to show: see rejected.tsv for why each was rejected.")
    return dict(sorted(people.items(), key=lambda person: len(person[1]), reverse=True)[:count])
