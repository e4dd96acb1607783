"""The printed accuracies: whether they can be shares of the clips, differ, and stand in the quoted papers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import floor

import pandas as pd
from scipy.stats import binom

from videofer.core.study import FULL_VARIANT, VARIANTS
from videofer.core.table_formats import DASH, NONE, Table, show, show_p
from videofer.evaluation.statistics.differences import LEVEL, mcnemar_p
from videofer.evaluation.statistics.intervals import wilson_interval
from videofer.report.audit.printed import (
    PAPER_MODEL,
    WAYS,
    Printed,
    chance_of_match,
    least_clips,
    list_fold_means,
    match_count,
    match_share,
    most_opposed,
    smallest_common_size,
)
from videofer.report.tables.columns import show_rows

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
        if counts[clips]:
            verdict = f"possible: {' or '.join(f'{k}/{clips}, {way}' for way, k in counts[clips].items())}"
        else:
            also = "; possible as" if mean else ", and as"
            verdict = f"impossible as k/{clips}{also} a mean of {FOLDS} even folds"
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
        chance = chance_of_match(Fraction(k, n) for k in range(n + 1))
        hits = sum(bool(match_count(entry.percent, n)) for entry in printed)
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


def audit_differences(printed: Sequence[Printed], clips: int) -> Table:
    """Return each printed difference in points and clips, with what McNemar's exact test could say of it."""
    rows = []
    for first, second, what in list_pairs(printed):
        points = first.percent - second.percent
        # The most whole clips: the difference of two figures with two decimals may be off by 0.01 points.
        gain = floor((points + Decimal("0.01")) * clips / 100)
        opposed = most_opposed(gain)
        verdict = "cannot be significant, even in the best case, if each clip was answered once"
        if opposed is not None:
            clip = f"at most {opposed} clip{'s' * (opposed > 1)}" if opposed else "no clip"
            verdict = f"significant only if {clip} went the other way"
        rows.append(
            {"table": second.table, "first": first.name, "second": second.name, "what": what, "points": points}
            | {"clips": float(points * clips / 100), "whole_clips": gain, "least_p": mcnemar_p(gain, 0)}
            | {"most_opposed_clips": opposed, "verdict": verdict}
        )
    percents = {entry.name: entry.percent for entry in printed}
    columns = {
        "Claim": lambda row: f"Table {row['table']}: {row['what']}",
        "From, to (%)": lambda row: f"{percents[row['second']]}, {percents[row['first']]}",
        "Points": lambda row: show(float(row["points"]), 2, signed=True),
        f"Clips of {clips}": lambda row: show(row["clips"], 1),
        "Least p": lambda row: show_p(row["least_p"]),
        "Most clips the other way": lambda row: (
            NONE if row["most_opposed_clips"] is None else str(row["most_opposed_clips"])
        ),
        "Verdict": lambda row: row["verdict"],
    }
    least, pairs = least_clips(), sum(row["table"] == "4.1" for row in rows)
    corrected = least_clips(LEVEL / pairs)
    notes = (
        f"If each clip was answered once, two answers to the same {clips} clips can differ significantly "
        f"(McNemar's exact test, which takes clips as independent, two-sided, p < {LEVEL}) only by {least} clips "
        f"or more, {show(100 * least / clips, 2)} points: {least} clips all one way give p = "
        f"{show(mcnemar_p(least, 0), 3)}, {least - 1} give {show(mcnemar_p(least - 1, 0), 3)}. Corrected "
        f"for the {pairs} pairs of Table 4.1 (Bonferroni) it takes {corrected} clips, "
        f"{show(100 * corrected / clips, 2)} points.",
        "Least p: all of the difference one way, on as many whole clips as the printed figures allow. Most clips "
        "the other way: how many clips the lower answer alone may have right before significance is lost. Two "
        "trainings of one model usually disagree on clips in both directions; the McNemar table of this run counts "
        "them.",
        "In Table 4.2 the test applies only if the other models' figures were measured on the same clips, which "
        "the paper does not say.",
    )
    title = f"Which printed differences could be significant on {clips} clips?"
    data = pd.DataFrame(rows).convert_dtypes()
    return Table("table-audit-differences", title, data, show_rows(rows, columns), notes, "p{5.2cm}rrrrrp{5cm}")


