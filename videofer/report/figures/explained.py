"""The explanations beside the clips that they explain."""

from pathlib import Path

from videofer.core.artifacts import Arrays, read_arrays


def read_explained(explanations: str | Path, clips: str | Path) -> tuple[Arrays, Arrays]:
    """Return the explanations and the packed clips, these cut down to the explained ones, in the same order."""
    explained, packed = read_arrays(explanations, "explanations"), read_arrays(clips, "clips")
    place = {name: position for position, name in enumerate(packed.parameters["clips"])}
    shown = [place[name] for name in explained.parameters["clips"]]
    arrays = {name: packed[name][shown] for name in ("clip", "label")}
    parameters = {key: explained.parameters[key] for key in ("clips", "subjects", "classes")}
    return explained, Arrays(arrays, packed.meta | {"parameters": parameters})
