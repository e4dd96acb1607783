"""What the paper prints, read exactly: decimals stay decimals, so that 68.30 has two places."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from videofer.core.errors import UserError
from videofer.core.study import FULL_VARIANT, VARIANTS

PAPER_MODEL = "Capsule-LSTM"  # repeated in Table 4.2; its accuracy is Table 4.1's full variant


@dataclass(frozen=True)
class Printed:
    """One printed accuracy in per cent and where it stands; `name` is the variant (4.1) or the model (4.2)."""

    table: str
    name: str
    percent: Decimal

    @property
    def label(self) -> str:
        """The losses of a variant, such as 'margin + reconstruction, LSTM margin', or the model's name."""
        if self.table == "4.2":
            return self.name
        losses = VARIANTS[self.name]
        return f"margin{' + reconstruction' * losses.reconstruction}, LSTM {losses.sequence}"


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of a reference table as text; an empty field stays empty."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_printed(losses: str | Path, models: str | Path) -> list[Printed]:
    """Return the accuracies of Tables 4.1 and 4.2 in the paper's order, the paper's own model once.

    Raises UserError if the two tables disagree about the paper's own model.
    """
    variants = [Printed("4.1", row["variant"], Decimal(row["accuracy_percent"])) for row in read_rows(losses)]
    others = [Printed("4.2", row["model"], Decimal(row["quoted_percent"])) for row in read_rows(models)]
    own = {entry.name: entry.percent for entry in (*variants, *others)}
    if own.get(PAPER_MODEL) != own.get(FULL_VARIANT):
        raise UserError(f"{models}: {PAPER_MODEL} must have the accuracy that {losses} gives for {FULL_VARIANT}.")
    return variants + [entry for entry in others if entry.name != PAPER_MODEL]


def read_constants(path: str | Path) -> Mapping[str, Decimal]:
    """Return the numbers that the paper states, by key."""
    return {row["key"]: Decimal(row["value"]) for row in read_rows(path)}
