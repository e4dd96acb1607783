"""What the paper does not state, and what this project does there."""

from collections.abc import Mapping, Sequence

import pandas as pd

from videofer.core.errors import UserError
from videofer.core.table_formats import NONE, Table
from videofer.report.audit.printed import read_rows


def audit_unstated(questions: Sequence[Mapping[str, str]], settings: Mapping[str, object]) -> Table:
    """Return each open question with what the paper says of it, what is done here and the keys that decide.

    questions: rows of unstated.csv; settings: values by dotted key, from `pick_settings`.
    """
    rows = []
    for row in questions:
        values = "; ".join(f"{key}: {show_value(settings[key])}" for key in row["keys"].split())
        claim = f"{row['question']} ({row['section']})"
        rows.append((claim, row["paper"], row["here"], values or f"{NONE} (no choice)"))
    headings = ["Question (section)", "The paper says", "Here", "Key and value in this run"]
    shown = pd.DataFrame(rows, columns=headings)
    data = shown.set_axis(["question", "paper", "here", "settings"], axis="columns")
    title = "What the paper leaves open"
    note = "Settings that the paper does state stand in the table of settings; config.yaml explains every key."
    return Table("table-audit-unstated", title, data, shown, (note,), "p{4.5cm}p{4cm}p{5cm}p{5cm}")


def pick_settings(config: Mapping, questions: str) -> dict[str, object]:
    """Return the values of the configuration that unstated.csv names, by dotted key, and no others.

    Raises UserError if a key does not exist.
    """
    settings = {}
    for key in (key for row in read_rows(questions) for key in row["keys"].split()):
        value = config
        for part in key.split("."):
            if part not in value:
                raise UserError(f"{questions}: the configuration has no key {key}.")
            value = value[part]
        settings[key] = value
    return settings


def show_value(value: object) -> str:
    """Return a setting as text; lists with commas."""
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
