"""Table 4.1 as the 2 x 2 design that it is: reconstruction loss (without, with) x loss of the LSTM (margin, CE)."""

from collections.abc import Callable, Mapping

import pandas as pd

from videofer.core.study import VARIANTS, Variant
from videofer.evaluation.statistics.answers import count_subjects
from videofer.evaluation.statistics.paired import measure_contrast

COLUMNS = ["model", "head", "effect", "difference", "low", "high", "permutation_p"]


def _contrast(positive: Callable[[Variant], bool], weight: float) -> tuple[list[str], list[str], float]:
    plus = [name for name, losses in VARIANTS.items() if positive(losses)]
    return plus, [name for name in VARIANTS if name not in plus], weight


# Each effect: its variants with a plus, those with a minus, and the factor to the sum. A main effect is the mean of
# the two differences that its factor makes; the interaction is the difference between those two differences.
EFFECTS = {
    "reconstruction": _contrast(lambda losses: losses.reconstruction, 0.5),
    "cross-entropy": _contrast(lambda losses: losses.sequence == "cross-entropy", 0.5),
    "interaction": _contrast(lambda losses: losses.reconstruction == (losses.sequence == "cross-entropy"), 1.0),
}


def measure_design(answers: pd.DataFrame) -> pd.DataFrame:
    """Return each effect per model and head, as a share, with interval and p value over subjects.

    Models of which not all four variants were trained have no rows.
    """
    rows = []
    for (model, head), group in answers.groupby(["model", "head"], sort=False):
        if set(VARIANTS) <= set(group.variant):
            correct, n = count_subjects(group[group.variant.isin(list(VARIANTS))], "variant")
            for effect, (plus, minus, weight) in EFFECTS.items():
                contrast = measure_contrast(correct, n, plus, minus, weight)
                rows.append({"model": model, "head": head, "effect": effect} | contrast)
    return pd.DataFrame(rows, columns=COLUMNS)


def effect_of(accuracy: Mapping[str, float], effect: str) -> float:
    """Return an effect in the accuracies of the four variants, in their unit."""
    plus, minus, weight = EFFECTS[effect]
    return weight * (sum(accuracy[name] for name in plus) - sum(accuracy[name] for name in minus))
