"""Is a model as often right as it is sure? Reliability curve, calibration error and Brier score."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from videofer.evaluation.statistics.answers import class_names, group_heads
from videofer.evaluation.statistics.intervals import CONFIDENCE, RANDOM_SEED

BINS = 10  # of equal width, over confidences from 0 to 1
SIMULATIONS = 999


def measure_calibration(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head: n, mean confidence, accuracy, ece, its level by chance, brier.

    The confidence of an answer is its own score: the LSTM's probability, or the length of the winning capsule,
    which Sabour et al. (2017) read as one. ece: expected calibration error of the winning class (Guo et al. 2017,
    eq. 3), a share. chance_mean, chance_high: mean and 95th percentile of the ece of a perfectly calibrated model
    with the same confidences. brier: Brier score over all classes, 0 to 2 (Brier 1950); nan for capsules, whose
    lengths do not sum to 1.
    """
    rows = []
    for names, group, scores, confidence in _list_scores(answers):
        right, chance = group["right"].to_numpy(), simulate_errors(group, confidence)
        rows.append(
            names
            | {"n": len(group), "confidence": confidence.mean(), "accuracy": right.mean()}
            | {"ece": calibration_errors(right[None].astype(float), confidence)[0]}
            | {"chance_mean": chance.mean(), "chance_high": np.quantile(chance, CONFIDENCE)}
            | {"brier": _brier(scores, group["true"]) if names["head"] == "sequence" else np.nan}
        )
    return pd.DataFrame(rows)


def measure_reliability(answers: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy and mean confidence in every bin of confidence that has answers, per model, variant and head.

    bin counts from 0; low and high are its ends; n its answers; correct how many of them are right.
    """
    tables = []
    edges = np.linspace(0, 1, BINS + 1)
    for names, group, _, confidence in _list_scores(answers):
        accuracy, mean = calibration_curve(group["right"], confidence, n_bins=BINS, strategy="uniform")
        counts = group["right"].groupby(assign_bins(confidence)).agg(["size", "sum"])
        bins = counts.index.to_numpy()
        ends = {"bin": bins, "low": edges[bins], "high": edges[bins + 1]}
        shares = {"confidence": mean, "accuracy": accuracy}
        tables.append(pd.DataFrame(names | ends | {"n": counts["size"], "correct": counts["sum"]} | shares))
    return pd.concat(tables, ignore_index=True)


def _list_scores(answers: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame, pd.DataFrame, np.ndarray]]:
    """Yield names, answers, scores (answers, classes) and confidence (answers,), by variant, then head."""
    columns = [f"p_{name}" for name in class_names(answers)]
    for _, variant in answers.groupby(["model", "variant"], sort=False):
        for names, group in group_heads(variant):
            # A length or a probability of float32 may exceed 1 in the last digit.
            yield names, group, group[columns], group[columns].to_numpy().max(axis=1).clip(0, 1)


def assign_bins(confidence: np.ndarray) -> np.ndarray:
    """Return each confidence's bin, 0 to BINS - 1; like scikit-learn's, a bin includes its upper end."""
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)


def calibration_errors(right: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return the expected calibration error of each row of `right`, (rows, answers) with 0 or 1.

    Guo et al. (2017), eq. 3: the gap between accuracy and mean confidence of a bin, weighted by its answers.
    """
    member = np.eye(BINS)[assign_bins(confidence)]  # (answers, BINS)
    return np.abs((right - confidence) @ member).sum(axis=1) / len(confidence)


def simulate_errors(answers: pd.DataFrame, confidence: np.ndarray) -> np.ndarray:
    """Return the calibration errors, (SIMULATIONS,), of a model that is right exactly as often as it is sure.

    Consistency resampling (Bröcker and Smith 2007). The answers of several seeds to one clip are drawn together, so
    that they count as one observation, not as several.
    """
    clip, clips = pd.factorize(answers["clip"])
    drawn = np.random.default_rng(RANDOM_SEED).random((SIMULATIONS, len(clips)))[:, clip]
    return calibration_errors((drawn < confidence).astype(float), confidence)


def _brier(scores: pd.DataFrame, true: pd.Series) -> float:
    probability = scores.to_numpy()
    probability = probability / probability.sum(axis=1, keepdims=True)  # to 1 beyond the digits of a float32
    labels = pd.Categorical(true, categories=class_names(scores)).codes
    return float(brier_score_loss(labels, probability, labels=range(scores.shape[1]), scale_by_half=False))
