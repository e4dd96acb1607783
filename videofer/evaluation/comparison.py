"""Studies beside the main study: the accuracy of each, and the difference on the clips that both answered."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from videofer.core.artifacts import read_table, write_table
from videofer.evaluation.evaluate import collect_tables
from videofer.evaluation.statistics.answers import lay_out, list_answers
from videofer.evaluation.statistics.differences import measure_contrast
from videofer.evaluation.statistics.intervals import pooled_share, subject_interval, wilson_interval

MAIN = "main"  # how the column `study` calls the main study


def compare_studies(
    main: Sequence[str | Path],
    *,
    predictions: Mapping[str, Sequence[str | Path]],
    variants: Mapping[str, str],
    main_folds: str | Path,
    folds: Mapping[str, str | Path],
    out: str | Path,
    code: str,
) -> None:
    """Write the accuracy of the main study and of each study beside it, and their differences, as a metric table.

    main: predictions.csv of the main study's folds and variants; predictions, variants, folds: study -> the
    predictions.csv of its folds, the variant that it trained, its folds.tsv.
    """
    studies = {study: list_answers(collect_tables(paths, "predictions")) for study, paths in predictions.items()}
    subjects = {study: count_training_subjects(read_table(path, "folds")) for study, path in folds.items()}
    subjects[MAIN] = count_training_subjects(read_table(main_folds, "folds"))
    inputs = [*main, *(path for paths in predictions.values() for path in paths), main_folds, *folds.values()]
    table = measure_studies(list_answers(collect_tables(main, "predictions")), studies, variants, subjects)
    write_table(out, "metric", table, {"code": code}, inputs)


def count_training_subjects(folds: pd.DataFrame) -> float:
    """Return the mean number of training subjects over the folds; nan for a split that ignores subjects."""
    if "subject" not in folds:
        return float("nan")
    return float((folds["role"] == "train").groupby(folds["fold"]).sum().mean())


def measure_studies(
    main: pd.DataFrame,
    studies: Mapping[str, pd.DataFrame],
    variants: Mapping[str, str],
    subjects: Mapping[str, float],
) -> pd.DataFrame:
    """Return one row per study, variant and head, the main study's rows first.

    main, studies: answers as of `list_answers`; subjects: training subjects of each study and of `MAIN`. correct of
    n answers, with intervals over clips and over subjects; difference (a share), its interval, permutation p and p
    after Holm's correction over the studies of a head compare with the main study on the `shared` clips.
    """
    rows = []
    for variant in dict.fromkeys(variants.values()):
        for head, answers in main[main["variant"] == variant].groupby("head", sort=False):
            rows.append(_measure(MAIN, variant, head, answers, subjects[MAIN]))
    for study, answers in studies.items():
        for head, group in answers.groupby("head", sort=False):
            base = main[(main["variant"] == variants[study]) & (main["head"] == head)]
            row = _measure(study, variants[study], head, group, subjects[study])
            rows.append(row | contrast_answers(group, base))
    table = pd.DataFrame(rows)
    table["holm"] = np.nan
    for _, group in table[table["study"] != MAIN].groupby("head"):
        table.loc[group.index, "holm"] = multipletests(group["permutation_p"], method="holm")[1]
    return table


def _measure(study: str, variant: str, head: str, answers: pd.DataFrame, subjects: float) -> dict:
    correct, n, clips = int(answers["right"].sum()), len(answers), answers["clip"].nunique()
    counts = np.stack([lay_out(answers, ["seed"], kind).to_numpy() for kind in ("sum", "count")], axis=-1)
    wilson, by_subject = wilson_interval(correct / n, clips), subject_interval(counts, pooled_share)
    return (
        {"study": study, "variant": variant, "head": head, "training_subjects": subjects}
        | {"correct": correct, "n": n, "clips": clips, "accuracy": correct / n}
        | {"wilson_low": wilson[0], "wilson_high": wilson[1]}
        | {"subject_low": by_subject[0], "subject_high": by_subject[1]}
    )


def contrast_answers(study: pd.DataFrame, base: pd.DataFrame) -> dict:
    """Return the difference in accuracy, study - base, on clips and seeds that both answered, with interval and p.

    A clip that is answered several times by a seed (its augmented copies) counts by the mean of these answers.
    """
    sides = [answers.groupby(["subject", "seed", "clip"])["right"].mean() for answers in (study, base)]
    both = pd.concat(sides, axis=1, keys=["study", "base"], join="inner").reset_index()
    correct = {
        side: lay_out(both.assign(right=both[side]), ["seed"], "sum").to_numpy() for side in ("study", "base")
    }
    n = lay_out(both.assign(right=1), ["seed"], "count").to_numpy()
    return {"shared": both["clip"].nunique()} | measure_contrast(correct, n, ["study"], ["base"])
