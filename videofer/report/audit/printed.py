"""What the paper prints, which shares print as it, and which differences can be significant; exact arithmetic.

Decimals stay decimals, so that 68.30 has two places. A figure may have been rounded (halves up) or cut off after
its last printed place: both are tried.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count, takewhile
from math import ceil, floor
from pathlib import Path

from videofer.core.errors import UserError
from videofer.core.study import FULL_VARIANT, VARIANTS
from videofer.evaluation.statistics.differences import LEVEL, mcnemar_p
from videofer.report.audit import read_rows

PAPER_MODEL = "Capsule-LSTM"  # repeated in Table 4.2; its accuracy is Table 4.1's full variant
WAYS = ("rounded", "truncated")
TWO_DECIMALS = 10_000  # 1 / 10,000 is the last place of a per cent with two decimals


@dataclass(frozen=True)
class Printed:
    """One printed accuracy in per cent and where it stands; `name` is the variant (4.1) or the model (4.2)."""

    table: str
    name: str
    percent: Decimal

    @property
    def label(self) -> str:
        """The losses of a variant, such as 'margin + reconstruction, LSTM margin', or the model's name."""
        if self.table == "4.2":
            return self.name
        losses = VARIANTS[self.name]
        return f"margin{' + reconstruction' * losses.reconstruction}, LSTM {losses.sequence}"


def read_printed(losses: str | Path, models: str | Path) -> list[Printed]:
    """Return the accuracies of Tables 4.1 and 4.2 in the paper's order, the paper's own model once.

    Raises UserError if the two tables disagree about the paper's own model.
    """
    variants = [Printed("4.1", row["variant"], Decimal(row["accuracy_percent"])) for row in read_rows(losses)]
    others = [Printed("4.2", row["model"], Decimal(row["quoted_percent"])) for row in read_rows(models)]
    own = {entry.name: entry.percent for entry in (*variants, *others)}
    if own.get(PAPER_MODEL) != own.get(FULL_VARIANT):
        raise UserError(f"{models}: {PAPER_MODEL} must have the accuracy that {losses} gives for {FULL_VARIANT}.")
    return variants + [entry for entry in others if entry.name != PAPER_MODEL]


def read_constants(path: str | Path) -> Mapping[str, Decimal]:
    """Return the numbers that the paper states, by key."""
    return {row["key"]: Decimal(row["value"]) for row in read_rows(path)}


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


def least_clips(level: float = LEVEL) -> int:
    """Return the fewest clips, all one way, for which the test falls below `level`."""
    return next(clips for clips in count(1) if mcnemar_p(clips, 0) < level)


def most_opposed(gain: int) -> int | None:
    """Return how many clips at most may go the other way for a net gain to stay significant, or None.

    A net gain of 7 stays significant with 8 clips against 1 (p = 0.039), not with 9 against 2 (p = 0.065).
    """
    significant = list(takewhile(lambda against: mcnemar_p(gain + against, against) < LEVEL, count()))
    return significant[-1] if significant else None
