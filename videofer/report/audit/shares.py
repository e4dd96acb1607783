"""Which printed per cents can be a share k / n, or a mean of such shares over folds; exact arithmetic throughout.

A figure may have been rounded (halves up) or cut off after its last printed place: both are tried.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import ceil, floor

WAYS = ("rounded", "truncated")
TWO_DECIMALS = 10_000  # 1 / 10,000 is the last place of a per cent with two decimals


def bounds(percent: Decimal, way: str) -> tuple[Fraction, Fraction]:
    """Return the shares (low, high) that print as this per cent: low itself does, high does not."""
    value, unit = Fraction(percent) / 100, Fraction(10) ** percent.as_tuple().exponent / 100
    low = value - unit / 2 if way == "rounded" else value
    return low, low + unit


def match_count(percent: Decimal, n: int) -> dict[str, int]:
    """Return for each way of printing the smallest k such that k / n prints as `percent`; empty where none does."""
    counts = {}
    for way in WAYS:
        low, high = bounds(percent, way)
        k = max(0, ceil(low * n))
        if k <= n and Fraction(k, n) < high:
            counts[way] = k
    return counts


def match_share(percent: Decimal, shares: Collection[Fraction]) -> list[str]:
    """Return the ways of printing in which some share of the collection prints as `percent`."""
    limits = {way: bounds(percent, way) for way in WAYS}
    return [way for way, (low, high) in limits.items() if any(low <= share < high for share in shares)]


def list_shares(n: int) -> set[Fraction]:
    """Return all shares k / n."""
    return {Fraction(k, n) for k in range(n + 1)}


def list_fold_means(n: int, folds: int) -> set[Fraction]:
    """Return every mean of the folds' accuracies, n clips being dealt to the folds as evenly as possible."""
    small, larger = divmod(n, folds)
    smaller = folds - larger
    return {
        (Fraction(a, small + 1) + Fraction(b, small)) / folds
        for a in range(larger * (small + 1) + 1)
        for b in range(smaller * small + 1)
    }


def chance_of_match(shares: Iterable[Fraction]) -> float:
    """Return the part of all per cents with two decimals, 0.00 to 100.00, that some share prints as either way."""
    printed = {floor(share * TWO_DECIMALS + half) for share in shares for half in (Fraction(0), Fraction(1, 2))}
    return len(printed) / (TWO_DECIMALS + 1)


def smallest_common_size(percents: Sequence[Decimal], ways: Collection[str], step: int = 1) -> int:
    """Return the smallest n, a multiple of `step`, of which all these per cents are shares printed in these ways.

    There always is one: every share with two decimals is k / 10,000.
    """
    return next(
        n for n in count(step, step) if all(set(ways) & set(match_count(percent, n)) for percent in percents)
    )
