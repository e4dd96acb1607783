"""Which columns of a formatted table hold numbers, and by what value each of their cells sorts."""

import math
import re
from collections.abc import Sequence

from videofer.core.table_formats import DASH, MINUS, NONE

# A number as the tables print it: 0.44, −9.21, +3.1, < 0.001, 12,345, 56.25 (54/96), 46.3–65.7, 54 of 96, 5 %.
NUMBER = re.compile(
    rf"(?P<bound>[<>≤≥]?)\s*(?P<number>[+\-{MINUS}]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
    rf"\s*%?(?:\s*[(\[/±{DASH}].*|\s+(?:of|to)\s.*)?"
)
EMPTY = {"", NONE, "-", "n/a"}


def sort_value(text: str) -> float | None:
    """Return the number that a cell starts with (just below or above it after < or >), or None."""
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    value = float(match["number"].replace(MINUS, "-").replace(",", ""))
    towards = {"<": -math.inf, "≤": value, ">": math.inf, "≥": value}
    return math.nextafter(value, towards.get(match["bound"], value))


def column_values(cells: Sequence[str]) -> list[float | None] | None:
    """Return the sort values of a column of numbers (None for an empty cell); None for a column of words."""
    values = [None if cell.strip() in EMPTY else sort_value(cell) for cell in cells]
    words = any(value is None and cell.strip() not in EMPTY for value, cell in zip(values, cells, strict=True))
    return None if words or all(value is None for value in values) else values
