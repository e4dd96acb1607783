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


def count_subjects(answers: pd.DataFrame, by: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the right answers of each value of `by`, and the answers, both (subjects, seeds).

    One count of answers serves all values: raises ValueError if they are answers to different clips.
    """
    kinds = {kind: lay_out(answers, [by, "seed"], kind) for kind in ("sum", "count")}
    correct, answered = (
        {name: table[name].to_numpy() for name in answers[by].unique()} for table in kinds.values()
    )
    first, *others = answered.values()
    if not all(np.array_equal(first, other) for other in others):
        raise ValueError(f"the values of {by} answered different clips: {', '.join(map(str, answered))}")
    return correct, first


def count_classes(answers: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Return right answers and answers of every subject, seed and class, (subjects, seeds, classes, 2)."""
    tables = [lay_out(answers, ["seed", "true"], kind) for kind in ("sum", "count")]
    seeds = answers["seed"].unique()
    return np.stack([np.stack([t[seed][list(classes)].to_numpy(int) for seed in seeds], 1) for t in tables], -1)


def lay_out(answers: pd.DataFrame, columns: list[str], kind: str) -> pd.DataFrame:
    """Return the right answers ("sum") or answers ("count") of each subject (rows) by `columns`, 0 where none."""
    shape = {"index": "subject", "columns": columns, "values": "right"}
    return answers.pivot_table(**shape, aggfunc=kind, fill_value=0, sort=False)
