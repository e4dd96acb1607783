"""What difference so many clips can show at best, by McNemar's exact test."""

from decimal import Decimal
from itertools import count, takewhile
from math import floor

from videofer.evaluation.statistics.differences import LEVEL, mcnemar_p


def least_clips(level: float = LEVEL) -> int:
    """Return the fewest clips, all one way, for which the test falls below `level`."""
    return next(clips for clips in count(1) if mcnemar_p(clips, 0) < level)


def most_opposed(gain: int) -> int | None:
    """Return how many clips at most may go the other way for a net gain to stay significant, or None.

    A net gain of 7 stays significant with 8 clips against 1 (p = 0.039), not with 9 against 2 (p = 0.065).
    """
    significant = list(takewhile(lambda against: mcnemar_p(gain + against, against) < LEVEL, count()))
    return significant[-1] if significant else None


def whole_clips(points: Decimal, n: int) -> int:
    """Return the most whole clips of n that a printed difference can stand for.

    The difference of two figures with two decimals may be off by 0.01 points.
    """
    return floor((points + Decimal("0.01")) * n / 100)
