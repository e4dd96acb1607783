"""Which figures that Table 4.2 quotes for other models stand in those models' papers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pandas as pd

from videofer.core.study import FULL_VARIANT
from videofer.core.table_formats import DASH, NONE, Table, show
from videofer.report.audit.printed import Printed
from videofer.report.audit.shares import match_count


def audit_baselines(printed: Sequence[Printed], originals: Sequence[Mapping[str, str]]) -> Table:
    """Return for each quoted model its own paper's figures, and the verdict on name and figure.

    originals: rows of originals.csv, the paper's own main figure first; a model whose paper was not found has a row
    without figures.
    """
    best = next(entry.percent for entry in printed if entry.name == FULL_VARIANT)
    rows, shown = [], []
    for entry in (entry for entry in printed if entry.table == "4.2"):
        found = [row for row in originals if row["model"] == entry.name]
        original = found[0]
        figures = [row for row in found if row["percent"] and row["measure"] == "accuracy"]
        main = Decimal(figures[0]["percent"]) if figures else None
        row = {"model": entry.name, "quoted_percent": entry.percent, "original_name": original["original_name"]}
        row |= {"original_percent": main, "quoted_minus_original_points": main and entry.percent - main}
        row |= {"paper_minus_original_points": main and best - main, "verdict": judge(entry, found, figures)}
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


def judge(entry: Printed, found: Sequence[Mapping[str, str]], figures: Sequence[Mapping[str, str]]) -> str:
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


def show_points(points: Decimal | None) -> str:
    """Return a difference in points, or a dash."""
    return DASH if points is None else show(float(points), 2, signed=True)
