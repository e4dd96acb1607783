"""Which expressions are recognised, and for which others they are taken (paper figure 4.3)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from videofer.evaluation.statistics.answers import group_heads
from videofer.evaluation.statistics.intervals import wilson_interval


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
