"""A table of ratios: what is measured, against what, alternating in one process, and the bar that it must meet."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from videofer.training.machine import read_clock


@dataclass(frozen=True)
class Row:
    """One figure: `ratio` of ours to the opponent (times, or bytes), with the smallest and largest of the rounds.

    ours and opponent are medians in `unit`; bar: the largest ratio that is met (None: no bar).
    """

    name: str
    opponent: str
    ours: float
    against: float
    unit: str
    ratio: float
    low: float
    high: float
    bar: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        return None if self.bar is None else self.ratio <= self.bar


def compare(
    name: str,
    ours: Callable,
    opponent: str,
    theirs: Callable,
    bar: float | None = None,
    rounds: int = 9,
    device: str = "cpu",
) -> Row:
    """Time two functions, alternating, after one round that only warms up.

    On a CPU it is CPU time of this process, on another device the wall time until its work is done.
    """
    times = []
    for _ in range(rounds + 1):
        taken = []
        for function in (ours, theirs):
            start = read_clock(device)
            function()
            taken.append(1000 * (read_clock(device) - start))
        times.append(taken)
    mine, others = zip(*times[1:], strict=True)
    ratios = [a / b for a, b in zip(mine, others, strict=True)]
    unit = "ms of CPU time" if device == "cpu" else "ms"
    return Row(
        name, opponent, statistics.median(mine), statistics.median(others), unit,
        statistics.median(ratios), min(ratios), max(ratios), bar,
    )  # fmt: skip
