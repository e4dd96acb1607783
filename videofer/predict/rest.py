"""The person's own face at rest, which tells an expression from a face that always looks like it."""

from collections.abc import Callable, Sequence

import numpy as np

from videofer.core.errors import UserError
from videofer.core.study import NEUTRAL
from videofer.predict.networks import Networks, Rest
from videofer.predict.prediction import Window

NO_REST, AUTO_REST = "none", "auto"
# Of the video itself, a part counts as rest only if the networks call it neutral with this probability, and only of
# a face that is seen for this many seconds.
LEAST_NEUTRAL, LEAST_SECONDS = 0.4, 8.0


class RestFinder:
    """Keeps, of each face, the window that looks most like rest; memory does not grow with the film."""

    def __init__(self, networks: Networks, classes: Sequence[str]):
        self._networks, self._neutral = networks, classes.index(NEUTRAL)
        self.best: dict[int, tuple[float, float, Rest]] = {}  # face -> probability of neutral, second, rest
        self.seen: dict[int, tuple[float, float]] = {}  # face -> first and last second

    def add(self, windows: Sequence[Window], clips: np.ndarray, landmarks: np.ndarray) -> None:
        """Take windows with clips (N, T, 48, 48) and landmarks (N, T, 68, 2)."""
        calm = self._networks.average(clips, landmarks)[:, self._neutral]
        taken = np.linspace(0, clips.shape[1] - 1, self._networks.rest_frames).round().astype(int)
        for number, window in enumerate(windows):
            first, _ = self.seen.get(window.face, (window.times[0], 0))
            self.seen[window.face] = first, window.times[-1]
            if calm[number] > self.best.get(window.face, (-1,))[0]:
                rest = Rest(clips[number, taken], landmarks[number, taken])
                self.best[window.face] = float(calm[number]), float(window.times[0]), rest


def choose_rest(finder: RestFinder, source: str, own: bool) -> tuple[Callable[[int], Rest | None], list[str]]:
    """Return the rest by the number of a face, and in sentences what was taken.

    own: the video itself was searched, each face for itself; else `source` shows one person, whose face it is.
    Raises UserError if it shows none, or several.
    """
    if not own:
        if len(finder.best) != 1:
            found = "no face" if not finder.best else f"{len(finder.best)} faces"
            raise UserError(f"--rest {source} shows {found}: give a film or picture of one person at rest.")
        probability, second, rest = next(iter(finder.best.values()))
        remark = f"face at rest: {source}, from {second:.1f} s (called neutral with {probability:.2f})"
        return lambda face: rest, [remark]
    rests, remarks = {}, []
    for face, (probability, second, rest) in sorted(finder.best.items()):
        first, last = finder.seen[face]
        if last - first < LEAST_SECONDS:
            remarks.append(f"face {face}: no rest taken, it is seen for {last - first:.1f} s of {LEAST_SECONDS:g}")
        elif probability < LEAST_NEUTRAL:
            remarks.append(f"face {face}: no rest taken, none of it looks like rest (at most {probability:.2f})")
        else:
            rests[face] = rest
            remarks.append(f"face {face}: at rest from {second:.1f} s (called neutral with {probability:.2f})")
    return rests.get, remarks
