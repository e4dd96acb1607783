"""Which printed differences could be significant on the paper's clips, in the best case."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from videofer.core.study import FULL_VARIANT, VARIANTS
from videofer.core.table_formats import NONE, Table, show, show_p
from videofer.evaluation.statistics.differences import mcnemar_p
from videofer.report.audit.printed import PAPER_MODEL, Printed
from videofer.report.audit.significance import LEVEL, least_clips, most_opposed, whole_clips
from videofer.report.tables.columns import show_rows


def audit_differences(printed: Sequence[Printed], clips: int) -> Table:
    """Return each printed difference in points and clips, with what McNemar's exact test could say of it."""
    rows = []
    for first, second, what in list_pairs(printed):
        points = first.percent - second.percent
        gain = whole_clips(points, clips)
        opposed = most_opposed(gain)
        rows.append(
            {"table": second.table, "first": first.name, "second": second.name, "what": what, "points": points}
            | {"clips": float(points * clips / 100), "whole_clips": gain, "least_p": mcnemar_p(gain, 0)}
            | {"most_opposed_clips": opposed, "verdict": judge(opposed)}
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
        f"Two answers to the same {clips} clips can differ significantly (McNemar's exact test, two-sided, p < "
        f"{LEVEL}) only by {least} clips or more, {show(100 * least / clips, 2)} points: {least} clips all one way "
        f"give p = {show(mcnemar_p(least, 0), 3)}, {least - 1} give {show(mcnemar_p(least - 1, 0), 3)}. Corrected "
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
    full = next(entry for entry in variants if entry.name == FULL_VARIANT)
    pairs = []
    for pair in combinations(variants, 2):
        low, high = sorted(pair, key=lambda entry: entry.percent)
        pairs.append((high, low, describe_pair(high.name, low.name)))
    others = [entry for entry in printed if entry.table == "4.2"]
    return pairs + [(full, entry, f"{PAPER_MODEL} over {entry.name}") for entry in others]


def describe_pair(high: str, low: str) -> str:
    """Say what a variant of Table 4.1 has that another has not."""
    high, low = VARIANTS[high], VARIANTS[low]
    if high.sequence == low.sequence:
        return f"reconstruction loss, with {high.sequence} on the LSTM"
    link = "" if high.reconstruction == low.reconstruction else "and " if high.reconstruction else "but "
    reconstruction = f"{link}{'with' if high.reconstruction else 'without'} reconstruction loss"
    return f"{high.sequence} instead of {low.sequence} on the LSTM, {reconstruction}"


def judge(opposed: int | None) -> str:
    """Return the verdict on one difference, from the most clips that may go the other way."""
    if opposed is None:
        return "cannot be significant, even in the best case"
    if opposed == 0:
        return "significant only if no clip went the other way"
    return f"significant only if at most {opposed} clip{'s' * (opposed > 1)} went the other way"
