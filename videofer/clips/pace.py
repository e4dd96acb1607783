"""The pace of a film: its frames on a clock of even steps, however many a second it has, and however unevenly."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from statistics import median
from typing import TypeVar

import numpy as np

PAUSE = 2.0  # seconds from one frame to the next: nothing is known of what lies between
# Intervals whose median is the usual one; an even number, so that of long and short ones in turn it is the mean.
RECENT = 24
SLOW = 4 / 3  # steps of the clock: a usual interval up to this one is taken for a step
LATE = 0.6  # of a step: what comes later than that is a step more
FADE = 0.75  # of what such rounding leaves over, this part is carried on: small differences do not add up
FEWEST = 4  # different frames of a window; fewer show no movement

T = TypeVar("T")


def keep_pace(frames: Iterable[T], time: Callable[[T], float], rate: float) -> Iterator[tuple[T, int | None]]:
    """Yield the frames to use, each with how many steps of 1/`rate` seconds it comes after the one before.

    time: of a frame, in seconds. Of a film with n times as many frames every n-th is used. 1 is usual, and a rate
    near the wanted one is taken for it, as is a jitter; k > 1: the frame before is shown for k steps; None: a
    pause, which nothing may span. Of a long film only the first second is kept before it goes on.
    """
    frames = iter(frames)
    first = deque(islice(frames, RECENT + 1))
    recent = deque(np.diff([time(frame) for frame in first]), RECENT)
    last, before, carried = None, 0.0, 0.0
    for number, frame in enumerate(chain((first.popleft() for _ in range(len(first))), frames)):
        now = time(frame)
        if number > RECENT:
            recent.append(now - before)
        before = now
        if last is None:
            last = now
            yield frame, 1
            continue
        usual = max(float(median(recent)), 0) or 1 / rate  # 0: time stamps that are all the same
        every = max(1, round(1 / (rate * usual)))
        step = every * usual if every * usual <= SLOW / rate else 1 / rate
        passed = now - last
        if every > 1 and 0 <= passed <= step - usual / 2:
            continue
        last = now
        if abs(passed) > PAUSE:
            carried = 0.0
            yield frame, None
            continue
        exact = passed / step + carried
        steps = max(1, math.floor(exact + 1 - LATE))
        carried = FADE * max(-LATE, exact - steps)
        yield frame, steps


def lay_out(times: np.ndarray, rate: float | None) -> np.ndarray:
    """Return which frame each step of the clock shows (S,), -1 in a pause; rate None: each frame is a step.

    times (T,): of the frames in seconds.
    """
    if rate is None:
        return np.arange(len(times))
    order: list[int] = []
    for frame, steps in keep_pace(range(len(times)), times.__getitem__, rate):
        order += [-1] if steps is None else order[-1:] * (steps - 1)
        order.append(frame)
    return np.array(order)
