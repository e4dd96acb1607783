"""From the runs' predictions to counts, rates, intervals and confusion tables (paper section 4.3).

A clip is answered twice: by the sequence head (the LSTM, the paper's answer) and by the capsule vote (the class
whose capsule is longest on average over the frames). Everything here counts test predictions only.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support, recall_score

from videofer.artifacts import read_table, sha256_file, write_table
from videofer.errors import UserError

# The column of predictions.csv and of history.csv that belongs to each head.
HEADS = {"sequence": "predicted", "capsule": "capsule_predicted"}
HEAD_ACCURACY = {"sequence": "accuracy", "capsule": "capsule_accuracy"}
RUN = ["model", "variant", "seed", "fold"]
CONFIDENCE = 0.95


def evaluate_runs(
    predictions: Sequence[str | Path],
    history: Sequence[str | Path],
    manifest: str | Path,
    rejected: str | Path,
    out: Mapping[str, str | Path],
    variants: Sequence[str],
    seeds: Sequence[int],
    folds: Sequence[int],
    code: str,
) -> None:
    """Write the metrics tables of all runs to the paths in `out`.

    `out` names predictions, history, overall, folds, classes, confusion and comparisons. Raises UserError if a
    run is missing, or if a usable clip (in the manifest, not rejected) is not tested exactly once per seed.
    """
    answers, curves = collect_tables(predictions, "predictions"), collect_tables(history, "history")
    clips = list_usable_clips(manifest, rejected)["clip"].tolist()
    check_runs(answers, curves, clips, variants, seeds, folds)

    sources = {
        f"{Path(path).parent.relative_to(Path(path).parents[4])}/{Path(path).name}": sha256_file(path)
        for path in (*predictions, *history)
    }
    write_table(out["predictions"], "predictions", answers, {"code": code, "sources": sources})
    write_table(out["history"], "history", curves, {"code": code, "sources": sources})
    classes, test = class_names(answers), list_answers(answers)
    tables = {
        "overall": measure_overall(test),
        "folds": measure_folds(test, curves),
        "classes": measure_classes(test, classes),
        "confusion": count_confusion(test, classes),
        "comparisons": compare_variants(test),
    }
    for name, table in tables.items():
        inputs = [out["predictions"], out["history"]]
        write_table(out[name], "metric", table, {"code": code, "confidence": CONFIDENCE}, inputs)


def list_usable_clips(manifest: str | Path, rejected: str | Path) -> pd.DataFrame:
    """Return the rows of the manifest that no later step rejected.

    Rejections at the index do not count: those clips are not in the manifest, though a row that names a video a
    second time bears the name of the first, which is.
    """
    clips, fallen = read_table(manifest, "manifest"), read_table(rejected, "rejected")
    return clips[~clips["clip"].isin(fallen[fallen["stage"] != "index"]["clip"])]


def collect_tables(paths: Sequence[str | Path], format: str) -> pd.DataFrame:
    """Read the tables of all runs into one, in the order of the paths."""
    return pd.concat([read_table(path, format) for path in paths], ignore_index=True)


def class_names(predictions: pd.DataFrame) -> list[str]:
    """Return the class names, in the order of the p_<class> columns of predictions.csv."""
    return [column.removeprefix("p_") for column in predictions.columns if column.startswith("p_")]


def check_runs(
    predictions: pd.DataFrame,
    history: pd.DataFrame,
    clips: Sequence[str],
    variants: Sequence[str],
    seeds: Sequence[int],
    folds: Sequence[int],
) -> None:
    """Raise UserError unless every variant and seed has every fold and tests each of `clips` exactly once.

    Also refuses test predictions of an epoch other than the one chosen on the validation subjects.
    """
    chosen = history[(history.chosen == 1) & (history.split == "validation")]
    chosen = chosen.groupby(["variant", "seed", "fold"])["epoch"].agg(list)
    ran = set(predictions[["variant", "seed", "fold"]].itertuples(index=False, name=None))
    test = predictions[predictions.split == "test"]
    for variant in variants:
        for seed in seeds:
            for fold in folds:
                _check_run(test, (variant, seed, fold), ran, chosen)
            tested = test[(test.variant == variant) & (test.seed == seed)]
            _check_coverage(tested, clips, f"variant {variant}, seed {seed}")


def _check_run(test: pd.DataFrame, run: tuple, ran: set, chosen: pd.Series) -> None:
    variant, seed, fold = run
    where = f"variant {variant}, seed {seed}"
    if run not in ran or run not in chosen.index:
        raise UserError(f"Fold {fold} of {where} is missing from the predictions or history: train it again.")
    if len(chosen[run]) != 1:
        raise UserError(f"Fold {fold} of {where} has {len(chosen[run])} chosen epochs, not 1: train it again.")
    epochs = set(test[(test.variant == variant) & (test.seed == seed) & (test.fold == fold)]["epoch"])
    if epochs - set(chosen[run]):
        raise UserError(
            f"Fold {fold} of {where} was tested at epoch {sorted(epochs)}, but epoch {chosen[run][0]} was chosen "
            "on the validation subjects: train it again."
        )


def _check_coverage(tested: pd.DataFrame, clips: Sequence[str], where: str) -> None:
    twice = tested[tested["clip"].duplicated()]
    if len(twice):
        folds = ", ".join(str(fold) for fold in tested[tested["clip"] == twice["clip"].iloc[0]]["fold"])
        raise UserError(
            f"Clip {twice['clip'].iloc[0]} is tested more than once (folds {folds}) in {where}, but a clip must be "
            "tested once per seed: delete the runs and folds.tsv and run again."
        )
    missing, unknown = sorted(set(clips) - set(tested["clip"])), sorted(set(tested["clip"]) - set(clips))
    if missing or unknown:
        fault = f"{len(missing)} usable clips are untested" if missing else f"{len(unknown)} clips are unknown"
        raise UserError(
            f"In {where} {fault} (such as {(missing or unknown)[0]}): delete the runs and folds.tsv and run again."
        )


def list_answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per test clip, run and head: model, variant, seed, fold, clip, true, head, answer."""
    test = predictions[predictions.split == "test"]
    heads = [test[[*RUN, "clip", "true"]].assign(head=head, answer=test[column]) for head, column in HEADS.items()]
    return pd.concat(heads, ignore_index=True)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share of correct answers; nan where n is 0."""
    if n == 0:
        return float("nan"), float("nan")
    interval = binomtest(correct, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def measure_overall(answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, variant and head, pooled over all folds and seeds.

    accuracy = correct / n with its Wilson interval; uar is the mean recall of the classes that occur; fold_mean
    and fold_sd are over the (seed, fold) runs. `counted` says what n counts: with several seeds each clip is
    counted once per seed, and the interval then treats those answers as independent.
    """
    rows = []
    for (model, variant, head), group in answers.groupby(["model", "variant", "head"], sort=False):
        right = group.true == group.answer
        per_fold = right.groupby([group.seed, group.fold]).mean()
        correct, n, seeds = int(right.sum()), len(group), group.seed.nunique()
        low, high = wilson_interval(correct, n)
        present = sorted(set(group.true))
        rows.append(
            {
                "model": model,
                "variant": variant,
                "head": head,
                "correct": correct,
                "n": n,
                "accuracy": correct / n,
                "wilson_low": low,
                "wilson_high": high,
                "uar": recall_score(group.true, group.answer, labels=present, average="macro"),
                "macro_f1": f1_score(group.true, group.answer, average="macro", zero_division=0),
                "fold_mean": per_fold.mean(),
                "fold_sd": per_fold.std(),
                "folds": group.fold.nunique(),
                "seeds": seeds,
                "clips": group["clip"].nunique(),
                "counted": "each clip once" if seeds == 1 else f"each clip once per seed ({seeds} seeds)",
            }
        )
    return pd.DataFrame(rows)


