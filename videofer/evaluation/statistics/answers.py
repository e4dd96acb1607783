"""The answers of the runs to their test clips, one row each, and their counts per subject.

Each head answers each clip: the sequence head (the LSTM, the paper's answer), and the capsule vote (the class whose
capsule is longest on average over the frames).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from videofer.core.study import HEADS

RUN = ["model", "variant", "seed", "fold"]


def class_names(predictions: pd.DataFrame) -> list[str]:
    """Return the class names, in the order of the p_<class> columns of predictions.csv or of answers."""
    return [column.removeprefix("p_") for column in predictions.columns if column.startswith("p_")]


def list_answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per test clip, run and head: RUN, clip, subject, true, head, answer, p_<class>, right (bool).

    p_<class>: the head's own scores, probabilities or lengths of capsules. A model without a capsule vote has no
    rows for that head.
    """
    test, classes = predictions[predictions.split == "test"], class_names(predictions)
    heads = []
    for name, head in HEADS.items():
        scores = test.reindex(columns=[head.scores + label for label in classes])
        scores.columns = [f"p_{label}" for label in classes]
        answers = test[[*RUN, "clip", "subject", "true"]].assign(head=name, answer=test[head.answer])
        heads.append(answers.join(scores))
    answers = pd.concat(heads, ignore_index=True).dropna(subset=["answer"])
    return answers.assign(right=answers.true == answers.answer)


def combine_seeds(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one answer per test clip, variant and head: the class with the highest mean score over the seeds.

    Columns model, variant, clip, head, right (bool). With one seed these are the answers themselves.
    """
    classes, keys = class_names(answers), ["model", "variant", "clip", "head"]
    means = answers.groupby([*keys, "true"], sort=False)[[f"p_{label}" for label in classes]].mean()
    table = means.index.to_frame(index=False)
    return table[keys].assign(right=table.true.to_numpy() == np.array(classes)[means.to_numpy().argmax(axis=1)])


def group_heads(answers: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Yield model, variant and head by name, with their answers."""
    keys = ["model", "variant", "head"]
    for values, group in answers.groupby(keys, sort=False):
        yield dict(zip(keys, values, strict=True)), group


def count_correct(answers: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return correct, n and accuracy of the answers in every group that occurs, in order of occurrence."""
    return answers.groupby(by, sort=False)["right"].agg(correct="sum", n="size", accuracy="mean").reset_index()


def count_subjects(answers: pd.DataFrame, by: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the right answers per subject (rows) and value of `by` (columns), and the answers per subject.

    One count of answers serves all columns: raises ValueError if they are answers to different clips.
    """
    counts = answers.pivot_table(index="subject", columns=by, values="right", aggfunc=["sum", "size"], sort=False)
    correct, answered = counts["sum"], counts["size"]
    if not answered.eq(answered.iloc[:, 0], axis=0).all(axis=None):
        raise ValueError(f"the values of {by} answered different clips: {', '.join(map(str, answered.columns))}")
    return correct.astype(int), answered.iloc[:, 0].to_numpy(int)


def count_classes(answers: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Return right answers and answers of every subject and class, an integer array (subjects, classes, 2)."""
    counts = answers.pivot_table(
        index="subject", columns="true", values="right", aggfunc=["sum", "size"], fill_value=0, sort=False
    )
    return np.stack([counts[kind][list(classes)].to_numpy(int) for kind in ("sum", "size")], axis=-1)
