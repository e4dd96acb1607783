"""Accuracy: pooled with intervals, of every fold and of every class, with the confusions (paper section 4.3)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support, recall_score

from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import RUN, count_classes, count_correct, group_heads
from videofer.evaluation.statistics.intervals import subject_interval, wilson_interval

# The column of history.csv that belongs to each head.
HEAD_ACCURACY = {"sequence": "accuracy", "capsule": "capsule_accuracy"}


def measure_overall(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head, pooled over all folds and seeds.

    accuracy = correct / n counts answers, of which each clip has one per seed; as these are not independent,
    Wilson's interval takes n = clips, and the bootstrap (subject_low, subject_high; uar_low, uar_high) draws whole
    subjects. uar is the mean recall of the classes that occur. fold_mean and fold_sd are over the folds, seed_mean
    and seed_sd over the seeds, each fold's or seed's answers pooled.
    """
    rows = []
    for names, group in group_heads(answers):
        correct, n, clips = int(group.right.sum()), len(group), group["clip"].nunique()
        present, seeds = sorted(set(group.true)), group.seed.nunique()
        counts = count_classes(group, present)
        by_fold, by_seed = (group.groupby(part)["right"].mean() for part in ("fold", "seed"))
        wilson, over_subjects = wilson_interval(correct / n, clips), subject_interval(counts.sum(1), pooled_share)
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


def pooled_share(counts: np.ndarray) -> np.ndarray:
    """Return right answers / answers; counts: (..., 2)."""
    return counts[..., 0] / counts[..., 1]


def mean_recall(counts: np.ndarray) -> np.ndarray:
    """Return the unweighted mean recall of the classes that occur; counts: (..., classes, 2)."""
    with np.errstate(invalid="ignore"):
        return np.nanmean(counts[..., 0] / counts[..., 1], axis=-1)


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
    tables = [
        pd.DataFrame(names | pairs | {"count": confusion_matrix(group.true, group.answer, labels=classes).ravel()})
        for names, group in group_heads(answers)
    ]
    return pd.concat(tables, ignore_index=True)
