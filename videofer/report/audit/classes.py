"""Which of the paper's statements about single expressions can hold, with the class counts of its clips."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import permutations
from math import ceil, floor

import pandas as pd

from videofer.core.table_formats import Table, show
from videofer.report.audit.printed import match_count

Counts = Mapping[str, int]  # class -> clips


def audit_classes(
    claims: Sequence[Mapping[str, str]],
    counts: Counts,
    correct: Counts,
    published: Mapping[str, Decimal],
    right: int,
    clips: int,
) -> Table:
    """Return each statement about the expressions with its computation.

    claims: rows of class-claims.csv; counts: clips of each class; correct: those that IL-CNN has right; published:
    IL-CNN's accuracy and mean class recall in per cent; right of clips: the paper's best accuracy.
    """
    accuracy, recall = published["accuracy"], published["mean class recall"]
    total, n, mean = sum(correct.values()), sum(counts.values()), show(mean_recall(counts, correct), 2)
    agree = total in match_count(accuracy, n).values() and mean == str(recall)
    basis = f"{total}/{n} = {show(100 * total / n, 2)} % and mean class recall {mean} %"
    claim = "Basis: IL-CNN's confusion matrix, decoded to clips, gives its published figures"
    rows = [(claim, f"{basis}; published: {accuracy} and {recall}", "agrees" if agree else "disagrees")]
    for claim in claims:
        rows.append((f"“{claim['quote']}” ({claim['section']})", *check_claim(claim, counts, right, clips)))
    rows.append(check_together(claims, counts, right))
    shown = pd.DataFrame(rows, columns=["Claim", "Computation", "Verdict"])
    moved = [counts | {a: counts[a] - 1, b: counts[b] + 1} for a, b in permutations(counts, 2)]
    fitting = sum(show(mean_recall(each, correct), 2) == str(recall) for each in moved)
    notes = (
        f"Class counts ({', '.join(f'{name} {n}' for name, n in counts.items())}): decoded from the confusion "
        f"matrix in per cent of Cai et al., FG 2018, Table III. That the paper's {clips} clips are the same is an "
        f"assumption; their number is. With one clip moved to another class, {fitting} of the {len(moved)} sets of "
        "counts would still give the published mean class recall.",
        "Better and poor are taken as above and below the accuracy over all clips.",
    )
    title = "Can the statements about single expressions hold?"
    data = shown.rename(columns=str.lower)
    return Table("table-audit-classes", title, data, shown, notes, "p{5cm}p{8cm}p{4cm}")


def check_claim(claim: Mapping[str, str], counts: Counts, right: int, clips: int) -> tuple[str, str]:
    """Return computation and verdict of one statement."""
    if claim["claim"] == "total":
        total = sum(counts.values())
        return f"{' + '.join(map(str, counts.values()))} = {total}", "agrees" if total == clips else "disagrees"
    names = claim["classes"].split()
    if claim["claim"] == "small":
        parts, smaller, verdicts = [f"{name} {counts[name]}" for name in names], [], []
        for name in names:
            others = [f"{other} ({n})" for other, n in counts.items() if other not in names and n < counts[name]]
            smaller += [f"fewer than {name}: {' and '.join(others)}"] if others else []
            verdicts.append(f"{'contradicts the counts' if others else 'agrees'} for {name}")
        mean = show(sum(counts.values()) / len(counts), 1)
        return f"{'; '.join(parts + smaller)}; mean {mean} clips a class", "; ".join(verdicts)
    limits = limit_correct(claim, counts, right, clips)
    computation = "; ".join(show_limits(name, *ends, counts[name]) for name, ends in limits.items())
    possible = all(low <= high for low, high in limits.values())
    return computation, "possible" if possible else "impossible with these class counts"


def limit_correct(claim: Mapping[str, str], counts: Counts, right: int, clips: int) -> dict[str, tuple[int, int]]:
    """Return the least and the most correct clips of each class that a statement allows (least > most: none)."""
    limits = {}
    for name in claim["classes"].split():
        n, level = counts[name], right * counts[name] / clips
        if claim["claim"] == "recall":
            fitting = match_count(Decimal(claim["percent"]), n).values()
            limits[name] = (min(fitting), max(fitting)) if fitting else (n + 1, n)
        elif claim["claim"] == "below":
            limits[name] = (0, ceil(Decimal(claim["percent"]) * n / 100) - 1)
        else:
            limits[name] = (floor(level) + 1, n) if claim["claim"] == "better" else (0, ceil(level) - 1)
    return limits


def check_together(claims: Sequence[Mapping[str, str]], counts: Counts, right: int) -> tuple[str, str, str]:
    """Say what the classes without a figure must reach, and whether all statements and the total fit together."""
    clips = sum(counts.values())
    limits = {name: (0, n) for name, n in counts.items()}
    for claim in claims:
        if claim["classes"] and claim["claim"] != "small":
            for name, (low, high) in limit_correct(claim, counts, right, clips).items():
                limits[name] = (max(low, limits[name][0]), min(high, limits[name][1]))
    named = [name for claim in claims if claim["percent"] for name in claim["classes"].split()]
    others = [name for name in counts if name not in named]
    needed, n = right - sum(limits[name][1] for name in named), sum(counts[name] for name in others)
    least, most = (sum(limit[end] for limit in limits.values()) for end in (0, 1))
    computation = (
        f"{', '.join(f'{name} {limits[name][1]}/{counts[name]}' for name in named)}: {', '.join(others)} must have "
        f"{needed} of {n} right ({show(100 * needed / n, 1)} %) at least; all statements allow {least} to {most} "
        f"correct clips"
    )
    possible = least <= right <= most and all(low <= high for low, high in limits.values())
    return f"All of these with {right}/{clips} correct", computation, "possible" if possible else "impossible"


def mean_recall(counts: Counts, correct: Counts) -> float:
    """Return the mean recall of the classes in per cent."""
    return sum(100 * correct[name] / n for name, n in counts.items()) / len(counts)


def show_limits(name: str, low: int, high: int, n: int) -> str:
    """Return how many clips of a class may be right, such as 'happy: 40/42 = 95.2 %'."""
    if low > high:
        return f"{name}: no count of {n} clips"
    word, k = ("at most ", high) if low == 0 else ("at least ", low) if high == n else ("", high)
    return f"{name}: {word}{k}/{n} = {show(100 * k / n, 1)} %"
