"""How certain a share is: Wilson's interval over clips, and the bootstrap and permutation over subjects."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm

import numpy as np
from scipy.stats import norm, t

CONFIDENCE = 0.95
RESAMPLES = 9999
RANDOM_SEED = 2026
FEWEST_SUBJECTS = 5  # with fewer there are at most 35 different resamples
LARGEST_DENOMINATOR = 1000  # of a subject's score: answers to a clip that are averaged
BLOCK = 2**22  # numbers drawn at once, 32 MiB: memory stays flat in the number of subjects and resamples


def wilson_interval(share: float, clips: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share observed on `clips` independent clips (Wilson 1927).

    Several answers to the same clip count once: give their mean share. nan where there is no clip.
    """
    if clips == 0:
        return float("nan"), float("nan")
    from statsmodels.stats.proportion import proportion_confint  # not in the base install, which draws people alone

    low, high = proportion_confint(share * clips, clips, alpha=1 - CONFIDENCE, method="wilson")
    return float(low), float(high)


def pooled_share(counts: np.ndarray) -> np.ndarray:
    """Return right answers / answers; counts: (..., 2)."""
    return counts[..., 0] / counts[..., 1]


def mean_recall(counts: np.ndarray) -> np.ndarray:
    """Return the unweighted mean recall of the classes that occur; counts: (..., classes, 2)."""
    with np.errstate(invalid="ignore"):
        return np.nanmean(counts[..., 0] / counts[..., 1], axis=-1)


def subject_interval(
    counts: np.ndarray, measure: Callable[[np.ndarray], np.ndarray], fewest: int = FEWEST_SUBJECTS
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a measure of counts when whole subjects, and seeds, are drawn again.

    counts: (subjects, seeds, ...), of each subject by each seed; measure: of the counts summed over what was drawn,
    (resamples, ...) -> (resamples,). Subjects and seeds are drawn with replacement, independently of each other
    (Owen, Annals of Applied Statistics 1 (2007) 386-411). nan for fewer than `fewest`
    subjects. Percentile interval, its level widened for few subjects as by Hesterberg, The American Statistician 69
    (2015) 371-386, section 3.3.
    """
    subjects, seeds = counts.shape[:2]
    if subjects < fewest:
        return float("nan"), float("nan")

    people, again = (np.random.default_rng([RANDOM_SEED, number]) for number in (0, 1))
    size, measured = max(1, BLOCK // counts.size), []
    for start in range(0, RESAMPLES, size):
        draws = min(size, RESAMPLES - start)
        summed = counts[people.integers(0, subjects, (draws, subjects))].sum(axis=1)  # (draws, seeds, ...)
        drawn = again.integers(0, seeds, (draws, seeds))
        measured.append(measure(summed[np.arange(draws)[:, None], drawn].sum(axis=1)))
    tail = (1 - widen_level(subjects)) / 2
    low, high = np.quantile(np.concatenate(measured), [tail, 1 - tail])
    return float(low), float(high)


def widen_level(subjects: int) -> float:
    """Return the nominal level at which a percentile interval over so few subjects covers about 95 %.

    The bootstrap's spread is too small by sqrt((n - 1) / n), and its quantiles are normal where those of Student's
    t with n - 1 degrees of freedom would be right (Hesterberg 2015).
    """
    tail = (1 - CONFIDENCE) / 2
    return float(1 - 2 * norm.cdf(np.sqrt(subjects / (subjects - 1)) * t.ppf(tail, subjects - 1)))


def permute_subjects(first: np.ndarray, second: np.ndarray) -> float:
    """Return the exact two-sided p value of a difference when the two scores of any subject may be exchanged.

    first, second: (subjects,), counts or fractions of small denominators, whose sums are compared. Of all ways to
    exchange, the share that makes a difference as large or larger: their number by the size of the difference comes
    from one convolution a subject (Pagano and Tritchler, Journal of the American Statistical Association 78 (1983)
    435-440).
    """
    scores = zip(np.asarray(first, float).tolist(), np.asarray(second, float).tolist(), strict=True)
    differences = [Fraction(a - b).limit_denominator(LARGEST_DENOMINATOR) for a, b in scores]
    unit = lcm(*(difference.denominator for difference in differences))
    steps = [int(difference * unit) for difference in differences]
    total = sum(map(abs, steps))
    chance = np.zeros(total + 1)  # that the subjects so far whose scores are not exchanged differ by so many steps
    chance[0] = 1
    for step in map(abs, steps):
        if step:
            chance[step:] = (chance[step:] + chance[:-step]) / 2
            chance[:step] /= 2
    sums = 2 * np.arange(total + 1) - total
    return float(min(1, chance[np.abs(sums) >= abs(sum(steps))].sum()))
