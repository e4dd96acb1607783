"""Every model and variant beside the paper's own: accuracy, costs, and whether the two differ (paper Table 4.2)."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from videofer.core.study import FULL_VARIANT, OWN_MODEL
from videofer.evaluation.statistics.answers import count_subjects
from videofer.evaluation.statistics.paired import correct_family, count_discordant, measure_contrast

REFERENCE = f"{OWN_MODEL}/{FULL_VARIANT}"  # the paper's Capsule-LSTM: all three losses of eq. 3.1
KEYS = ["model", "variant"]
CONTRAST = ["difference", "difference_low", "difference_high", "permutation_p", "permutation_holm"]
CONTRAST += ["only_here", "only_reference", "mcnemar_p", "mcnemar_holm", "least_class", "least_class_difference"]


def collect_costs(records: Sequence[str | Path]) -> pd.DataFrame:
    """Return one row per model and variant, from the run.json files of its runs.

    parameters: how many numbers were learned, the most of any run; training_seconds: mean over the runs (folds and
    seeds); inference_seconds_per_clip: mean over the runs that tested clips; seconds_are and machine: in words, all
    that occur.
    """
    rows = []
    for path in records:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        hardware = record["hardware"]
        rows.append(
            {key: record[key] for key in (*KEYS, "training_seconds", "inference_seconds_per_clip", "seconds_are")}
            | {"parameters": record["model_parameters"], "machine": hardware["gpu"] or hardware["processor"]}
        )
    table = pd.DataFrame(rows).astype({"inference_seconds_per_clip": float})
    runs = table.groupby(KEYS, sort=False)
    seconds = runs[["training_seconds", "inference_seconds_per_clip"]].mean()
    words = runs[["seconds_are", "machine"]].agg(lambda said: "; ".join(sorted(set(said))))
    return runs[["parameters"]].max().join(seconds).join(words).reset_index()


def measure_validation(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return validation_n and validation_accuracy of each model and variant: what models may be chosen by.

    The chosen epoch's answers to the validation clips of all folds and seeds; each clip validates in one fold.
    """
    judged = predictions[predictions["split"] == "validation"]
    runs = judged.assign(right=judged["predicted"] == judged["true"]).groupby(KEYS, sort=False)["right"]
    return runs.agg(validation_n="size", validation_accuracy="mean").reset_index()


def measure_models(
    answers: pd.DataFrame,
    combined: pd.DataFrame,
    overall: pd.DataFrame,
    validation: pd.DataFrame,
    costs: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per model and variant: `overall` of the sequence head, validation, costs, and the contrast.

    answers: of `list_answers`; combined: of `combine_seeds`; overall: of `measure_overall`; validation: of
    `measure_validation`; costs: of `collect_costs`. Contrast with REFERENCE, nan for itself and where it was
    not trained: difference (a share) with interval and permutation p over subjects, from the answers of all
    seeds, those of a clip and seed side by side; only_here, only_reference and McNemar's exact p from one
    answer a clip; least_class: the class whose recall falls most behind, and by how much. *_holm: after Holm's
    correction over all rows.
    """
    sequence = overall[overall["head"] == "sequence"].drop(columns="head")
    contrasts = _contrast_all(*(_name_runs(table[table["head"] == "sequence"]) for table in (answers, combined)))
    for table in (validation, costs, contrasts):
        sequence = sequence.merge(table, how="left", on=KEYS)
    return sequence


def _name_runs(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(run=table["model"] + "/" + table["variant"])


def _contrast_all(answers: pd.DataFrame, combined: pd.DataFrame) -> pd.DataFrame:
    correct, n = count_subjects(answers, "run")
    right = combined.pivot(index="clip", columns="run", values="right").astype(bool)
    recall = answers.groupby(["run", "true"], sort=False)["right"].mean().unstack()
    rows = []
    for run in correct.columns.drop(REFERENCE) if REFERENCE in correct else ():
        gap = recall.loc[run] - recall.loc[REFERENCE]
        discordant = count_discordant(right[run], right[REFERENCE])
        contrast = measure_contrast(correct, n, [run], [REFERENCE])
        rows.append(
            dict(zip(KEYS, run.split("/"), strict=True))
            | {"only_here": discordant["only_first"], "only_reference": discordant["only_second"]}
            | {"mcnemar_p": discordant["mcnemar_p"], "permutation_p": contrast["permutation_p"]}
            | {"difference": contrast["difference"]}
            | {f"difference_{end}": contrast[end] for end in ("low", "high")}
            | {"least_class": gap.idxmin(), "least_class_difference": float(gap.min())}
        )
    return pd.DataFrame(correct_family(rows), columns=[*KEYS, *CONTRAST])
