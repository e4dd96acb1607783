"""What the paper says in numbers, recomputed, and what it does not say."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import exp, log

import pandas as pd

from videofer.core.errors import UserError
from videofer.core.table_formats import NONE, Table, show
from videofer.report.audit.printed import Printed, least_clips

BYTE = 255  # the largest grey value of a picture of 8 bits
PLAIN_GREY = 1 / 12  # mean squared error of drawing 0.5 for grey values spread evenly over 0..1: their variance
SERIES = 3  # layers whose receptive field is compared with that of one layer


def audit_statements(
    statements: Sequence[Mapping[str, str]], printed: Sequence[Printed], constants: Mapping[str, Decimal]
) -> Table:
    """Return each formula or sentence with its computation; the numbers in braces are filled in from `list_facts`.

    statements: rows of statements.csv. Raises UserError if one names a number that does not exist.
    """
    facts = list_facts(printed, constants)
    rows = []
    for row in statements:
        try:
            filled = [row[key].format_map(facts) for key in ("computation", "verdict")]
        except KeyError as unknown:
            name = unknown.args[0]
            raise UserError(f"statements.csv: '{row['quote']}' names {name}, not a known number.") from None
        rows.append((f"“{row['quote']}” ({row['section']})", *filled))
    shown = pd.DataFrame(rows, columns=["Claim", "Computation", "Verdict"])
    title = "Do formulae, sentences and numbers agree?"
    notes = ("Sabour et al.: Dynamic routing between capsules, arXiv 1710.09829, the paper's reference 15.",)
    columns = "p{4.5cm}p{8.5cm}p{4.5cm}"
    return Table("table-audit-statements", title, shown.rename(columns=str.lower), shown, notes, columns)


def list_facts(printed: Sequence[Printed], constants: Mapping[str, Decimal]) -> dict[str, str]:
    """Return every number a statement may name, formatted: the paper's constants and what follows from them."""
    numbers = {key: float(value) for key, value in constants.items()}
    best = max(entry.percent for entry in printed if entry.table == "4.1")
    second = max((entry for entry in printed if entry.table == "4.2"), key=lambda entry: entry.percent)
    gap = best - second.percent
    originals, mirrored, rotations = (int(numbers[key]) for key in ("originals", "mirror_images", "rotations"))
    versions = originals + mirrored + rotations  # of a clip: the mirror image is not rotated (section 4.1)
    units, inputs, kernel = (int(numbers[key]) for key in ("lstm", "expressions", "kernel"))
    field = SERIES * (kernel - 1) + 1  # receptive field of stacked small convolutions (section 3.1)
    facts = {
        "best": str(best),
        "runner_up": str(second.percent),
        "runner_up_name": second.name,
        "gap": str(gap),
        "gap_clips": show(float(gap * int(numbers["clips"]) / 100), 1),
        "least_clips": str(least_clips()),
        "versions": str(versions),
        "augmented": f"{versions * numbers['clips']:,.0f}",
        "versions_all": f"{(originals + mirrored) * (1 + rotations)}",
        "lstm_weights": f"{4 * units * (inputs + units + 1):,}",
        "series": str(SERIES),
        "series_field": str(field),
        "series_weights": str(SERIES * kernel**2),
        "single_weights": str(field**2),
    }
    return {key: str(value) for key, value in constants.items()} | facts | weigh_losses(numbers)


def weigh_losses(numbers: Mapping[str, float]) -> dict[str, str]:
    """Return what a softmax makes of capsule lengths in 0..1 (section 3.1), and the losses at the start (3.2).

    The reconstruction loss is given by each of its readings.
    """
    classes, upper, lower = numbers["expressions"], exp(numbers["upper_margin"]), exp(numbers["lower_margin"])
    others = classes - 1
    softmax = {
        "softmax_least": 1 / (1 + others * exp(1)),
        "softmax_most": exp(1) / (exp(1) + others),
        "softmax_rest": 1 / (exp(1) + others),
        "softmax_aim": upper / (upper + others * lower),
        "softmax_aim_rest": lower / (upper + others * lower),
        "softmax_even": 1 / classes,
    }
    factor, pixels, plain = numbers["reconstruction_weight"], numbers["side"] ** 2, log(classes)
    half, term = numbers["cross_entropy_weight"] * plain, factor * PLAIN_GREY
    return {key: show(value, 3) for key, value in softmax.items()} | {
        "pixels": f"{pixels:,.0f}",
        "count_error": f"{(pixels - 1) ** 2:,.0f}",
        "mse": show(PLAIN_GREY, 3),
        "mean_term": show(term, 6),
        "mean_ratio": f"{round(half / term, -2):,.0f}",
        "sum_factor": show(factor * pixels, 3),
        "sum_term": show(term * pixels, 3),
        "byte_term": show(term * BYTE**2, 2),
        "ce_plain": show(plain, 3),
        "ce_chance": show(half, 3),
        "margin_start": show(numbers["upper_margin"] ** 2, 2),
    }


def audit_unstated(questions: Sequence[Mapping[str, str]], settings: Mapping[str, object]) -> Table:
    """Return each open question with what the paper says of it, what is done here and the keys that decide.

    questions: rows of unstated.csv; settings: values by dotted key, from `pick_settings`.
    """
    words = {key: ", ".join(map(str, v)) if isinstance(v, list) else str(v) for key, v in settings.items()}
    rows = []
    for row in questions:
        values = "; ".join(f"{key}: {words[key]}" for key in row["keys"].split())
        claim = f"{row['question']} ({row['section']})"
        rows.append((claim, row["paper"], row["here"], values or f"{NONE} (no choice)"))
    headings = ["Question (section)", "The paper says", "Here", "Key and value in this run"]
    shown = pd.DataFrame(rows, columns=headings)
    data = shown.set_axis(["question", "paper", "here", "settings"], axis="columns")
    title = "What the paper leaves open"
    note = "Settings that the paper does state stand in the table of settings; config.yaml explains every key."
    return Table("table-audit-unstated", title, data, shown, (note,), "p{4.5cm}p{4cm}p{5cm}p{5cm}")
