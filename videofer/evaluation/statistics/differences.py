"""Do two variants, or the two heads, differ? Pairs, the 2 x 2 design of Table 4.1, what so many clips show."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binom, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from videofer.core.study import VARIANTS, Variant
from videofer.evaluation.statistics.answers import count_subjects
from videofer.evaluation.statistics.intervals import permute_subjects, subject_interval

PAPER_CLIPS = 208  # section 4.1
LEVEL = 0.05
POWER = 0.8
PAIR_COLUMNS = ["model", "family", "variant", "first", "second", "clips", "only_first", "only_second", "mcnemar_p"]
PAIR_COLUMNS += ["mcnemar_holm", "difference", "low", "high", "permutation_p", "permutation_holm"]
DESIGN_COLUMNS = ["model", "head", "effect", "difference", "low", "high", "permutation_p"]


def _contrast(positive: Callable[[Variant], bool], weight: float) -> tuple[list[str], list[str], float]:
    plus = [name for name, losses in VARIANTS.items() if positive(losses)]
    return plus, [name for name in VARIANTS if name not in plus], weight


# Reconstruction loss (without, with) x loss of the LSTM (margin, cross-entropy). Each effect: its variants with a
# plus, those with a minus, and the factor to the sum. A main effect is the mean of the two differences that its
# factor makes; the interaction is the difference between those two differences.
EFFECTS = {
    "reconstruction": _contrast(lambda losses: losses.reconstruction, 0.5),
    "cross-entropy": _contrast(lambda losses: losses.sequence == "cross-entropy", 0.5),
    "interaction": _contrast(lambda losses: losses.reconstruction == (losses.sequence == "cross-entropy"), 1.0),
}


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
            pairs = compare_pairs(part, voted[voted["head"] == head], "variant")
            rows += correct_family([{"model": model, "family": head} | row for row in pairs])
        heads = [
            {"model": model, "family": "heads", "variant": variant} | row
            for variant, part in group.groupby("variant", sort=False)
            for row in compare_pairs(part, voted[voted.variant == variant], "head")
        ]
        rows += correct_family(heads)
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


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
    for first, second in combinations(correct, 2) if pairs is None else pairs:
        only_first, only_second = (right[first] & ~right[second]).sum(), (right[second] & ~right[first]).sum()
        row = {"first": first, "second": second, "clips": len(right)}
        row |= {"only_first": int(only_first), "only_second": int(only_second)}
        row |= {"mcnemar_p": mcnemar_p(only_first, only_second)}
        rows.append(row | measure_contrast(correct, n, [first], [second]))
    return rows


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar (1947) for the clips that one side alone got right, by counts."""
    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def measure_contrast(
    correct: Mapping[str, np.ndarray],
    n: np.ndarray,
    plus: Sequence[str],
    minus: Sequence[str],
    weight: float = 1.0,
) -> dict[str, float]:
    """Return weight x (sum of the accuracies of `plus` - that of `minus`), interval over subjects and seeds, and p.

    correct: right answers (subjects, seeds) in each cell; n: (subjects, seeds), answers in one cell. p: exact, from
    exchanging the two sides of any subject, with the answers of all seeds together.
    """
    first, second = (sum(correct[cell] for cell in side) for side in (plus, minus))

    def difference(counts: np.ndarray) -> np.ndarray:
        return weight * (counts[..., 0] - counts[..., 1]) / counts[..., 2]

    counts = np.stack([first, second, n], axis=-1)
    low, high = subject_interval(counts, difference)
    contrast = {"difference": float(difference(counts.sum(axis=(0, 1)))), "low": low, "high": high}
    return contrast | {"permutation_p": permute_subjects(first.sum(1), second.sum(1))}


def correct_family(rows: Sequence[dict]) -> list[dict]:
    """Add to each row its two p values after Holm's step-down correction (Holm 1979) over all of the rows."""
    rows = list(rows)
    for test in ("mcnemar", "permutation") if rows else ():
        corrected = multipletests([row[f"{test}_p"] for row in rows], method="holm")[1]
        rows = [row | {f"{test}_holm": float(p)} for row, p in zip(rows, corrected, strict=True)]
    return rows


