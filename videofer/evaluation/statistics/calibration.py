"""Is a model as often right as it is sure? Reliability curve, calibration error and Brier score."""

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import class_names
from videofer.evaluation.statistics.intervals import CONFIDENCE, RANDOM_SEED

BINS = 10  # of equal width, over confidences from 0 to 1
SIMULATIONS = 999


def measure_calibration(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head: n, mean confidence, accuracy, ece, its level by chance, brier.

    The confidence of an answer is its own score: the LSTM's probability, or the length of the winning capsule,
    which Sabour et al. (2017) read as one. ece: expected calibration error of the winning class (Guo et al. 2017,
    eq. 3), a share. chance_mean, chance_high: mean and 95th percentile of the ece of a perfectly calibrated model
    with the same confidences. brier: Brier score over all classes, 0 to 2 (Brier 1950); nan for capsules, whose
    lengths do not sum to 1.
    """
    rows = []
    for (model, variant, head), group in _list_scored(predictions):
        right, confidence = judge(group, head)
        bins, chance = assign_bins(confidence), simulate_errors(group, confidence)
        rows.append(
            {"model": model, "variant": variant, "head": head, "n": len(group)}
            | {"confidence": confidence.mean(), "accuracy": right.mean()}
            | {"ece": calibration_errors(right[None].astype(float), confidence, bins)[0]}
            | {"chance_mean": chance.mean(), "chance_high": np.quantile(chance, CONFIDENCE)}
            | {"brier": _brier(group) if head == "sequence" else np.nan}
        )
    return pd.DataFrame(rows)


def measure_reliability(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy and mean confidence in every bin of confidence that has answers, per model, variant and head.

    bin counts from 0; low and high are its ends; n its answers; correct how many of them are right.
    """
    tables = []
    edges = np.linspace(0, 1, BINS + 1)
    for (model, variant, head), group in _list_scored(predictions):
        right, confidence = judge(group, head)
        accuracy, mean = calibration_curve(right, confidence, n_bins=BINS, strategy="uniform")
        bins = assign_bins(confidence)
        filled = np.unique(bins)
        names = {"model": model, "variant": variant, "head": head, "bin": filled}
        ends = {"low": edges[filled], "high": edges[filled + 1]}
        counts = {"n": np.bincount(bins)[filled], "correct": np.bincount(bins, weights=right)[filled].astype(int)}
        tables.append(pd.DataFrame(names | ends | counts | {"confidence": mean, "accuracy": accuracy}))
    return pd.concat(tables, ignore_index=True)


def _list_scored(predictions: pd.DataFrame):
    test = predictions[predictions.split == "test"]
    for (model, variant), group in test.groupby(["model", "variant"], sort=False):
        for head, column in ((name, one.answer) for name, one in HEADS.items()):
            answered = group.dropna(subset=[column])
            if len(answered):
                yield (model, variant, head), answered


def judge(answers: pd.DataFrame, head: str) -> tuple[np.ndarray, np.ndarray]:
    """Return of each answer whether it is right (bool) and its confidence, its highest score over the classes."""
    scores = answers[[HEADS[head].scores + name for name in class_names(answers)]].to_numpy()
    # A length or a probability of float32 may exceed 1 in the last digit.
    return (answers["true"] == answers[HEADS[head].answer]).to_numpy(), scores.max(axis=1).clip(0, 1)


def assign_bins(confidence: np.ndarray) -> np.ndarray:
    """Return each confidence's bin, 0 to BINS - 1; like scikit-learn's, a bin includes its upper end."""
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)


def calibration_errors(right: np.ndarray, confidence: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Return the expected calibration error of each row of `right`, (rows, answers) with 0 or 1.

    Guo et al. (2017), eq. 3: the gap between accuracy and mean confidence of a bin, weighted by its answers.
    """
    member = np.eye(BINS)[bins]  # (answers, BINS)
    return np.abs((right - confidence) @ member).sum(axis=1) / len(confidence)


def simulate_errors(answers: pd.DataFrame, confidence: np.ndarray) -> np.ndarray:
    """Return the calibration errors, (SIMULATIONS,), of a model that is right exactly as often as it is sure.

    Consistency resampling (Bröcker and Smith 2007). The answers of several seeds to one clip are drawn together, so
    that they count as one observation, not as several.
    """
    clip, clips = pd.factorize(answers["clip"])
    drawn = np.random.default_rng(RANDOM_SEED).random((SIMULATIONS, len(clips)))[:, clip]
    return calibration_errors((drawn < confidence).astype(float), confidence, assign_bins(confidence))


def _brier(answers: pd.DataFrame) -> float:
    classes = class_names(answers)
    probability = answers[[f"p_{name}" for name in classes]].to_numpy()
    probability = probability / probability.sum(axis=1, keepdims=True)  # to 1 beyond the digits of a float32
    true = pd.Categorical(answers["true"], categories=classes).codes
    return float(brier_score_loss(true, probability, labels=range(len(classes)), scale_by_half=False))
