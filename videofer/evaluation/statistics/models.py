"""Every model and variant beside the paper's own: accuracy, costs, and whether the two differ (paper Table 4.2)."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from videofer.core.study import FULL_VARIANT, OWN_MODEL
from videofer.evaluation.statistics.differences import compare_pairs, correct_family

REFERENCE = f"{OWN_MODEL}/{FULL_VARIANT}"  # the paper's Capsule-LSTM: all three losses of eq. 3.1
KEYS = ["model", "variant"]
# Columns of a comparison with REFERENCE, by their names in `compare_pairs`.
CONTRAST = {
    "difference": "difference", "low": "difference_low", "high": "difference_high",
    "permutation_p": "permutation_p", "permutation_holm": "permutation_holm",
    "only_first": "only_here", "only_second": "only_reference",
    "mcnemar_p": "mcnemar_p", "mcnemar_holm": "mcnemar_holm",
}  # fmt: skip


def collect_costs(records: Sequence[str | Path]) -> pd.DataFrame:
    """Return one row per model and variant, from the run.json files of its runs.

    parameters: how many numbers were learned, the most of any run; training_seconds: mean over the runs (folds and
    seeds); inference_seconds_per_clip: mean over the runs that tested clips; trainings: how many, and climbing: how
    many of them `epochs` ended before `patience` did (blank of a model without epochs); seconds_are and machine: in
    words, all that occur.
    """
    means, words = ["training_seconds", "inference_seconds_per_clip"], ["seconds_are", "machine"]
    rows = []
    for path in records:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        hardware = record["hardware"]
        machine = hardware["gpu"] or hardware["processor"]
        own = {"parameters": record["model_parameters"], "machine": machine, "trainings": 1}
        rows.append(record | own | {"climbing": None if record["converged"] is None else not record["converged"]})
    sums = ["trainings", "climbing"]
    table = pd.DataFrame(rows)[[*KEYS, "parameters", *sums, *means, *words]]
    runs = table.astype({means[1]: float, "climbing": float}).groupby(KEYS, sort=False)
    named = runs[words].agg(lambda names: "; ".join(sorted(set(names))))
    counted = runs[sums].sum(min_count=1)
    return runs[["parameters"]].max().join(counted).join(runs[means].mean()).join(named).reset_index()


def measure_models(
    predictions: pd.DataFrame,
    answers: pd.DataFrame,
    combined: pd.DataFrame,
    overall: pd.DataFrame,
    costs: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per model and variant: `overall` of the sequence head, validation, costs, and the contrast.

    answers: of `list_answers`; combined: of `combine_seeds`; overall: of `measure_overall`; costs: of
    `collect_costs`. validation_n and validation_accuracy, by which models may be chosen: the chosen epoch's answers
    to the validation clips of all folds and seeds; each clip validates in one fold. Contrast with REFERENCE, nan
    for itself and where it was not trained: difference (a share) with interval and permutation p over subjects,
    from the answers of all seeds, those of a clip and seed side by side; only_here, only_reference and McNemar's
    exact p from one answer a clip; least_class: the class whose recall falls most behind, and by how much. *_holm:
    after Holm's correction over all rows. rank_best, rank_worst: over the seeds, of the row's accuracy among all.
    """
    validation = predictions[predictions["split"] == "validation"]
    validation = validation.assign(right=validation["predicted"] == validation["true"]).groupby(KEYS, sort=False)
    validation = validation["right"].agg(validation_n="size", validation_accuracy="mean").reset_index()
    answers, combined = (
        table[table["head"] == "sequence"].assign(run=table["model"] + "/" + table["variant"])
        for table in (answers, combined)
    )
    runs = answers["run"].unique()
    pairs = [(run, REFERENCE) for run in runs if run != REFERENCE] if REFERENCE in runs else []
    contrasts = correct_family(compare_pairs(answers, combined, "run", pairs))
    contrasts = pd.DataFrame(contrasts, columns=["first", *CONTRAST]).rename(columns={"first": "run"} | CONTRAST)
    recall = answers.groupby(["run", "true"], sort=False)["right"].mean().unstack()
    gaps = [recall.loc[first] - recall.loc[second] for first, second in pairs]
    contrasts["least_class"] = [gap.idxmin() for gap in gaps]
    contrasts["least_class_difference"] = [float(gap.min()) for gap in gaps]
    measured = overall[overall["head"] == "sequence"].drop(columns="head")
    by_seed = answers.pivot_table(index=KEYS, columns="seed", values="right", sort=False)
    ranks = by_seed.rank(ascending=False, method="min").agg(["min", "max"], axis=1).astype(int)
    ranks = ranks.set_axis(["rank_best", "rank_worst"], axis=1).reset_index()
    for table in (validation, costs, ranks):
        measured = measured.merge(table, how="left", on=KEYS)
    runs = measured.assign(run=measured["model"] + "/" + measured["variant"])
    return runs.merge(contrasts, how="left", on="run").drop(columns="run")
