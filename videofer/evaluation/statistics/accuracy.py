"""Accuracy and recall: pooled with intervals, and per fold, seed and subject (paper section 4.3)."""

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, recall_score

from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import RUN, count_classes
from videofer.evaluation.statistics.intervals import subject_interval, wilson_interval

# The column of history.csv that belongs to each head.
HEAD_ACCURACY = {"sequence": "accuracy", "capsule": "capsule_accuracy"}
COUNTED = ["correct", "n", "accuracy"]


def measure_overall(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head, pooled over all folds and seeds.

    accuracy = correct / n counts answers, of which each clip has one per seed; as these are not independent,
    Wilson's interval takes n = clips, and the bootstrap (subject_low, subject_high; uar_low, uar_high) draws whole
    subjects. uar is the mean recall of the classes that occur. fold_mean and fold_sd are over the folds, seed_mean
    and seed_sd over the seeds, each fold's or seed's answers pooled.
    """
    rows = []
    for (model, variant, head), group in answers.groupby(["model", "variant", "head"], sort=False):
        correct, n, clips = int(group.right.sum()), len(group), group["clip"].nunique()
        present, seeds = sorted(set(group.true)), group.seed.nunique()
        counts = count_classes(group, present)
        spread = {f"{part}_{name}": value for part in ("fold", "seed") for name, value in _spread(group, part)}
        rows.append(
            {"model": model, "variant": variant, "head": head}
            | {"correct": correct, "n": n, "accuracy": correct / n}
            | _interval("wilson", wilson_interval(correct / n, clips))
            | _interval("subject", subject_interval(counts.sum(axis=1), pooled_share))
            | {"uar": recall_score(group.true, group.answer, labels=present, average="macro", zero_division=0)}
            | _interval("uar", subject_interval(counts, mean_recall))
            | {"macro_f1": f1_score(group.true, group.answer, average="macro", zero_division=0)}
            | spread
            | {"folds": group.fold.nunique(), "seeds": seeds, "clips": clips, "subjects": len(counts)}
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


def _interval(name: str, interval: tuple[float, float]) -> dict[str, float]:
    return {f"{name}_low": interval[0], f"{name}_high": interval[1]}


def _spread(answers: pd.DataFrame, part: str) -> list[tuple[str, float]]:
    share = answers.groupby(part)["right"].mean()
    return [("mean", share.mean()), ("sd", share.std())]


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
    return table[[*RUN, "head", *COUNTED, "epoch", "validation_accuracy"]]


def measure_seeds(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant, head and seed: correct, n and accuracy over all folds."""
    return count_correct(answers, ["model", "variant", "head", "seed"])


def measure_subjects(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant, head and subject: correct, n and accuracy, over all seeds."""
    return count_correct(answers, ["model", "variant", "head", "subject"])


def count_correct(answers: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return correct, n and accuracy of the answers in every group that occurs, in order of occurrence."""
    return answers.groupby(by, sort=False)["right"].agg(correct="sum", n="size", accuracy="mean").reset_index()
