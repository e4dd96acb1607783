"""Format and write tables: CSV at full precision; Markdown, LaTeX and JSON for reading."""

import json
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import atomic_path

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
NONE = DASH  # in a cell without a value
_LATEX = {DASH: "--", MINUS: "$-$", "±": r"$\pm$", "\\": r"\textbackslash{}"} | {c: f"\\{c}" for c in "%&_#${}"}
_LATEX |= {"<": "$<$", ">": "$>$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX = str.maketrans(_LATEX)


@dataclass(frozen=True)
class Table:
    """A table of the report: raw numbers in `data`, the same formatted in `shown`, with headings and notes."""

    name: str
    title: str
    data: pd.DataFrame
    shown: pd.DataFrame
    notes: tuple[str, ...] = ()
    latex_columns: str = ""  # column types of cells that hold sentences; empty: one left, the others right


def show(value: float, digits: int, signed: bool = False) -> str:
    """Format a number with a true minus sign, or a dash where there is none."""
    if math.isnan(value):
        return NONE
    # repr, so that 65.625 is a half and rounds up as on paper; a format string rounds it to the even 65.62.
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:{'+' if signed else ''}}".replace("-", MINUS)


def show_share(row: dict | None) -> str:
    """Format a share of correct answers as per cent with its counts, such as 72.12 (150/208)."""
    if row is None or row["n"] == 0:
        return NONE
    return f"{show(100 * row['accuracy'], 2)} ({row['correct']}/{row['n']})"


def show_percent(share: float, digits: int = 1, signed: bool = False) -> str:
    """Format a share as per cent, or a difference of shares as points."""
    return show(100 * share, digits, signed)


def show_bounds(low: float, high: float, signed: bool = False) -> str:
    """Format the ends of an interval of shares in per cent, such as 65.7 to 77.8, or a dash where there is none."""
    if math.isnan(low):
        return NONE
    link = " to " if signed else DASH  # a dash between signs reads as a third sign
    return link.join(show(100 * end, 1, signed) for end in (low, high))


def show_p(p: float) -> str:
    """Format a p value with three digits after the point, or as below 0.001."""
    return "< 0.001" if p < 0.001 else show(p, 3)


def show_interval(row: dict | None) -> str:
    """Format a head's Wilson interval in per cent, such as 65.7 to 77.8."""
    return NONE if row is None else show_bounds(row["wilson_low"], row["wilson_high"])


def write_file(table: Table, path: str | Path) -> None:
    """Write a table in the format of the path's suffix: .csv, .md, .tex or .json."""
    convert = {".csv": to_csv, ".md": to_markdown, ".tex": to_latex, ".json": to_json}[Path(path).suffix]
    with atomic_path(path) as temporary:
        temporary.write_text(convert(table), encoding="utf-8")


def to_csv(table: Table) -> str:
    """Return the raw numbers, at full precision, without the notes."""
    return table.data.to_csv(index=False, lineterminator="\n")


def to_markdown(table: Table) -> str:
    """Return the title, a pipe table and the notes."""
    cells = [list(table.shown.columns), *table.shown.to_numpy().tolist()]
    lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in cells]
    lines.insert(1, "|" + " --- |" * len(table.shown.columns))
    body = lines if len(table.shown) else []
    return "\n".join([f"**{table.title}**", "", *body, *(f"\n{note}" for note in table.notes)]) + "\n"


def to_json(table: Table) -> str:
    """Return name, title, headings, formatted rows and notes, for the report page."""
    content = {"name": table.name, "title": table.title, "headings": list(table.shown.columns)}
    content |= {"rows": table.shown.to_numpy().tolist(), "notes": list(table.notes)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def to_latex(table: Table) -> str:
    """Return a table environment with the notes under it; needs the packages booktabs and adjustbox."""
    cells = [table.shown.columns, *table.shown.to_numpy().tolist()]
    heading, *rows = [" & ".join(cell.translate(LATEX) for cell in row) + " \\\\\n" for row in cells]
    notes = "".join(f"\\par\\smallskip {note.translate(LATEX)}\n" for note in table.notes)
    return rf"""\begin{{table}}
\centering\footnotesize
\caption{{{table.title.translate(LATEX)}}}
\label{{tab:{table.name}}}
\begin{{adjustbox}}{{max width=\textwidth}}
\begin{{tabular}}{{{table.latex_columns or "l" + "r" * (len(table.shown.columns) - 1)}}}
\toprule
{heading}\midrule
{"".join(rows)}\bottomrule
\end{{tabular}}
\end{{adjustbox}}
{notes}\end{{table}}
"""
