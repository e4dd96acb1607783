"""How often the answers are right (paper section 4.3), and whether a model is as often right as it is sure."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
    recall_score,
)

from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import RUN, class_names, count_classes, count_correct, group_heads
from videofer.evaluation.statistics.intervals import (
    CONFIDENCE,
    RANDOM_SEED,
    mean_recall,
    pooled_share,
    subject_interval,
    wilson_interval,
)

# The column of history.csv that belongs to each head.
HEAD_ACCURACY = {"sequence": "accuracy", "capsule": "capsule_accuracy"}
BINS = 10  # of equal width, over confidences from 0 to 1
SIMULATIONS = 999


def measure_overall(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head, pooled over all folds and seeds.

    accuracy = correct / n counts answers, of which each clip has one per seed; as these are not independent,
    Wilson's interval takes n = clips, and the bootstrap (subject_low, subject_high; uar_low, uar_high) draws whole
    subjects and seeds. uar is the mean recall of the classes that occur. fold_mean and fold_sd are over the folds,
    seed_mean and seed_sd over the seeds, each fold's or seed's answers pooled.
    """
    rows = []
    for names, group in group_heads(answers):
        correct, n, clips = int(group.right.sum()), len(group), group["clip"].nunique()
        present, seeds = sorted(set(group.true)), group.seed.nunique()
        counts = count_classes(group, present)
        by_fold, by_seed = (group.groupby(part)["right"].mean() for part in ("fold", "seed"))
        wilson, over_subjects = wilson_interval(correct / n, clips), subject_interval(counts.sum(2), pooled_share)
        uar = recall_score(group.true, group.answer, labels=present, average="macro", zero_division=0)
        uar_bounds = subject_interval(counts, mean_recall)
        macro_f1 = f1_score(group.true, group.answer, average="macro", zero_division=0)
        rows.append(
            names
            | {"correct": correct, "n": n, "accuracy": correct / n}
            | {"wilson_low": wilson[0], "wilson_high": wilson[1]}
            | {"subject_low": over_subjects[0], "subject_high": over_subjects[1]}
            | {"uar": uar, "uar_low": uar_bounds[0], "uar_high": uar_bounds[1], "macro_f1": macro_f1}
            | {"fold_mean": by_fold.mean(), "fold_sd": by_fold.std()}
            | {"seed_mean": by_seed.mean(), "seed_sd": by_seed.std()}
            | {"folds": len(by_fold), "seeds": seeds, "clips": clips, "subjects": len(counts)}
            | {"counted": "each clip once" if seeds == 1 else f"each clip once per seed ({seeds} seeds)"}
        )
    return pd.DataFrame(rows)


def measure_folds(answers: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return one row per run and head: correct, n, test accuracy, chosen epoch and its validation accuracy.

    A fold whose subjects have no usable clip stays in the table with n = 0 and no accuracy.
    """
    runs = history[(history.chosen == 1) & (history.split == "validation")]
    tables = [
        runs[[*RUN, "epoch"]].assign(head=head, validation_accuracy=runs[HEAD_ACCURACY[head]]) for head in HEADS
    ]
    table = pd.concat(tables).sort_index(kind="stable")  # both heads of a run together
    table = table.merge(count_correct(answers, [*RUN, "head"]), how="left", on=[*RUN, "head"])
    table[["correct", "n"]] = table[["correct", "n"]].fillna(0).astype(int)
    return table[[*RUN, "head", "correct", "n", "accuracy", "epoch", "validation_accuracy"]]


def measure_classes(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return recall, its Wilson interval, precision and F1 per model, variant, head and class.

    support counts the answers to clips of the class (one per seed), clips the clips themselves, answered the
    answers that name the class; a rate over nothing is nan.
    """
    tables = []
    for names, group in group_heads(answers):
        precision, recall, f1, support = precision_recall_fscore_support(
            group.true, group.answer, labels=list(classes), zero_division=float("nan")
        )
        clips = group.groupby("true")["clip"].nunique().reindex(classes, fill_value=0).to_numpy()
        low, high = zip(*map(wilson_interval, recall, clips), strict=True)
        answered = group.answer.value_counts().reindex(classes, fill_value=0).to_numpy()
        counts = {"class": list(classes), "clips": clips, "support": support, "answered": answered}
        rates = {"recall": recall, "recall_low": low, "recall_high": high, "precision": precision, "f1": f1}
        tables.append(pd.DataFrame(names | counts | rates))
    return pd.concat(tables, ignore_index=True)


def count_confusion(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return counts per model, variant, head, true class and answered class, zeros included."""
    pairs = {"true": np.repeat(classes, len(classes)), "predicted": np.tile(classes, len(classes))}
    tables = []
    for names, group in group_heads(answers):
        counts = confusion_matrix(group.true, group.answer, labels=classes)
        tables.append(pd.DataFrame(names | pairs | {"count": counts.ravel()}))
    return pd.concat(tables, ignore_index=True)


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
        right, chance, brier = group["right"].to_numpy(), simulate_errors(group, confidence), np.nan
        if names["head"] == "sequence":
            probability = scores.to_numpy()
            probability = probability / probability.sum(axis=1, keepdims=True)  # to 1 beyond a float32's digits
            true = pd.Categorical(group["true"], categories=class_names(answers)).codes
            brier = brier_score_loss(true, probability, labels=range(scores.shape[1]), scale_by_half=False)
        rows.append(
            names
            | {"n": len(group), "confidence": confidence.mean(), "accuracy": right.mean()}
            | {"ece": calibration_errors(right[None].astype(float), confidence)[0]}
            | {"chance_mean": chance.mean(), "chance_high": np.quantile(chance, CONFIDENCE), "brier": brier}
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
