"""Do two variants, or the two heads, differ? Answers to the same clips, by the same people."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from videofer.evaluation.statistics.answers import count_subjects
from videofer.evaluation.statistics.intervals import permute_subjects, subject_interval

COLUMNS = ["model", "family", "variant", "first", "second", "clips", "only_first", "only_second", "mcnemar_p"]
COLUMNS += ["mcnemar_holm", "difference", "low", "high", "permutation_p", "permutation_holm"]


def compare_variants(answers: pd.DataFrame, combined: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of every pair of variants (for each head), and of the two heads (for each variant).

    answers: of `list_answers`; combined: of `combine_seeds`. `family` is sequence or capsule, where first and
    second are variants, or heads, where they are the heads of `variant`. clips, only_first, only_second and
    McNemar's exact p count one answer a clip; difference (first - second, a share), its interval and the
    permutation p over subjects take the answers of all seeds. *_holm: after Holm's correction over the family.
    """
    families = []
    for model, group in answers.groupby("model", sort=False):
        voted = combined[combined.model == model]
        for head, part in group.groupby("head", sort=False):
            families.append(_compare_all(part, voted[voted["head"] == head], "variant"))
            families[-1] = [{"model": model, "family": head} | row for row in families[-1]]
        heads = [
            {"model": model, "family": "heads", "variant": variant} | row
            for variant, part in group.groupby("variant", sort=False)
            for row in _compare_all(part, voted[voted.variant == variant], "head")
        ]
        families.append(heads)
    return pd.DataFrame([row for family in families for row in correct_family(family)], columns=COLUMNS)


def _compare_all(answers: pd.DataFrame, combined: pd.DataFrame, by: str) -> list[dict]:
    correct, n = count_subjects(answers, by)
    right = combined.pivot(index="clip", columns=by, values="right").astype(bool)
    rows = []
    for first, second in combinations(correct.columns, 2):
        row = {"first": first, "second": second} | count_discordant(right[first], right[second])
        rows.append(row | measure_contrast(correct, n, [first], [second]))
    return rows


def count_discordant(first: pd.Series, second: pd.Series) -> dict:
    """Return the clips, those that one side alone got right, and McNemar's exact two-sided p value.

    first, second: (clips,) bool, right or not. The test is the sign test on the discordant clips (McNemar 1947).
    """
    table = pd.crosstab(first, second).reindex(index=[True, False], columns=[True, False], fill_value=0).to_numpy()
    p = mcnemar(table, exact=True).pvalue
    return {
        "clips": len(first),
        "only_first": int(table[0, 1]),
        "only_second": int(table[1, 0]),
        "mcnemar_p": float(p),
    }


def measure_contrast(
    correct: pd.DataFrame, n: np.ndarray, plus: Sequence[str], minus: Sequence[str], weight: float = 1.0
) -> dict:
    """Return weight x (sum of the accuracies of `plus` - that of `minus`) with interval and p over subjects.

    correct: right answers of every subject (rows) in every cell (columns); n: (subjects,) answers in one cell.
    """
    first, second = correct[list(plus)].sum(axis=1).to_numpy(), correct[list(minus)].sum(axis=1).to_numpy()

    def difference(counts: np.ndarray) -> np.ndarray:
        return weight * (counts[..., 0] - counts[..., 1]) / counts[..., 2]

    counts = np.stack([first, second, n], axis=1)
    low, high = subject_interval(counts, difference)
    return {
        "difference": float(difference(counts.sum(axis=0))),
        "low": low,
        "high": high,
        "permutation_p": permute_subjects(first, second),
    }


def correct_family(rows: Sequence[Mapping]) -> list[dict]:
    """Add to each row its two p values after Holm's step-down correction (Holm 1979) over all of the rows."""
    if not rows:
        return []
    corrected = {
        f"{test}_holm": multipletests([row[f"{test}_p"] for row in rows], method="holm")[1]
        for test in ("mcnemar", "permutation")
    }
    return [
        row | {name: float(values[i]) for name, values in corrected.items()}
        for i, row in enumerate(map(dict, rows))
    ]
