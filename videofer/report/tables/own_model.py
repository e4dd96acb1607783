"""The study's own model: Table 4.1, where its accuracy comes from, and how sure it is."""

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import DASH, MINUS, NONE, Table, show, show_bounds, show_percent, show_share
from videofer.evaluation.statistics.accuracy import BINS
from videofer.report.tables.columns import (
    bounds,
    name_head,
    name_variant,
    pair_heads,
    percent,
    scale_shares,
    show_rows,
    within,
)
from videofer.report.tables.wording import describe_counts, describe_data, describe_intervals

COUNTS = ("correct", "n", "clips")
RATES = ("accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high", "uar", "uar_low", "uar_high")
MEAN = "mean of the classes"


def tabulate_losses(
    overall: pd.DataFrame, classes: pd.DataFrame, reference: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return Table 4.1: the paper's accuracy for each loss function beside ours, in the paper's order.

    overall, classes: of the study's own model; reference: table-4.1.csv; name and kind: of the data set.
    """
    measured = overall.set_index(["variant", "head"]).to_dict("index")
    columns = {
        "Loss function": lambda row: row["loss_function"],
        "Paper ACC (%)": lambda row: show(row["paper_accuracy_percent"], 2),
        "LSTM ACC (%)": within("sequence", show_share),
        "95 % interval over clips": within("sequence", bounds("wilson_low", "wilson_high")),
        "95 % interval over subjects": within("sequence", bounds("subject_low", "subject_high")),
        f"LSTM {MINUS} paper (points)": lambda row: show(row["difference_points"], 2, signed=True),
        "LSTM UAR (%)": within("sequence", _show_uar),
        "Capsule vote ACC (%)": within("capsule", show_share),
    }
    rows, heads = [], []
    for row in reference.to_dict("records"):
        heads.append({head: measured.get((row["variant"], head)) for head in HEADS})
        paper = row["accuracy_percent"]
        shares = {head: scale_shares(values, COUNTS, RATES) for head, values in heads[-1].items()}
        rows.append(
            {"dataset": name, "dataset_kind": kind, "variant": row["variant"]}
            | {"loss_function": row["loss_function"], "paper_accuracy_percent": paper}
            | {f"{head}_{key}": value for head, values in shares.items() for key, value in values.items()}
            | {"difference_points": shares["sequence"]["accuracy_percent"] - paper}
        )
    support = classes[(classes["variant"] == classes["variant"].iloc[0]) & (classes["head"] == "sequence")]["clips"]
    chance = show_percent(support.max() / support.sum())
    notes = [
        describe_data(name, kind),
        describe_counts(overall, kind),
        "LSTM: answer of the sequence head, the paper's. Capsule vote: the class whose capsule is longest on "
        "average over the frames. UAR: mean recall of the classes, in square brackets its interval over subjects.",
        describe_intervals(overall, kind),
        f"Naming the most frequent class every time would score {chance} %.",
    ]
    if not all(row["sequence"] for row in heads):
        notes.append(f"{NONE}: not trained in this run.")
    shown = show_rows([row | of_row for row, of_row in zip(rows, heads, strict=True)], columns)
    title = "Table 4.1. Accuracy by loss function"
    return Table("table-4.1", title, pd.DataFrame(rows), shown, tuple(notes))


def _show_uar(row: dict) -> str:
    interval = show_bounds(row["uar_low"], row["uar_high"])
    return show_percent(row["uar"], 2) + ("" if interval == NONE else f" [{interval}]")


def tabulate_classes(classes: pd.DataFrame, overall: pd.DataFrame) -> Table:
    """Return recall, precision and F1 per class of every variant's LSTM head, and the capsule vote's recall.

    The last row of each variant holds the unweighted means: UAR and macro-F1.
    """
    columns = {
        "Variant": name_variant,
        "Class": lambda row: row["class"],
        "Clips": lambda row: str(row["clips"]),
        "LSTM recall (%)": percent("recall"),
        "95 % interval": bounds("recall_low", "recall_high"),
        "LSTM precision (%)": percent("precision"),
        "LSTM F1 (%)": percent("f1"),
        "Capsule vote recall (%)": within("capsule", percent("recall")),
    }
    # The means are the overall metrics under the names of the classes' columns.
    renamed = {"uar": "recall", "uar_low": "recall_low", "uar_high": "recall_high", "macro_f1": "f1"}
    means = pair_heads(overall.rename(columns=renamed), ["model", "variant"])
    means = {(row["model"], row["variant"]): row | {"class": MEAN} for row in means}
    rows = []
    for run, part in classes.groupby(["model", "variant"], sort=False):
        of_run = list(pair_heads(part, ["class"]))
        precision = pd.Series([row["precision"] for row in of_run]).mean()
        rows += [*of_run, means[run] | {"precision": precision}]
    notes = (
        "Interval of a class: Wilson's, over its clips. Last row: unweighted means of the classes (UAR, macro-F1), "
        "the interval over subjects.",
        f"{NONE}: no clip to compute the rate over.",
    )
    title = "Recall, precision and F1 of every class"
    return Table("table-classes", title, classes, show_rows(rows, columns), notes)


def tabulate_folds(folds: pd.DataFrame) -> Table:
    """Return test and validation accuracy of every run, both heads in one row."""
    columns = {
        "Variant": name_variant,
        "Seed": lambda row: str(row["seed"]),
        "Fold": lambda row: str(row["fold"]),
        "LSTM ACC (%)": show_share,
        "Capsule vote ACC (%)": within("capsule", show_share),
        "Chosen epoch": lambda row: str(row["epoch"]),
        "LSTM validation ACC (%)": percent("validation_accuracy"),
    }
    shown = show_rows(pair_heads(folds, ["model", "variant", "seed", "fold"]), columns)
    note = "The epoch was chosen on the validation subjects; the test subjects were read once, at that epoch."
    return Table("table-folds", "Accuracy of every fold", folds, shown, (note,))


def tabulate_seeds(seeds: pd.DataFrame, overall: pd.DataFrame) -> Table:
    """Return mean and spread of the accuracy over the seeds and over the folds, for each variant and head."""
    keys = ["model", "variant", "head"]
    ends = seeds.groupby(keys, sort=False)["accuracy"].agg(seed_low="min", seed_high="max").reset_index()
    kept = [*keys, "seeds", "seed_mean", "seed_sd", "folds", "fold_mean", "fold_sd"]
    data = overall[kept].merge(ends, on=keys, how="left")
    columns = {
        "Variant": name_variant,
        "Answers of": name_head,
        "Mean over seeds (%)": percent("seed_mean"),
        "SD (points)": percent("seed_sd"),
        "Lowest to highest (%)": lambda row: DASH.join(show_percent(row[f"seed_{end}"]) for end in ("low", "high")),
        "Mean over folds (%)": percent("fold_mean"),
        "SD of folds (points)": percent("fold_sd"),
    }
    count = overall["seeds"].max()
    runs = (
        f"{count} seeds; a seed's accuracy is pooled over all of its folds."
        if count > 1
        else "One seed was trained: how much the accuracy depends on the seed is not known from this run. "
        "List more under `seeds` in the configuration."
    )
    notes = (
        runs,
        f"{overall['folds'].max()} folds, which have different subjects and need not have equally many clips: "
        "their mean differs a little from the pooled accuracy. SD: standard deviation (n − 1).",
    )
    title = "Spread of the accuracy over seeds and folds"
    return Table("table-seeds", title, data, show_rows(data.to_dict("records"), columns), notes)


def tabulate_calibration(calibration: pd.DataFrame) -> Table:
    """Return confidence, accuracy, calibration error with its level by chance, and Brier score of every variant."""
    columns = {
        "Variant": name_variant,
        "Answers of": name_head,
        "Mean confidence (%)": percent("confidence"),
        "ACC (%)": percent("accuracy"),
        "ECE (points)": percent("ece"),
        "ECE by chance: mean (points)": percent("chance_mean"),
        "95 % below (points)": percent("chance_high"),
        "Brier score": lambda row: show(row["brier"], 3),
    }
    notes = (
        "Confidence: the LSTM's probability of its answer; for the capsule vote, the mean length of the winning "
        f"capsule. ECE: gap between accuracy and mean confidence, averaged over {BINS} bins of confidence by their "
        "number of answers.",
        "With few clips ECE is above 0 by chance alone: the next columns give its mean and 95th percentile for a "
        "perfectly calibrated model with the same confidences.",
        "Brier score: mean squared distance between the probabilities and the truth over all classes; 0 is best, "
        f"equal probabilities for six classes score 0.833. {NONE}: the lengths of capsules do not sum to 1.",
    )
    title = "Calibration: how sure the model is, and how often it is right"
    shown = show_rows(calibration.to_dict("records"), columns)
    return Table("table-calibration", title, calibration, shown, notes)
