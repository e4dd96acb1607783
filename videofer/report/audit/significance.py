"""What difference 208 clips can show: Wilson's interval, and McNemar's exact test in the best case."""

from decimal import Decimal
from itertools import count, takewhile
from math import floor

from scipy.stats import binomtest

LEVEL = 0.05


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p of McNemar's test for the clips that one answer alone got right."""
    return float(binomtest(only_first, only_first + only_second).pvalue) if only_first + only_second else 1.0


def least_clips(level: float = LEVEL) -> int:
    """Return the fewest clips, all one way, for which the test falls below `level`."""
    return next(clips for clips in count(1) if mcnemar_p(clips, 0) < level)


def most_opposed(gain: int, level: float = LEVEL) -> int | None:
    """Return how many clips at most may go the other way for a net gain to stay below `level`, or None.

    A net gain of 7 stays significant with 8 clips against 1 (p = 0.039), not with 9 against 2 (p = 0.065).
    """
    significant = list(takewhile(lambda against: mcnemar_p(gain + against, against) < level, count()))
    return significant[-1] if significant else None


def whole_clips(points: Decimal, n: int, slack: Decimal = Decimal("0.01")) -> int:
    """Return the most whole clips of n that a printed difference can stand for.

    slack: points by which the difference of two figures with two decimals may be off.
    """
    return floor((points + slack) * n / 100)
