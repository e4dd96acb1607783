"""Where the accuracy comes from: classes, folds, seeds and subjects."""

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import DASH, NONE, Table, show, show_bounds, show_percent, show_share
from videofer.datasets.registry import names_people
from videofer.report.tables.wording import name_run

MEAN = "mean of the classes"


def tabulate_classes(classes: pd.DataFrame, overall: pd.DataFrame) -> Table:
    """Return recall, precision and F1 per class of every variant's LSTM head, and the capsule vote's recall.

    The last row of each variant holds the unweighted means: UAR and macro-F1.
    """
    means = overall.set_index(["model", "variant", "head"])
    shown = []
    for (model, variant), part in classes.groupby(["model", "variant"], sort=False):
        name = {"Variant": name_run(model, variant)}
        for label, group in part.groupby("class", sort=False):
            head = {row["head"]: row for row in group.to_dict("records")}
            shown.append(name | {"Class": label} | _show_class(head["sequence"], head.get("capsule")))
        sequence = means.loc[(model, variant, "sequence")]
        bounds = show_bounds(sequence.uar_low, sequence.uar_high)
        capsule = (model, variant, "capsule")
        shown.append(
            name
            | {"Class": MEAN, "Clips": str(sequence.clips), "LSTM recall (%)": show_percent(sequence.uar)}
            | {"95 % interval": bounds, "LSTM precision (%)": show_percent(_mean(part, "precision"))}
            | {"LSTM F1 (%)": show_percent(sequence.macro_f1)}
            | {"Capsule vote recall (%)": show_percent(means.uar[capsule]) if capsule in means.index else NONE}
        )
    notes = (
        "Interval of a class: Wilson's, over its clips. Last row: unweighted means of the classes (UAR, macro-F1), "
        "the interval over subjects.",
        f"{NONE}: no clip to compute the rate over.",
    )
    return Table("table-classes", "Recall, precision and F1 of every class", classes, pd.DataFrame(shown), notes)


def _show_class(sequence: dict, capsule: dict | None) -> dict[str, str]:
    return {
        "Clips": str(sequence["clips"]),
        "LSTM recall (%)": show_percent(sequence["recall"]),
        "95 % interval": show_bounds(sequence["recall_low"], sequence["recall_high"]),
        "LSTM precision (%)": show_percent(sequence["precision"]),
        "LSTM F1 (%)": show_percent(sequence["f1"]),
        "Capsule vote recall (%)": show_percent(capsule["recall"]) if capsule else NONE,
    }


def _mean(classes: pd.DataFrame, rate: str) -> float:
    return classes[classes["head"] == "sequence"][rate].mean()


def tabulate_folds(folds: pd.DataFrame) -> Table:
    """Return test and validation accuracy of every run, both heads in one row."""
    shown = []
    for (model, variant, seed, fold), group in folds.groupby(["model", "variant", "seed", "fold"], sort=False):
        head = {row["head"]: row for row in group.to_dict("records")}
        shown.append(
            {
                "Variant": name_run(model, variant),
                "Seed": str(seed),
                "Fold": str(fold),
                "LSTM ACC (%)": show_share(head["sequence"]),
                "Capsule vote ACC (%)": show_share(head["capsule"]),
                "Chosen epoch": str(head["sequence"]["epoch"]),
                "LSTM validation ACC (%)": show_percent(head["sequence"]["validation_accuracy"]),
            }
        )
    note = "The epoch was chosen on the validation subjects; the test subjects were read once, at that epoch."
    return Table("table-folds", "Accuracy of every fold", folds, pd.DataFrame(shown), (note,))


def tabulate_seeds(seeds: pd.DataFrame, overall: pd.DataFrame) -> Table:
    """Return mean and spread of the accuracy over the seeds and over the folds, for each variant and head."""
    keys = ["model", "variant", "head"]
    ends = seeds.groupby(keys, sort=False)["accuracy"].agg(seed_low="min", seed_high="max").reset_index()
    columns = [*keys, "seeds", "seed_mean", "seed_sd", "folds", "fold_mean", "fold_sd"]
    data = overall[columns].merge(ends, on=keys, how="left")
    shown = [
        {
            "Variant": name_run(row["model"], row["variant"]),
            "Answers of": HEADS[row["head"]].name,
            "Mean over seeds (%)": show_percent(row["seed_mean"]),
            "SD (points)": show_percent(row["seed_sd"]),
            "Lowest to highest (%)": f"{show_percent(row['seed_low'])}{DASH}{show_percent(row['seed_high'])}",
            "Mean over folds (%)": show_percent(row["fold_mean"]),
            "SD of folds (points)": show_percent(row["fold_sd"]),
        }
        for row in data.to_dict("records")
    ]
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
    return Table("table-seeds", "Spread of the accuracy over seeds and folds", data, pd.DataFrame(shown), notes)


def tabulate_subjects(subjects: pd.DataFrame, kind: str) -> Table:
    """Return the accuracy of every subject: by the LSTM of each variant, and by both heads over all variants.

    kind: of the data set, which may not say who is who.
    """
    keys = ["head", "subject"]
    pooled = subjects.groupby(keys, sort=False)[["correct", "n"]].sum()
    pooled["accuracy"] = pooled["correct"] / pooled["n"]
    order = pooled.loc["sequence"].sort_values("accuracy", kind="stable").index  # the hardest person first
    sequence = subjects[subjects["head"] == "sequence"]
    shown = []
    for subject in order:
        line = {"Subject": subject}
        for row in sequence[sequence["subject"] == subject].to_dict("records"):
            line[f"LSTM, {name_run(row['model'], row['variant'])} (%)"] = show_percent(row["accuracy"], 0)
        for head, name in ((head, one.name) for head, one in HEADS.items()):
            share = pooled.loc[(head, subject)].to_dict() if (head, subject) in pooled.index else None
            line[f"{name}, all variants (%)"] = _show_pooled(share)
        shown.append(line)
    accuracy = pooled.loc["sequence"]["accuracy"]
    notes = [
        f"The person recognised worst comes first. LSTM, all variants: from {show_percent(accuracy.min(), 0)} to "
        f"{show_percent(accuracy.max(), 0)} %, median {show_percent(accuracy.median(), 0)} %. "
        "In brackets: right answers / answers."
    ]
    if not names_people(kind):
        notes.insert(0, "The data set does not say who is who: each row is one clip, not a person.")
    return Table("table-subjects", "Accuracy of every subject", subjects, pd.DataFrame(shown), tuple(notes))


def _show_pooled(row: dict | None) -> str:
    if row is None:
        return NONE
    return f"{show(100 * row['accuracy'], 1)} ({row['correct']:.0f}/{row['n']:.0f})"