def list_pairs(printed: Sequence[Printed]) -> list[tuple[Printed, Printed, str]]:
    """Return (higher, lower, what differs) for all pairs of Table 4.1, and for the paper's model and the others."""
    variants = [entry for entry in printed if entry.table == "4.1"]
    pairs = []
    for pair in combinations(variants, 2):
        lower, higher = sorted(pair, key=lambda entry: entry.percent)
        low, high = VARIANTS[lower.name], VARIANTS[higher.name]
        what = f"reconstruction loss, with {high.sequence} on the LSTM"
        if high.sequence != low.sequence:
            same = high.reconstruction == low.reconstruction
            link = "" if same else "and " if high.reconstruction else "but "
            with_it = f"{link}{'with' if high.reconstruction else 'without'} reconstruction loss"
            what = f"{high.sequence} instead of {low.sequence} on the LSTM, {with_it}"
        pairs.append((higher, lower, what))
    full = next(entry for entry in variants if entry.name == FULL_VARIANT)
    others = [entry for entry in printed if entry.table == "4.2"]
    return pairs + [(full, entry, f"{PAPER_MODEL} over {entry.name}") for entry in others]


def audit_baselines(printed: Sequence[Printed], originals: Sequence[Mapping[str, str]]) -> Table:
    """Return for each quoted model its own paper's figures, and the verdict on name and figure.

    originals: rows of originals.csv, the paper's own main figure first; a model whose paper was not found has a row
    without figures.
    """

    def show_points(points: Decimal | None) -> str:
        return DASH if points is None else show(float(points), 2, signed=True)

    best = next(entry.percent for entry in printed if entry.name == FULL_VARIANT)
    rows, shown = [], []
    for entry in (entry for entry in printed if entry.table == "4.2"):
        found = [row for row in originals if row["model"] == entry.name]
        original = found[0]
        figures = [row for row in found if row["percent"] and row["measure"] == "accuracy"]
        main = Decimal(figures[0]["percent"]) if figures else None
        row = {"model": entry.name, "quoted_percent": entry.percent, "original_name": original["original_name"]}
        row |= {"original_percent": main, "quoted_minus_original_points": main and entry.percent - main}
        row |= {"paper_minus_original_points": main and best - main, "verdict": judge_quoted(entry, found, figures)}
        rows.append(row)
        shown.append(
            {
                "Claim": f"Table 4.2: {entry.name} [{original['reference']}] {entry.percent}",
                "The model's own paper (%)": "; ".join(map(show_figure, figures)) or NONE,
                "Quoted − own (points)": show_points(row["quoted_minus_original_points"]),
                f"{best} − own (points)": show_points(row["paper_minus_original_points"]),
                "Protocol": original["protocol"] or NONE,
                "Verdict": row["verdict"],
                "Source": original["source"],
            }
        )
    verifiable = [row for row in rows if row["original_percent"] is not None]
    equal = sum(row["quoted_minus_original_points"] == 0 for row in verifiable)
    notes = (
        f"Of {len(verifiable)} quoted figures that can be looked up, {equal} equal the original. Whether the "
        "authors measured these models again on their own split, which would explain other figures, is not said.",
        "In brackets: the count of clips that gives the figure. The studies differ in clips and in folds, so that "
        "even the original figures are no measurement on the paper's clips.",
    )
    title = "Do the quoted figures stand in the quoted papers?"
    columns = "p{3.2cm}p{4.6cm}rrp{3.4cm}p{4cm}p{3.6cm}"
    data = pd.DataFrame(rows).convert_dtypes()
    return Table("table-audit-baselines", title, data, pd.DataFrame(shown), notes, columns)


def judge_quoted(entry: Printed, found: Sequence[Mapping[str, str]], figures: Sequence[Mapping[str, str]]) -> str:
    """Return the verdict on a quoted model's name and figure; figures: those of `found` that are accuracies."""
    if not figures:
        return "not verifiable: no copy of the original was found"
    name = found[0]["original_name"]
    named = "" if entry.name == name else f"the original's name is {name}; "
    known = any(Decimal(row["percent"]) == entry.percent for row in figures)
    return f"{named}{'in the original' if known else 'differs from every figure of the original'}"


def show_figure(row: Mapping[str, str]) -> str:
    """Return one figure of an original with the count behind it, such as 'joint 70.24 (144/205)'."""
    n = int(row["clips"])
    counts = set(match_count(Decimal(row["percent"]), n).values())
    share = " or ".join(f"{k}/{n}" for k in sorted(counts)) if counts else f"no share of {n} clips"
    return f"{row['figure']} {row['percent']} ({share})"
