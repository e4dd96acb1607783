"""From the runs' predictions to the tables of metrics (paper section 4.3); only test predictions count."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table, sha256_file, write_table
from videofer.core.errors import UserError
from videofer.evaluation.statistics.accuracy import (
    count_confusion,
    measure_calibration,
    measure_classes,
    measure_folds,
    measure_overall,
    measure_reliability,
)
from videofer.evaluation.statistics.answers import RUN, class_names, combine_seeds, count_correct, list_answers
from videofer.evaluation.statistics.differences import compare_variants, measure_design, measure_resolution
from videofer.evaluation.statistics.intervals import CONFIDENCE
from videofer.evaluation.statistics.models import collect_costs, measure_models

AGAIN = "delete the runs and folds.tsv and run again."


def evaluate_runs(
    predictions: Sequence[str | Path],
    history: Sequence[str | Path],
    records: Sequence[str | Path],
    manifest: str | Path,
    rejected: str | Path,
    split: str | Path,
    out: Mapping[str, str | Path],
    models: Mapping[str, Sequence[str]],
    seeds: Sequence[int],
    folds: Sequence[int],
    code: str,
) -> None:
    """Write the metrics tables of all runs to the paths in `out`.

    records: the run.json of each run; split: folds.tsv; models: the variants of each model that were trained; `out`
    names predictions, history and the tables of `measure_all`. Raises UserError if a run is missing, or if a usable
    clip (in the manifest, not rejected) of a tested subject is not tested exactly once per seed.
    """
    answers, curves = collect_tables(predictions, "predictions"), collect_tables(history, "history")
    usable, roles = list_usable_clips(manifest, rejected), read_table(split, "folds")
    # A table of folds that was given may test some of the subjects only.
    clips = usable[usable["subject"].isin(roles[roles["role"] == "test"]["subject"])]["clip"].tolist()
    check_runs(answers, curves, clips, models, seeds, folds)
    write_table(out["predictions"], "predictions", answers, {"code": code, "sources": _list_sources(predictions)})
    write_table(out["history"], "history", curves, {"code": code, "sources": _list_sources(history)})
    inputs = [out["predictions"], out["history"]]
    for name, table in measure_all(answers, curves, collect_costs(records)).items():
        write_table(out[name], "metric", table, {"code": code, "confidence": CONFIDENCE}, inputs)


def _list_sources(paths: Sequence[str | Path]) -> dict[str, str]:
    # By run, without run.json: its seconds differ each time, the answers and all that is counted of them must not.
    return {"/".join(Path(path).parts[-5:]): sha256_file(path) for path in paths}


def measure_all(predictions: pd.DataFrame, history: pd.DataFrame, costs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return every table of metrics by name, computed from predictions.csv.

    Only the epochs are from history.csv, and the costs (of `collect_costs`) from the run.json files.
    """
    classes, answers = class_names(predictions), list_answers(predictions)
    combined, overall = combine_seeds(answers), measure_overall(answers)
    comparisons = compare_variants(answers, combined)
    return {
        "overall": overall,
        "models": measure_models(predictions, answers, combined, overall, costs),
        "folds": measure_folds(answers, history),
        "seeds": count_correct(answers, ["model", "variant", "head", "seed"]),
        "subjects": count_correct(answers, ["model", "variant", "head", "subject"]),
        "classes": measure_classes(answers, classes),
        "confusion": count_confusion(answers, classes),
        "comparisons": comparisons,
        "design": measure_design(answers),
        "resolution": measure_resolution(answers, comparisons),
        "calibration": measure_calibration(answers),
        "reliability": measure_reliability(answers),
    }


def list_usable_clips(manifest: str | Path, rejected: str | Path) -> pd.DataFrame:
    """Return the rows of the manifest that no later step rejected.

    Rejections at the index do not count: those clips are not in the manifest, though a row that names a video a
    second time bears the name of the first, which is.
    """
    clips, refused = read_table(manifest, "manifest"), read_table(rejected, "rejected")
    return clips[~clips["clip"].isin(refused[refused["stage"] != "index"]["clip"])]


def collect_tables(paths: Sequence[str | Path], format: str) -> pd.DataFrame:
    """Read the tables of all runs into one, in the order of the paths."""
    return pd.concat([read_table(path, format) for path in paths], ignore_index=True)


def check_runs(
    predictions: pd.DataFrame,
    history: pd.DataFrame,
    clips: Sequence[str],
    models: Mapping[str, Sequence[str]],
    seeds: Sequence[int],
    folds: Sequence[int],
) -> None:
    """Raise UserError unless every model, variant and seed has every fold and tests each of `clips` exactly once.

    Also refuses test predictions of an epoch other than the one chosen on the validation subjects.
    """
    chosen = history[(history.chosen == 1) & (history.split == "validation")].groupby(RUN)["epoch"].agg(list)
    test = predictions[predictions.split == "test"]
    present = set(predictions[RUN].itertuples(index=False, name=None)) & set(chosen.index)
    trained = [(model, variant) for model, variants in models.items() for variant in variants]
    for (model, variant), seed in product(trained, seeds):
        where = f"model {model}, variant {variant}, seed {seed}"
        of_seed = test[(test.model == model) & (test.variant == variant) & (test.seed == seed)]
        for fold in folds:
            if (model, variant, seed, fold) not in present:
                raise UserError(
                    f"Fold {fold} of {where} is missing from the predictions or history: train it again."
                )
            epochs, best = set(of_seed[of_seed.fold == fold]["epoch"]), chosen[model, variant, seed, fold]
            if len(best) != 1:
                raise UserError(f"Fold {fold} of {where} has {len(best)} chosen epochs, not 1: train it again.")
            if epochs - set(best):
                raise UserError(
                    f"Fold {fold} of {where} was tested at epoch {sorted(epochs)}, but epoch {best[0]} was chosen "
                    "on the validation subjects: train it again."
                )
        for clip in of_seed[of_seed["clip"].duplicated()]["clip"]:
            several = ", ".join(map(str, of_seed[of_seed["clip"] == clip]["fold"]))
            raise UserError(
                f"Clip {clip} is tested more than once (folds {several}) in {where}, but a clip must be tested "
                f"once per seed: {AGAIN}"
            )
        tested = set(of_seed["clip"])
        missing, unknown = sorted(set(clips) - tested), sorted(tested - set(clips))
        if missing or unknown:
            fault = f"{len(missing)} usable clips are untested" if missing else f"{len(unknown)} clips are unknown"
            raise UserError(f"In {where} {fault} (such as {(missing or unknown)[0]}): {AGAIN}")
