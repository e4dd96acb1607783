"""Which printed accuracies can be a share of the clips at all."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import pandas as pd
from scipy.stats import binom

from videofer.core.table_formats import DASH, Table, show
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.audit.printed import Printed
from videofer.report.audit.shares import (
    WAYS,
    chance_of_match,
    list_fold_means,
    list_shares,
    match_count,
    match_share,
    smallest_common_size,
)

FOLDS = 10  # the usual protocol of the MMI studies


def audit_accuracies(printed: Sequence[Printed], clips: int, older: int, versions: int) -> Table:
    """Return for each printed accuracy whether it can be k of n, and whether it lies near the paper's best.

    clips: of the paper; older: of the studies it compares with; versions: of a clip after augmentation.
    """
    sizes = (clips, older, clips * versions)
    means = list_fold_means(clips, FOLDS)
    (count,) = set(match_count(max(entry.percent for entry in printed), clips).values())
    low, high = (100 * end for end in wilson_interval(count / clips, clips))
    interval = f"{show(low, 2)}{DASH}{show(high, 2)}"
    rows, shown = [], []
    for entry in printed:
        counts = {n: match_count(entry.percent, n) for n in sizes}
        mean, inside = match_share(entry.percent, means), low <= entry.percent <= high
        verdict = judge(counts[clips], mean, clips)
        rows.append(
            {"table": entry.table, "name": entry.name, "printed_percent": entry.percent}
            | {f"{way}_k_of_{n}": counts[n].get(way) for n in sizes for way in WAYS}
            | {f"{way}_mean_of_{FOLDS}_folds": way in mean for way in WAYS}
            | {"inside_interval_of_best": inside, "verdict": verdict}
        )
        shown.append(
            {"Claim": f"Table {entry.table}: {entry.label}", "ACC (%)": str(entry.percent)}
            | {f"k/{clips}": show_nearest(entry.percent, clips, counts[clips])}
            | {f"k/{n}": show_match(counts[n]) for n in sizes[1:]}
            | {f"Mean of {FOLDS} folds": " or ".join(mean) or "no"}
            | {f"In {interval}": "yes" if inside else "no", "Verdict": verdict}
        )
    notes = (
        f"k/n: some whole number k of n clips gives the printed per cent, rounded or truncated (cut off after the "
        f"second decimal); otherwise, for {clips}, the two nearest shares. {clips}: the paper's clips; {older}: "
        f"those of older studies that it compares with; {sizes[2]}: {clips} × {versions} augmented clips.",
        f"Mean of {FOLDS} folds: some mean of the accuracies of {FOLDS} folds, with {clips} clips dealt out as "
        "evenly as possible. Folds that keep people together are less even: they can give other means.",
        f"In {interval}: inside Wilson's 95 % interval of {count}/{clips}, the paper's best "
        "figure. It shows how much one such figure can vary; it does not test a difference on the same clips.",
        describe_chance(printed, sizes, means),
        describe_common_size(printed, clips),
        "A figure that is no share of the clips is not thereby wrong: it can be a mean over folds or repetitions. "
        "The paper does not say which it prints.",
    )
    title = f"Can the printed accuracies be shares of {clips} clips?"
    data = pd.DataFrame(rows).convert_dtypes()
    return Table("table-audit-accuracies", title, data, pd.DataFrame(shown), notes)


def judge(counts: Mapping[str, int], mean: Sequence[str], clips: int) -> str:
    """Return the verdict on one accuracy, from its matches with k / clips and with means of folds."""
    if counts:
        return f"possible: {' or '.join(f'{k}/{clips}, {way}' for way, k in counts.items())}"
    other = "; possible as" if mean else ", and as"
    return f"impossible as k/{clips}{other} a mean of {FOLDS} even folds"


def show_match(counts: Mapping[str, int]) -> str:
    """Return the counts that give a printed figure, such as '1200 truncated', or 'no'."""
    if len(counts) == len(WAYS) and len(set(counts.values())) == 1:
        return str(next(iter(counts.values())))
    return ", ".join(f"{k} {way}" for way, k in counts.items()) or "no"


def show_nearest(percent: Decimal, n: int, counts: Mapping[str, int]) -> str:
    """Return the match with its share, or the shares below and above a figure that is none."""
    below = int(percent * n / 100)
    nearest = sorted(set(counts.values())) or [below, below + 1]
    matches = ", ".join(f"{k}/{n} = {show(float(100 * Fraction(k, n)), 3)}" for k in nearest)
    return f"{matches} ({' and '.join(counts)})" if counts else matches


def describe_chance(printed: Sequence[Printed], sizes: Sequence[int], means: set[Fraction]) -> str:
    """Return how often an arbitrary figure with two decimals would fit, beside how many of these do."""
    parts = []
    for n in sizes:
        chance, hits = chance_of_match(list_shares(n)), sum(bool(match_count(p.percent, n)) for p in printed)
        at_least = show(100 * binom.sf(hits - 1, len(printed), chance), 0)
        parts.append(
            f"k/{n}: {show(100 * chance, 1)} % of all figures from 0.00 to 100.00 fit, {hits} of these "
            f"{len(printed)} do (at least as many by chance: {at_least} %)"
        )
    share = show(100 * chance_of_match(means), 0)
    return f"Chance: {'; '.join(parts)}. Of means of {FOLDS} folds, {share} % fit."


def describe_common_size(printed: Sequence[Printed], clips: int) -> str:
    """Return the smallest number of answers of which all of Table 4.1 could be shares."""
    variants = [entry.percent for entry in printed if entry.table == "4.1"]
    rounded, truncated, mixed = (smallest_common_size(variants, ways) for ways in (*((w,) for w in WAYS), WAYS))
    runs = smallest_common_size(variants, WAYS, step=clips) // clips
    return (
        f"One n of which all {len(variants)} figures of Table 4.1 are shares: at least {rounded} if all are "
        f"rounded, {truncated} if all are truncated, {mixed} if each may be either. As means over whole "
        f"repetitions of the {clips} clips they take at least {runs} repetitions."
    )
