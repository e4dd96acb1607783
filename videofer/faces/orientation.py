"""Which way up a clip is, found by which turns of its frames show a face."""

from collections.abc import Callable, Mapping

import numpy as np

PROBES = 5  # frames, spread evenly over the clip
TURNS = (0, 90, 180, 270)  # degrees clockwise
DECIDED = 2  # times as many faces as the frames show as they are have to show in those turned, to be believed


def count_by_turn(frames: np.ndarray, detector: Callable[[np.ndarray], list]) -> dict[int, int]:
    """Return turn in degrees clockwise -> in how many of five frames it shows a face; frames (T, H, W) uint8.

    Where the frames as they are show enough faces to be right in any case, no other turn is tried: 0 for each.
    """
    probes = frames[((np.arange(PROBES) + 0.5) * len(frames) / PROBES).astype(int)]
    counts = dict.fromkeys(TURNS, 0)
    for turn in TURNS:
        counts[turn] = sum(bool(detector(np.ascontiguousarray(np.rot90(frame, -turn // 90)))) for frame in probes)
        if DECIDED * counts[0] >= PROBES:
            break
    return counts


def explain_turn(counts: Mapping[int, int]) -> str | None:
    """Return the sentence for a clip whose frames show faces rather when turned further, or None if all is well."""
    best = max(TURNS, key=lambda turn: counts[turn])
    if counts[best] <= DECIDED * counts[0]:
        return None
    return (
        f"Turned by another {best} degrees clockwise it shows a face in {counts[best]} of {PROBES} frames, as it "
        f"is in {counts[0]}: check its rotation."
    )
