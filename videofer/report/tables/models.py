"""Table 4.2: other models, as the paper quotes them, as their authors report them, and as measured here; costs."""

import math

import pandas as pd

from videofer.core.table_formats import DASH, MINUS, NONE, Table, show, show_bounds, show_percent, show_share
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.tables.columns import bounds, p_value, percent, scale_shares, show_rows, within
from videofer.report.tables.wording import PERMUTATION, describe_bootstrap, describe_data

FLOORS = ("lbp-top-svm", "majority")  # what any model should beat; they follow the paper's models
SHARES = ("accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high", "uar", "uar_low", "uar_high")
SHARES += ("seed_mean", "seed_sd", "difference", "difference_low", "difference_high", "least_class_difference")
PLAIN = (
    "correct",
    "n",
    "clips",
    "seeds",
    "rank_best",
    "rank_worst",
    "permutation_p",
    "permutation_holm",
    "only_here",
    "only_reference",
)
PLAIN += ("mcnemar_p", "mcnemar_holm", "least_class")
COSTS = (
    "parameters",
    "trainings",
    "climbing",
    "training_seconds",
    "inference_seconds_per_clip",
    "seconds_are",
    "machine",
)
SEEDS = "Seeds, mean ± SD (%)"
RANK = "Rank, by seed"
CLIMBING = (
    "Stopped while climbing: trainings that training.epochs ended although one of the last training.patience "
    "epochs was the best on validation; more epochs may raise such a model."
)


def list_rows(models: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame) -> list[dict]:
    """Return the rows of Table 4.2: models in the paper's order, the floors, then others, each by its variants.

    models: of `measure_models`; reference: table-4.2.csv; originals: originals.csv. A model of the paper has a row
    for its main variant, with the quoted figure, whether that was trained or not. Keys: model (the paper's name,
    else the registered one), registered, variant, label, quoted_percent, original_percent, and run, the row of
    `models` or None.
    """
    pending = {name: group.to_dict("records") for name, group in models.groupby("model", sort=False)}
    own = originals[originals["measure"] == "accuracy"].set_index(["model", "variant"])["percent"]
    rows = []
    for quoted in reference.to_dict("records"):
        names = {_normalise(quoted["model"]), _normalise(quoted["original_name"])}
        registered = next((name for name in pending if _normalise(name) in names), None)
        runs = {run["variant"]: run for run in pending.pop(registered, [])}
        original = quoted["original_name"]
        remarks = [] if pd.isna(original) or original == quoted["model"] else [f"= {original}"]
        remarks += [] if pd.isna(quoted["remark"]) else [str(quoted["remark"])]
        label = f"{quoted['model']} ({', '.join(remarks)})" if remarks else quoted["model"]
        for variant in runs if quoted["variant"] in runs else (quoted["variant"], *runs):
            figure = quoted["quoted_percent"] if variant == quoted["variant"] else math.nan
            row = {"model": quoted["model"], "registered": registered, "variant": variant}
            row |= {"label": label, "quoted_percent": figure}
            row |= {"original_percent": own.get((quoted["model"], variant), math.nan), "run": runs.get(variant)}
            rows.append(row)
    floors = {name: pending.pop(name) for name in FLOORS if name in pending}
    for name, runs in (floors | pending).items():
        row = {"model": name, "registered": name, "label": f"{name} (floor)" if name in FLOORS else name}
        row |= {"quoted_percent": math.nan, "original_percent": math.nan}
        rows += [row | {"variant": run["variant"], "run": run} for run in runs]
    return rows


def rank_models(models: pd.DataFrame) -> list[dict]:
    """Return the rows of `measure_models`, the most accurate first."""
    return models.sort_values("accuracy", ascending=False, kind="stable").to_dict("records")


