"""Arms beside the main study: accuracy of each, and the difference on the clips that both answered."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from videofer.core.artifacts import read_table, write_table
from videofer.evaluation.statistics.accuracy import pooled_share
from videofer.evaluation.statistics.answers import list_answers
from videofer.evaluation.statistics.intervals import permute_subjects, subject_interval, wilson_interval

MAIN = "main"  # the arm that is the main study itself


def compare_arms(
    main: Sequence[str | Path],
    arms: Mapping[str, Sequence[str | Path]],
    variants: Mapping[str, str],
    folds: Mapping[str, str | Path],
    out: str | Path,
    code: str,
) -> None:
    """Write accuracy of the main study and of every arm, and the difference between them, as a metric table.

    main: predictions.csv of all folds and variants; arms: arm -> those of its folds; variants: arm -> the variant
    that it trained; folds: arm (and "main") -> its folds.tsv.
    """
    study = _collect(main)
    collected = {arm: _collect(paths) for arm, paths in arms.items()}
    subjects = {arm: count_training_subjects(read_table(path, "folds")) for arm, path in folds.items()}
    inputs = [*main, *(path for paths in arms.values() for path in paths), *folds.values()]
    table = tabulate_arms(study, collected, variants, subjects)
    write_table(out, "metric", table, {"code": code}, inputs)


def _collect(paths: Sequence[str | Path]) -> pd.DataFrame:
    return list_answers(pd.concat([read_table(path, "predictions") for path in paths], ignore_index=True))


def count_training_subjects(folds: pd.DataFrame) -> float:
    """Return the mean number of training subjects over the folds; nan for a split that ignores subjects."""
    if "subject" not in folds:
        return float("nan")
    return float((folds["role"] == "train").groupby(folds["fold"]).sum().mean())


def tabulate_arms(
    study: pd.DataFrame,
    arms: Mapping[str, pd.DataFrame],
    variants: Mapping[str, str],
    subjects: Mapping[str, float],
) -> pd.DataFrame:
    """Return one row per arm, variant and head, the main study's rows first.

    study, arms: answers as of `list_answers`. correct of n answers, with intervals over clips and over subjects;
    difference (a share), its interval, permutation p and p after Holm's correction over the arms of a head compare
    the arm with the main study on the `shared` clips that both answered.
    """
    rows = []
    for variant in dict.fromkeys(variants.values()):
        for head, answers in study[study["variant"] == variant].groupby("head", sort=False):
            rows.append(_measure(MAIN, variant, head, answers, subjects[MAIN]))
    for arm, answers in arms.items():
        for head, group in answers.groupby("head", sort=False):
            base = study[(study["variant"] == variants[arm]) & (study["head"] == head)]
            row = _measure(arm, variants[arm], head, group, subjects.get(arm, subjects[MAIN]))
            rows.append(row | contrast_answers(group, base))
    table = pd.DataFrame(rows)
    table["holm"] = np.nan
    for _, group in table[table["arm"] != MAIN].groupby("head"):
        table.loc[group.index, "holm"] = multipletests(group["permutation_p"], method="holm")[1]
    return table


def _measure(arm: str, variant: str, head: str, answers: pd.DataFrame, subjects: float) -> dict:
    correct, n, clips = int(answers["right"].sum()), len(answers), answers["clip"].nunique()
    counts = answers.groupby("subject")["right"].agg(["sum", "size"]).to_numpy()
    wilson, by_subject = wilson_interval(correct / n, clips), subject_interval(counts, pooled_share)
    return {
        "arm": arm,
        "variant": variant,
        "head": head,
        "training_subjects": subjects,
        "correct": correct,
        "n": n,
        "clips": clips,
        "accuracy": correct / n,
        "wilson_low": wilson[0],
        "wilson_high": wilson[1],
        "subject_low": by_subject[0],
        "subject_high": by_subject[1],
    }


def contrast_answers(arm: pd.DataFrame, base: pd.DataFrame) -> dict:
    """Return the difference in accuracy, arm - base, on the clips that both answered, with interval and p.

    A clip that one side answers several times (its augmented copies) counts by the mean of these answers.
    """
    scores = [side.groupby(["subject", "clip"])["right"].mean() for side in (arm, base)]
    both = pd.concat(scores, axis=1, keys=["arm", "base"], join="inner")
    sums = both.groupby("subject").sum()
    counts = np.column_stack([sums["arm"], sums["base"], both.groupby("subject").size()])

    def difference(summed: np.ndarray) -> np.ndarray:
        return (summed[..., 0] - summed[..., 1]) / summed[..., 2]

    low, high = subject_interval(counts, difference)
    return {
        "shared": len(both),
        "difference": float(difference(counts.sum(axis=0))),
        "low": low,
        "high": high,
        "permutation_p": permute_subjects(sums["arm"].to_numpy(), sums["base"].to_numpy()),
    }
