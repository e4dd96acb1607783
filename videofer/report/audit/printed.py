"""What the paper prints, read exactly: decimals stay decimals, so that 68.30 has two places."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from videofer.core.errors import UserError

OWN_MODEL = "Capsule-LSTM"  # repeated in Table 4.2; its accuracy is Table 4.1's full variant
FULL_VARIANT = "margin-reconstruction-ce"
LOSSES = {"margin": "margin", "ce": "cross-entropy"}  # of the LSTM, as the variants' names end


@dataclass(frozen=True)
class Printed:
    """One printed accuracy in per cent and where it stands; `name` is the variant (4.1) or the model (4.2)."""

    table: str
    name: str
    percent: Decimal

    @property
    def label(self) -> str:
        """The row's short name: the losses of a variant, or the model as the paper writes it."""
        return describe_variant(self.name) if self.table == "4.1" else self.name


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
    if own.get(OWN_MODEL) != own.get(FULL_VARIANT):
        raise UserError(f"{models}: {OWN_MODEL} must have the accuracy that {losses} gives for {FULL_VARIANT}.")
    return variants + [entry for entry in others if entry.name != OWN_MODEL]


def read_constants(path: str | Path) -> Mapping[str, Decimal]:
    """Return the numbers that the paper states, by key."""
    return {row["key"]: Decimal(row["value"]) for row in read_rows(path)}


def describe_variant(variant: str) -> str:
    """Name the losses of a row of Table 4.1, such as 'margin + reconstruction, LSTM cross-entropy'."""
    encoder, *middle, sequence = variant.split("-")
    return f"{' + '.join([encoder, *middle])}, LSTM {LOSSES[sequence]}"