def measure_design(answers: pd.DataFrame) -> pd.DataFrame:
    """Return each of EFFECTS per model and head, as a share, with interval and p value over subjects.

    Models of which not all four variants were trained have no rows.
    """
    rows = []
    for (model, head), group in answers.groupby(["model", "head"], sort=False):
        if set(VARIANTS) <= set(group.variant):
            correct, n = count_subjects(group[group.variant.isin(list(VARIANTS))], "variant")
            for effect, (plus, minus, weight) in EFFECTS.items():
                contrast = measure_contrast(correct, n, plus, minus, weight)
                rows.append({"model": model, "head": head, "effect": effect} | contrast)
    return pd.DataFrame(rows, columns=DESIGN_COLUMNS)


def effect_of(accuracy: Mapping[str, float], effect: str) -> float:
    """Return an effect in the accuracies of the four variants, in their unit."""
    plus, minus, weight = EFFECTS[effect]
    return weight * (sum(accuracy[name] for name in plus) - sum(accuracy[name] for name in minus))


def measure_resolution(answers: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return, per model and head, for this run's clips and for the paper's 208, what differences they can show.

    answers: of `list_answers`; comparisons: of `compare_variants`. discordant: share of the clips that one of two
    variants alone gets right, the mean over the pairs of variants. significant: smallest difference with p < 0.05
    at that share; best: the same if all discordant clips favour one side and no others are discordant; detectable:
    the difference found in 80 % of studies; exact_power: how often the exact test finds it. All are shares of the
    clips; nan where there is none.
    """
    rows = []
    for (model, head), group in answers.groupby(["model", "head"], sort=False):
        pairs = comparisons[(comparisons.model == model) & (comparisons.family == head)]
        share = float(((pairs.only_first + pairs.only_second) / pairs.clips).mean())
        for n in dict.fromkeys((group["clip"].nunique(), PAPER_CLIPS)):
            detectable = detectable_difference(n, share)
            rows.append(
                {"model": model, "head": head, "clips": n, "pairs": len(pairs), "discordant": share}
                | {"significant": significant_difference(share, n), "best": best_difference(n)}
                | {"detectable": detectable, "exact_power": exact_power(n, share, detectable)}
            )
    return pd.DataFrame(rows)


def significant_difference(share: float, clips: int) -> float:
    """Return the smallest difference that the exact test calls significant at this share of discordant clips.

    nan if there is none, or if the share is unknown (nan).
    """
    if math.isnan(share):
        return math.nan
    discordant = round(share * clips)
    rarer = critical_count(np.array([discordant]))[0]
    return float(discordant - 2 * rarer) / clips if rarer >= 0 else math.nan


def best_difference(clips: int) -> float:
    """Return the smallest significant difference if all discordant clips favour one side; nan with too few clips.

    That takes 6 clips at the 5 % level, as 2 x 0.5^6 = 0.031.
    """
    enough = np.flatnonzero(critical_count(np.arange(clips + 1)) >= 0)
    return enough[0] / clips if len(enough) else math.nan


def critical_count(discordant: np.ndarray) -> np.ndarray:
    """Return the largest count of the rarer side at which the exact two-sided p is at most 0.05; -1 if none."""
    candidate = binom.ppf(LEVEL / 2, discordant, 0.5)
    return np.where(2 * binom.cdf(candidate, discordant, 0.5) <= LEVEL, candidate, candidate - 1).astype(int)


def required_clips(discordant: float, difference: float) -> float:
    """Return the clips with which McNemar's test finds a difference with 80 % power.

    discordant: share of clips that one side alone gets right; difference: between the two sides, at most that.
    Miettinen, Biometrics 24 (1968) 339-352; Connor, Biometrics 43 (1987) 207-211, p. 209.
    """
    z_level, z_power = norm.ppf(1 - LEVEL / 2), norm.ppf(POWER)
    root = z_level * math.sqrt(discordant) + z_power * math.sqrt(discordant - difference**2)
    return (root / difference) ** 2


def detectable_difference(clips: int, discordant: float) -> float:
    """Return the difference that `clips` clips show with 80 % power; nan if not even the largest possible one."""
    if not discordant > 0 or required_clips(discordant, discordant) > clips:
        return math.nan
    return brentq(lambda difference: required_clips(discordant, difference) - clips, 1e-6, discordant)


def exact_power(clips: int, discordant: float, difference: float) -> float:
    """Return the probability that McNemar's exact test is significant, over all counts that may be observed."""
    if math.isnan(difference):
        return math.nan
    counts = np.arange(clips + 1)
    favoured = (discordant + difference) / (2 * discordant)  # share of the discordant clips
    critical = critical_count(counts)
    rejected = binom.cdf(critical, counts, favoured) + binom.cdf(critical, counts, 1 - favoured)
    return float((binom.pmf(counts, clips, discordant) * rejected).sum())
