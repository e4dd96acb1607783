"""Which way up a clip is, found by which turns of its frames show a face."""

from collections.abc import Callable, Mapping

import numpy as np

PROBES = 5  # frames, spread evenly over the clip
TURNS = (0, 90, 180, 270)  # degrees clockwise


def count_by_turn(frames: np.ndarray, detector: Callable[[np.ndarray], list]) -> dict[int, int]:
    """Return turn in degrees clockwise -> in how many of five frames it shows a face; frames (T, H, W) uint8."""
    probes = frames[((np.arange(PROBES) + 0.5) * len(frames) / PROBES).astype(int)]
    return {
        turn: sum(bool(detector(np.ascontiguousarray(np.rot90(frame, -turn // 90)))) for frame in probes)
        for turn in TURNS
    }


def explain_turn(counts: Mapping[int, int]) -> str | None:
    """Return the sentence for a clip whose frames show faces rather when turned further, or None if all is well."""
    best = max(TURNS, key=lambda turn: counts[turn])
    if counts[best] <= 2 * counts[0]:
        return None
    return (
        f"Turned by another {best} degrees clockwise it shows a face in {counts[best]} of {PROBES} frames, as it "
        f"is in {counts[0]}: check its rotation."
    )
