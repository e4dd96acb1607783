"""The smallest difference in accuracy that so many clips can show, by McNemar's test at the 5 % level."""

import math

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binom, norm

PAPER_CLIPS = 208  # section 4.1
LEVEL = 0.05
POWER = 0.8
COLUMNS = ["model", "head", "clips", "pairs", "discordant", "significant", "best", "detectable", "exact_power"]


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
    return pd.DataFrame(rows, columns=COLUMNS)


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
