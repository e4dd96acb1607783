"""The answers of the runs to their test clips, one row each, and their counts per subject.

A clip is answered twice: by the sequence head (the LSTM, the paper's answer) and by the capsule vote (the class
whose capsule is longest on average over the frames).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from videofer.core.study import HEADS

RUN = ["model", "variant", "seed", "fold"]


def class_names(predictions: pd.DataFrame) -> list[str]:
    """Return the class names, in the order of the p_<class> columns of predictions.csv."""
    return [column.removeprefix("p_") for column in predictions.columns if column.startswith("p_")]


def list_answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per test clip, run and head: RUN, clip, subject, true, head, answer and right (bool).

    A model without a capsule vote has no rows for that head.
    """
    test = predictions[predictions.split == "test"]
    columns = [*RUN, "clip", "subject", "true"]
    heads = [test[columns].assign(head=name, answer=test[head.answer]) for name, head in HEADS.items()]
    answers = pd.concat(heads, ignore_index=True).dropna(subset=["answer"])
    return answers.assign(right=answers.true == answers.answer)


def combine_seeds(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one answer per test clip, variant and head: the class with the highest mean score over the seeds.

    Columns model, variant, clip, head, right (bool). With one seed these are the answers themselves.
    """
    classes, keys = class_names(predictions), ["model", "variant", "clip"]
    test = predictions[predictions.split == "test"]
    tables = []
    for name, head in HEADS.items():
        scored = test.dropna(subset=[head.answer])
        mean = scored.groupby([*keys, "true"], sort=False)[[head.scores + label for label in classes]].mean()
        answer = np.array(classes)[mean.to_numpy().argmax(axis=1)] if len(mean) else np.array([], dtype=str)
        table = mean.index.to_frame(index=False)
        tables.append(table.assign(head=name, right=table.true.to_numpy() == answer).drop(columns="true"))
    return pd.concat(tables, ignore_index=True)


def count_subjects(answers: pd.DataFrame, by: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the right answers per subject (rows) and value of `by` (columns), and the answers per subject.

    Every column must have answered the same clips, so that one count of answers serves all.
    """
    correct = answers.pivot_table(index="subject", columns=by, values="right", aggfunc="sum", sort=False)
    answered = answers.pivot_table(index="subject", columns=by, values="right", aggfunc="size", sort=False)
    if not answered.eq(answered.iloc[:, 0], axis=0).all(axis=None):
        raise ValueError(f"the values of {by} answered different clips: {', '.join(map(str, answered.columns))}")
    return correct.astype(int), answered.iloc[:, 0].to_numpy(int)


def count_classes(answers: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Return right answers and answers of every subject and class, an integer array (subjects, classes, 2)."""
    subject, subjects = pd.factorize(answers.subject)
    label = pd.Categorical(answers.true, categories=list(classes)).codes
    counts = np.zeros((len(subjects), len(classes), 2), dtype=np.int64)
    np.add.at(counts, (subject, label, 0), answers.right.to_numpy(int))
    np.add.at(counts, (subject, label, 1), 1)
    return counts
