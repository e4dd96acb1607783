"""How certain a share is: Wilson's interval over clips, and the bootstrap and permutation over subjects."""

from collections.abc import Callable

import numpy as np
from scipy.stats import bootstrap, norm, permutation_test, t
from statsmodels.stats.proportion import proportion_confint

CONFIDENCE = 0.95
RESAMPLES = 9999
RANDOM_SEED = 2026
FEWEST_SUBJECTS = 5  # with fewer there are at most 35 different resamples
BLOCK = 2**22  # numbers drawn at once, 32 MiB: memory stays flat in the number of subjects and resamples


def wilson_interval(share: float, clips: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share observed on `clips` independent clips (Wilson 1927).

    Several answers to the same clip count once: give their mean share. nan where there is no clip.
    """
    if clips == 0:
        return float("nan"), float("nan")
    low, high = proportion_confint(share * clips, clips, alpha=1 - CONFIDENCE, method="wilson")
    return float(low), float(high)


def subject_interval(counts: np.ndarray, measure: Callable[[np.ndarray], np.ndarray]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a measure of counts when whole subjects are drawn with replacement.

    counts: (subjects, ...), each subject's counts; measure: of the counts summed over the drawn subjects,
    (resamples, ...) -> (resamples,). nan for fewer than FEWEST_SUBJECTS subjects. Percentile interval, its level
    widened for few subjects as by Hesterberg, The American Statistician 69 (2015) 371-386, section 3.3.
    """
    subjects = len(counts)
    if subjects < FEWEST_SUBJECTS:
        return float("nan"), float("nan")
    interval = bootstrap(
        (np.arange(subjects),),
        lambda drawn, axis: measure(counts[drawn].sum(axis=drawn.ndim - 1)),
        n_resamples=RESAMPLES,
        batch=max(1, BLOCK // counts.size),
        vectorized=True,
        confidence_level=widen_level(subjects),
        method="percentile",
        rng=np.random.default_rng(RANDOM_SEED),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def widen_level(subjects: int) -> float:
    """Return the nominal level at which a percentile interval over so few subjects covers about 95 %.

    The bootstrap's spread is too small by sqrt((n - 1) / n), and its quantiles are normal where those of Student's
    t with n - 1 degrees of freedom would be right (Hesterberg 2015).
    """
    tail = (1 - CONFIDENCE) / 2
    return float(1 - 2 * norm.cdf(np.sqrt(subjects / (subjects - 1)) * t.ppf(tail, subjects - 1)))


def permute_subjects(first: np.ndarray, second: np.ndarray) -> float:
    """Return the two-sided p value of a difference when the two scores of any subject may be exchanged.

    first, second: (subjects,), scores whose sums are compared. All exchanges are tried where RESAMPLES allows
    (up to 13 subjects), else as many random ones. One subject alone shows nothing: p is 1.
    """
    if len(first) < 2:
        return 1.0
    result = permutation_test(
        (np.asarray(first, float), np.asarray(second, float)),
        lambda first, second, axis: first.sum(axis=axis) - second.sum(axis=axis),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=max(1, BLOCK // (2 * len(first))),
        vectorized=True,
        rng=np.random.default_rng(RANDOM_SEED),
    )
    return float(result.pvalue)
