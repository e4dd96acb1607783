"""Which printed claims of the paper can be true: each claim with its computation, from workflow/reference/."""

import csv
from collections.abc import Mapping
from pathlib import Path

from videofer.core.errors import UserError


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of a reference table as text; an empty field stays empty."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
