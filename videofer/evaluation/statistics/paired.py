"""Do two variants, or the two heads, differ? Answers to the same clips of the same subjects."""

from collections.abc import Iterable, Sequence
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
    second are variants, or heads, where they are the heads of `variant`. The other columns are those of
    `compare_pairs`; *_holm: p after Holm's correction over the family.
    """
    rows = []
    for model, group in answers.groupby("model", sort=False):
        voted = combined[combined.model == model]
        for head, part in group.groupby("head", sort=False):
            family = {"model": model, "family": head}
            pairs = compare_pairs(part, voted[voted["head"] == head], "variant")
            rows += correct_family([family | row for row in pairs])
        heads = []
        for variant, part in group.groupby("variant", sort=False):
            family = {"model": model, "family": "heads", "variant": variant}
            heads += [family | row for row in compare_pairs(part, voted[voted.variant == variant], "head")]
        rows += correct_family(heads)
    return pd.DataFrame(rows, columns=COLUMNS)


def compare_pairs(
    answers: pd.DataFrame, combined: pd.DataFrame, by: str, pairs: Iterable[tuple[str, str]] | None = None
) -> list[dict]:
    """Return the comparison of some pairs, or of every pair, of values of the column `by`.

    clips, only_first, only_second (clips that one side alone got right) and mcnemar_p count one answer a clip, of
    `combined`; difference (first - second, a share), its interval low to high and permutation_p over subjects take
    the answers of all seeds.
    """
    correct, n = count_subjects(answers, by)
    right = combined.pivot(index="clip", columns=by, values="right").astype(bool)
    rows = []
    for first, second in combinations(correct.columns, 2) if pairs is None else pairs:
        only_first, only_second = (right[first] & ~right[second]).sum(), (right[second] & ~right[first]).sum()
        discordant = {"clips": len(right), "only_first": int(only_first), "only_second": int(only_second)}
        tests = {"mcnemar_p": mcnemar_p(only_first, only_second)}
        tests |= measure_contrast(correct, n, [first], [second])
        rows.append({"first": first, "second": second} | discordant | tests)
    return rows


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar (1947) for the clips that one side alone got right, by counts."""
    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def measure_contrast(
    correct: pd.DataFrame, n: np.ndarray, plus: Sequence[str], minus: Sequence[str], weight: float = 1.0
) -> dict[str, float]:
    """Return weight x (sum of the accuracies of `plus` - that of `minus`) with interval and p over subjects.

    correct: right answers of every subject (rows) in every cell (columns); n: (subjects,) answers in one cell.
    """
    first, second = correct[list(plus)].sum(axis=1).to_numpy(), correct[list(minus)].sum(axis=1).to_numpy()

    def difference(counts: np.ndarray) -> np.ndarray:
        return weight * (counts[..., 0] - counts[..., 1]) / counts[..., 2]

    counts = np.stack([first, second, n], axis=1)
    low, high = subject_interval(counts, difference)
    contrast = {"difference": float(difference(counts.sum(axis=0))), "low": low, "high": high}
    return contrast | {"permutation_p": permute_subjects(first, second)}


def correct_family(rows: Sequence[dict]) -> list[dict]:
    """Add to each row its two p values after Holm's step-down correction (Holm 1979) over all of the rows."""
    rows = list(rows)
    for test in ("mcnemar", "permutation") if rows else ():
        corrected = multipletests([row[f"{test}_p"] for row in rows], method="holm")[1]
        rows = [row | {f"{test}_holm": float(p)} for row, p in zip(rows, corrected, strict=True)]
    return rows
