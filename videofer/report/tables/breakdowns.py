"""Where the accuracy comes from: classes, folds, seeds and subjects."""

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import DASH, NONE, Table, show, show_percent, show_share
from videofer.datasets.registry import names_people
from videofer.report.tables.columns import bounds, name_head, name_variant, pair_heads, percent, show_rows, within

MEAN = "mean of the classes"


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


def tabulate_subjects(subjects: pd.DataFrame, kind: str) -> Table:
    """Return the accuracy of every subject: by the LSTM of each variant, and by both heads over all variants.

    kind: of the data set, which may not say who is who.
    """
    pooled = subjects.groupby(["head", "subject"], sort=False)[["correct", "n"]].sum()
    pooled["accuracy"] = pooled["correct"] / pooled["n"]
    accuracy = pooled.loc["sequence"]["accuracy"].sort_values(kind="stable")  # the hardest person first
    sequence = subjects[subjects["head"] == "sequence"]
    shown = []
    for subject in accuracy.index:
        line = {"Subject": subject}
        for row in sequence[sequence["subject"] == subject].to_dict("records"):
            line[f"LSTM, {name_variant(row)} (%)"] = show_percent(row["accuracy"], 0)
        for head in HEADS:
            cell = NONE
            if (head, subject) in pooled.index:
                row = pooled.loc[(head, subject)]
                cell = f"{show(100 * row.accuracy, 1)} ({row.correct:.0f}/{row.n:.0f})"
            line[f"{HEADS[head].name}, all variants (%)"] = cell
        shown.append(line)
    notes = [
        f"The person recognised worst comes first. LSTM, all variants: from {show_percent(accuracy.min(), 0)} to "
        f"{show_percent(accuracy.max(), 0)} %, median {show_percent(accuracy.median(), 0)} %. "
        "In brackets: right answers / answers."
    ]
    if not names_people(kind):
        notes.insert(0, "The data set does not say who is who: each row is one clip, not a person.")
    return Table("table-subjects", "Accuracy of every subject", subjects, pd.DataFrame(shown), tuple(notes))
