"""Show rows as one table, and keep them with the machine that they were measured on."""

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

MARKS = {True: "met", False: "missed", None: ""}


def show(rows: Iterable[Row]) -> list[Row]:
    """Print each row as soon as it is there, then all as one table; return them."""
    console, shown = Console(width=150), []
    for row in rows:
        console.print(f"{row.name}: {row.ratio:.3g} of {row.opponent}", highlight=False)
        shown.append(row)
    table = Table("what", "against", "ours", "theirs", "unit", "ratio", "smallest to largest", "bar", "")
    for row in shown:
        bar = "" if row.bar is None else f"{row.bar:g}"
        spread = f"{row.low:.3g} to {row.high:.3g}"
        figures = f"{row.ours:.3g}", f"{row.against:.3g}", row.unit, f"{row.ratio:.3g}"
        table.add_row(row.name, row.opponent, *figures, spread, bar, MARKS[row.met])
    console.print(table)
    return shown


def keep(rows: Iterable[Row], path: Path, device: str = "cpu") -> None:
    """Write rows as JSON with the hardware and the versions of what was measured."""
    import torch

    from videofer.core import __version__
    from videofer.training.hardware import describe_hardware

    versions = {"videofer": __version__, "torch": torch.__version__, "python": platform.python_version()}
    record = {"hardware": describe_hardware(device), "versions": versions, "rows": [asdict(row) for row in rows]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
