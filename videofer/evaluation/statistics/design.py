"""Table 4.1 as the 2 x 2 design that it is: reconstruction loss (without, with) x loss of the LSTM (margin, CE)."""

from collections.abc import Mapping

import pandas as pd

from videofer.evaluation.statistics.answers import count_subjects
from videofer.evaluation.statistics.paired import measure_contrast

# Each effect: its cells with a plus, those with a minus, and the factor to the sum. A main effect is the mean of
# the two differences that its factor makes; the interaction is the difference between those two differences.
EFFECTS = {
    "reconstruction": (
        ("margin-reconstruction-margin", "margin-reconstruction-ce"), ("margin-margin", "margin-ce"), 0.5,
    ),
    "cross-entropy": (
        ("margin-ce", "margin-reconstruction-ce"), ("margin-margin", "margin-reconstruction-margin"), 0.5,
    ),
    "interaction": (
        ("margin-reconstruction-ce", "margin-margin"), ("margin-reconstruction-margin", "margin-ce"), 1.0,
    ),
}  # fmt: skip
CELLS = ("margin-margin", "margin-reconstruction-margin", "margin-reconstruction-ce", "margin-ce")
COLUMNS = ["model", "head", "effect", "difference", "low", "high", "permutation_p"]


def measure_design(answers: pd.DataFrame) -> pd.DataFrame:
    """Return each effect per model and head, as a share, with interval and p value over subjects.

    Models of which not all four cells were trained have no rows.
    """
    rows = []
    for (model, head), group in answers.groupby(["model", "head"], sort=False):
        if not set(CELLS) <= set(group.variant):
            continue
        correct, n = count_subjects(group[group.variant.isin(CELLS)], "variant")
        for effect, (plus, minus, weight) in EFFECTS.items():
            contrast = measure_contrast(correct, n, plus, minus, weight)
            rows.append({"model": model, "head": head, "effect": effect} | contrast)
    return pd.DataFrame(rows, columns=COLUMNS)


def effect_of(accuracy: Mapping[str, float], effect: str) -> float:
    """Return an effect in the four accuracies of the design, in their unit."""
    plus, minus, weight = EFFECTS[effect]
    return weight * (sum(accuracy[cell] for cell in plus) - sum(accuracy[cell] for cell in minus))