def measure_folds(answers: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return one row per run and head: correct, n, test accuracy, chosen epoch and its validation accuracy.

    A fold whose subjects have no usable clip stays in the table with n = 0 and no accuracy.
    """
    chosen = history[(history.chosen == 1) & (history.split == "validation")]
    right = answers.true == answers.answer
    counts = right.groupby([answers[key] for key in (*RUN, "head")]).agg(["sum", "size"])
    rows = []
    for run in chosen.to_dict("records"):
        for head in HEADS:
            key = (*(run[name] for name in RUN), head)
            correct, n = (int(value) for value in counts.loc[key]) if key in counts.index else (0, 0)
            rows.append(
                {
                    **{name: run[name] for name in RUN},
                    "head": head,
                    "correct": correct,
                    "n": n,
                    "accuracy": correct / n if n else float("nan"),
                    "epoch": run["epoch"],
                    "validation_accuracy": run[HEAD_ACCURACY[head]],
                }
            )
    return pd.DataFrame(rows)


def measure_classes(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return recall, precision and F1 per model, variant, head and class.

    support counts the clips of the class, answered the clips given that class; a rate over no clips is nan.
    """
    tables = []
    for key, group in answers.groupby(["model", "variant", "head"], sort=False):
        precision, recall, f1, support = precision_recall_fscore_support(
            group.true, group.answer, labels=list(classes), zero_division=float("nan")
        )
        answered = [int((group.answer == name).sum()) for name in classes]
        columns = {"class": list(classes), "support": support, "answered": answered}
        table = pd.DataFrame(columns | {"recall": recall, "precision": precision, "f1": f1})
        for place, (name, value) in enumerate(zip(("model", "variant", "head"), key, strict=True)):
            table.insert(place, name, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def count_confusion(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return counts per model, variant, head, true class and answered class, zeros included."""
    rows = []
    for (model, variant, head), group in answers.groupby(["model", "variant", "head"], sort=False):
        counts = confusion_matrix(group.true, group.answer, labels=list(classes))
        rows += [
            (model, variant, head, true, answer, int(counts[i, j]))
            for i, true in enumerate(classes)
            for j, answer in enumerate(classes)
        ]
    return pd.DataFrame(rows, columns=["model", "variant", "head", "true", "predicted", "count"])


def compare_variants(answers: pd.DataFrame) -> pd.DataFrame:
    """Return an exact McNemar test for each head and pair of variants, on the clips that both answered.

    only_first and only_second count the answers that one variant alone got right; p is two-sided and not
    corrected for the number of pairs. No rows where there is one variant only.
    """
    columns = ["model", "head", "first", "second", "n", "only_first", "only_second", "p"]
    rows = []
    for (model, head), group in answers.groupby(["model", "head"], sort=False):
        right = (group.true == group.answer).groupby([group.seed, group["clip"], group.variant]).first().unstack()
        for first, second in combinations(group.variant.unique(), 2):
            only_first = int((right[first] & ~right[second]).sum())
            only_second = int((right[second] & ~right[first]).sum())
            differing = only_first + only_second
            p = binomtest(only_first, differing).pvalue if differing else 1.0
            rows.append((model, head, first, second, len(right), only_first, only_second, p))
    return pd.DataFrame(rows, columns=columns)
