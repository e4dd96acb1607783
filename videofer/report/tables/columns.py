"""How the cells of a column follow from a row of metrics, for the columns that several tables have."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import NONE, show_bounds, show_p, show_percent
from videofer.report.tables.wording import name_run

Cell = Callable[[dict], str]


def show_rows(rows: Iterable[dict], columns: Mapping[str, Cell]) -> pd.DataFrame:
    """Return the formatted rows; columns: heading -> the function from a row to its cell."""
    return pd.DataFrame([{heading: cell(row) for heading, cell in columns.items()} for row in rows])


def percent(key: str, digits: int = 1, signed: bool = False) -> Cell:
    """Return the cells of a share in per cent, or of a difference of shares in points."""
    return lambda row: show_percent(row[key], digits, signed)


def bounds(low: str, high: str, signed: bool = False) -> Cell:
    """Return the cells of an interval of shares in per cent."""
    return lambda row: show_bounds(row[low], row[high], signed)


def p_value(test: str) -> Cell:
    """Return the cells of a test's p value, in brackets after Holm's correction; a dash where there was no test."""

    def cell(row: dict) -> str:
        p, holm = row[f"{test}_p"], row[f"{test}_holm"]
        return NONE if math.isnan(p) else f"{show_p(p)} ({show_p(holm)})"

    return cell


def within(key: str, cell: Cell) -> Cell:
    """Return the cells of a row within the row, or a dash where it is None: not trained, or without that head."""
    return lambda row: cell(row[key]) if row[key] else NONE


def name_variant(row: dict) -> str:
    """Return the cell of a row's variant."""
    return name_run(row["model"], row["variant"])


def name_head(row: dict) -> str:
    """Return the cell of a row's head."""
    return HEADS[row["head"]].name


def pair_heads(table: pd.DataFrame, keys: Sequence[str]) -> Iterator[dict]:
    """Yield each row of the sequence head with the capsule head's row of the same keys, or None, as `capsule`."""
    for _, group in table.groupby(list(keys), sort=False):
        heads = {row["head"]: row for row in group.to_dict("records")}
        yield heads["sequence"] | {"capsule": heads.get("capsule")}


def scale_shares(row: dict | None, plain: Sequence[str], shares: Sequence[str]) -> dict:
    """Return counts as they are and shares times 100, with their unit as a suffix; nan throughout for no row."""
    row = row or dict.fromkeys((*plain, *shares), math.nan)
    units = {key: "points" if key == "seed_sd" or "difference" in key else "percent" for key in shares}
    return {key: row[key] for key in plain} | {f"{key}_{unit}": 100 * row[key] for key, unit in units.items()}
