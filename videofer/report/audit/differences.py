"""Which printed differences could be significant on the paper's clips, in the best case."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from videofer.core.table_formats import NONE, Table, show
from videofer.report.audit.printed import FULL_VARIANT, LOSSES, OWN_MODEL, Printed
from videofer.report.audit.significance import LEVEL, least_clips, mcnemar_p, most_opposed, whole_clips


def audit_differences(printed: Sequence[Printed], clips: int) -> Table:
    """Return each printed difference in points and clips, with what McNemar's exact test could say of it."""
    rows, shown = [], []
    for first, second, what in list_pairs(printed):
        points = first.percent - second.percent
        gain = whole_clips(points, clips)
        opposed = most_opposed(gain)
        verdict = judge(opposed)
        least_p = mcnemar_p(gain, 0)
        rows.append(
            {"table": second.table, "first": first.name, "second": second.name, "what": what, "points": points}
            | {"clips": float(points * clips / 100), "whole_clips": gain, "least_p": least_p}
            | {"most_opposed_clips": opposed, "verdict": verdict}
        )
        shown.append(
            {
                "Claim": f"Table {second.table}: {what}",
                "From, to (%)": f"{second.percent}, {first.percent}",
                "Points": show(float(points), 2, signed=True),
                f"Clips of {clips}": show(float(points * clips / 100), 1),
                "Least p": f"< {show(0.001, 3)}" if least_p < 0.001 else show(least_p, 3),
                "Most clips the other way": NONE if opposed is None else str(opposed),
                "Verdict": verdict,
            }
        )
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
    columns = "p{5.2cm}rrrrrp{5cm}"
    return Table(
        "table-audit-differences", title, pd.DataFrame(rows).convert_dtypes(), pd.DataFrame(shown), notes, columns
    )


def list_pairs(printed: Sequence[Printed]) -> list[tuple[Printed, Printed, str]]:
    """Return (higher, lower, what differs) for all pairs of Table 4.1, and for the paper's model and the others."""
    variants = [entry for entry in printed if entry.table == "4.1"]
    full = next(entry for entry in variants if entry.name == FULL_VARIANT)
    pairs = []
    for pair in combinations(variants, 2):
        low, high = sorted(pair, key=lambda entry: entry.percent)
        pairs.append((high, low, describe_pair(high.name, low.name)))
    others = [entry for entry in printed if entry.table == "4.2"]
    return pairs + [(full, entry, f"{OWN_MODEL} over {entry.name}") for entry in others]


def describe_pair(high: str, low: str) -> str:
    """Say what a variant of Table 4.1 has that another has not."""
    (high_middle, high_loss), (low_middle, low_loss) = (split(name) for name in (high, low))
    if high_loss == low_loss:
        return f"reconstruction loss, with {LOSSES[high_loss]} on the LSTM"
    losses = f"{LOSSES[high_loss]} instead of {LOSSES[low_loss]} on the LSTM"
    if high_middle == low_middle:
        return f"{losses}, {'with' if high_middle else 'without'} reconstruction loss"
    return f"{losses}, {'and with' if high_middle else 'but without'} reconstruction loss"


def split(variant: str) -> tuple[bool, str]:
    """Return whether a variant has the reconstruction loss, and its loss on the LSTM."""
    _, *middle, sequence = variant.split("-")
    return bool(middle), sequence


def judge(opposed: int | None) -> str:
    """Return the verdict on one difference, from the most clips that may go the other way."""
    if opposed is None:
        return "cannot be significant, even in the best case"
    if opposed == 0:
        return "significant only if no clip went the other way"
    return f"significant only if at most {opposed} clip{'s' * (opposed > 1)} went the other way"