def tabulate_models(
    rows: list[dict], overall: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return Table 4.2: the figures the paper quotes, those of the quoted papers themselves, and ours.

    rows, reference, originals: of `list_rows`; overall: of `measure_overall`; name and kind: of the data set.
    """
    columns = {
        "Model": lambda row: row["label"],
        "Variant": lambda row: row["variant"],
        "Paper / original, on MMI (%)": _show_printed,
        "ACC, this run (%)": within("run", show_share),
        "95 % interval over subjects": within("run", bounds("subject_low", "subject_high")),
        "UAR (%)": within("run", percent("uar", 2)),
        SEEDS: within("run", lambda run: " ± ".join(show_percent(run[f"seed_{of}"], 2) for of in ("mean", "sd"))),
        RANK: within("run", _show_ranks),
        f"{MINUS} Capsule-LSTM (points)": within("run", _show_difference),
        "p (Holm)": within("run", p_value("permutation")),
    }
    if not any(row["run"]["seeds"] > 1 for row in rows if row["run"]):
        del columns[SEEDS], columns[RANK]
    printed = ("model", "registered", "variant", "quoted_percent", "original_percent")
    data = [
        {"dataset": name, "dataset_kind": kind}
        | {key: row[key] for key in printed}
        | scale_shares(row["run"], PLAIN, SHARES)
        for row in rows
    ]
    title = "Table 4.2. Accuracy on MMI as the paper quotes it and as the quoted papers report it, beside this run"
    notes = _describe(overall, reference, originals, name, kind)
    climbing = [f"{row['label']} {row['variant']}" for row in rows if row["run"] and row["run"]["climbing"] > 0]
    if climbing:
        notes.insert(1, f"{CLIMBING} Here: {'; '.join(climbing)} (Table 4.2, costs, says how many).")
    if not all(row["run"] for row in rows):
        notes.append(f"{NONE} under this run: not trained here.")
    latex_columns = "ll" + "r" * (len(columns) - 2)
    return Table("table-4.2", title, pd.DataFrame(data), show_rows(rows, columns), tuple(notes), latex_columns)


def _normalise(name: object) -> str:
    """Return the letters and digits of a model's name in lower case, '' where there is none."""
    return "" if pd.isna(name) else "".join(c for c in str(name).casefold() if c.isalnum())


def _show_difference(run: dict) -> str:
    if f"{run['model']}/{run['variant']}" == REFERENCE:
        return "reference"
    interval = show_bounds(run["difference_low"], run["difference_high"], signed=True)
    return show_percent(run["difference"], signed=True) + ("" if interval == NONE else f" [{interval}]")


def _show_ranks(run: dict) -> str:
    best, worst = run["rank_best"], run["rank_worst"]
    return str(best) if best == worst else f"{best}{DASH}{worst}"


def _show_climbing(row: dict) -> str:
    if pd.isna(row["climbing"]):
        return NONE
    return f"{row['climbing']:.0f} of {row['trainings']:.0f}"


def _show_printed(row: dict) -> str:
    printed = [row["quoted_percent"], row["original_percent"]]
    return NONE if all(map(pd.isna, printed)) else " / ".join(show(figure, 2) for figure in printed)


def _describe(
    overall: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame, name: str, kind: str
) -> list[str]:
    sources = []
    for model, rows in originals.groupby("model", sort=False):
        first = rows.iloc[0]
        clips = f"{show(first['clips'], 0)} clips, {first['protocol']}"
        sources.append(f"{model}: {clips if first['clips'] > 0 else 'original not found'} ({first['source']})")
    notes = [
        describe_data(name, kind),
        "All rows of this run share clips, folds and seeds. Layer sizes are ours wherever a paper prints none, and "
        "every model is trained anew on this run's clips, without the pictures of faces that some originals were "
        "trained on before: these rows measure the methods at this size, not the originals.",
        f"Points: against the Capsule-LSTM with all three losses ({REFERENCE.partition('/')[2]}), on the same "
        f"clips and seeds; in square brackets the 95 % interval over subjects. p: {PERMUTATION}; in brackets "
        "after Holm's correction over all rows. The CSV file has McNemar's exact test as well, which takes clips "
        "as independent, and the class whose recall falls furthest behind.",
        describe_bootstrap(overall, kind),
        "The paper misspells two models: IL-CDD is IL-CNN, DTGAN is DTAGN. The originals' figures were measured "
        "with other splits, and some on other clips: neither column ranks the models. " + "; ".join(sources) + ".",
    ]
    standing = reference[reference["remark"] == "stand-in"]["model"]
    if len(standing):
        notes.insert(2, f"{' and '.join(standing)}: a stand-in of ours for a model whose paper could not be read.")
    return notes


def tabulate_costs(rows: list[dict], name: str, kind: str) -> Table:
    """Return what each trained model of Table 4.2 costs; arguments as of `tabulate_models`."""

    def show_milliseconds(row: dict) -> str:
        milliseconds = 1000 * row["inference_seconds_per_clip"]
        return show(milliseconds, 1 if milliseconds >= 10 else 3)

    columns = {
        "Model": lambda row: row["label"],
        "Variant": lambda row: row["variant"],
        "Parameters": lambda row: f"{row['parameters']:,}",
        "Training of a fold (s)": lambda row: show(row["training_seconds"], 1),
        "Stopped while climbing": _show_climbing,
        "Answer to a clip (ms)": show_milliseconds,
        "Measured as": lambda row: f"{row['seconds_are']}, {row['machine']}",
    }
    trained = [row | {key: row["run"][key] for key in COSTS} for row in rows if row["run"]]
    kept = ("model", "registered", "variant", *COSTS)
    data = [{"dataset": name, "dataset_kind": kind} | {key: row[key] for key in kept} for row in trained]
    notes = (
        "Training: mean over folds and seeds of all that fitting takes, with the answers that choose the epoch. "
        "Answer: from the face clip and its landmarks, faces being found already; mean over the test clips, in "
        "batches as in training, after the validation clips.",
        "CPU time is that of the training process alone, whatever else the machine did; it is no waiting time, and "
        "times of different machines do not compare.",
        CLIMBING + " The sizes of the layers are those of this run's configuration, not the papers'.",
    )
    title = "Table 4.2, costs. What each model takes to train and to answer"
    return Table("table-4.2-cost", title, pd.DataFrame(data), show_rows(trained, columns), notes, "llrrrrl")
