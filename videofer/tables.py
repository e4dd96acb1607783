"""The paper's tables beside our own figures, as CSV (full precision), Markdown and LaTeX (formatted)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.artifacts import read_table
from videofer.table_formats import MINUS, NONE, Table, show, show_interval, show_share, show_text, write_file

FULL_VARIANT = "margin-reconstruction-ce"  # the paper's Capsule-LSTM: all three losses of eq. 3.1
OUR_MODEL = "Capsule-LSTM"


def tabulate_results(
    metrics: Mapping[str, str | Path],
    rejected: str | Path,
    reference: Mapping[str, str | Path],
    out: Sequence[str | Path],
    name: str,
    kind: str,
) -> None:
    """Write a table to each path of `out`: its stem is the table's name, its suffix the format (csv, md, tex).

    metrics: paths of overall, folds, classes and comparisons; reference: of losses (the paper's Table 4.1) and
    models (Table 4.2); name and kind: of the data set.
    """
    tables = {table.name: table for table in build_tables(metrics, rejected, reference, name, kind).values()}
    for path in out:
        write_file(tables[Path(path).stem], path)


def build_tables(
    metrics: Mapping[str, str | Path],
    rejected: str | Path,
    reference: Mapping[str, str | Path],
    name: str,
    kind: str,
) -> dict[str, Table]:
    """Return the tables losses, models, comparisons, folds, classes and rejected; arguments as above."""
    overall, folds, classes, comparisons = (
        read_table(metrics[key], "metric") for key in ("overall", "folds", "classes", "comparisons")
    )
    losses, models = pd.read_csv(reference["losses"]), pd.read_csv(reference["models"])
    return {
        "losses": tabulate_losses(overall, classes, losses, name, kind),
        "models": tabulate_models(overall, models, name, kind),
        "comparisons": tabulate_comparisons(comparisons),
        "folds": tabulate_folds(folds),
        "classes": tabulate_classes(classes),
        "rejected": tabulate_rejected(read_table(rejected, "rejected")),
    }


def describe_data(name: str, kind: str) -> str:
    """Return the one sentence that says on what the figures were measured."""
    if kind == "rendered":
        return (
            "Measured on rendered faces (computer-drawn people), not on the MMI database: "
            "the level of these figures is not comparable with the paper's."
        )
    return (
        f"Measured on the data set '{name}': comparable with the paper's figures only as far as its clips and its "
        "split into folds are the paper's, which does not state its split."
    )


def tabulate_losses(
    overall: pd.DataFrame, classes: pd.DataFrame, reference: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return Table 4.1: the paper's accuracy for each loss function beside ours, in the paper's order."""
    measured = overall.set_index(["variant", "head"]).to_dict("index")
    rows, shown = [], []
    for row in reference.to_dict("records"):
        sequence = measured.get((row["variant"], "sequence"))
        capsule = measured.get((row["variant"], "capsule"))
        paper = row["accuracy_percent"]
        ours = {"sequence": _prefixed(sequence), "capsule": _prefixed(capsule)}
        difference = ours["sequence"]["accuracy_percent"] - paper
        rows.append(
            {"dataset": name, "dataset_kind": kind, "variant": row["variant"]}
            | {"loss_function": row["loss_function"], "paper_accuracy_percent": paper}
            | {f"{head}_{key}": value for head, values in ours.items() for key, value in values.items()}
            | {"difference_points": difference}
        )
        shown.append(
            {
                "Loss function": row["loss_function"],
                "Paper ACC (%)": show(paper, 2),
                "LSTM ACC (%)": show_share(sequence),
                "LSTM 95 % interval": show_interval(sequence),
                f"LSTM {MINUS} paper (points)": show(difference, 2, signed=True),
                "Capsule vote ACC (%)": show_share(capsule),
                "LSTM UAR (%)": show(ours["sequence"]["uar_percent"], 2),
            }
        )
    notes = [describe_data(name, kind), *_reading_notes(overall, classes)]
    if any(key not in measured for key in ((v, "sequence") for v in reference["variant"])):
        notes.append(f"{NONE}: not trained in this run.")
    title = "Table 4.1. Accuracy by loss function"
    return Table("table-4.1", title, pd.DataFrame(rows), pd.DataFrame(shown), tuple(notes))


def _prefixed(row: dict | None) -> dict:
    """Return one head's counts and its rates in per cent, nan throughout where the variant was not trained."""
    rates = {"accuracy": "accuracy", "wilson_low": "wilson_low", "wilson_high": "wilson_high", "uar": "uar"}
    row = row or dict.fromkeys(("correct", "n", *rates), math.nan)
    return {"correct": row["correct"], "n": row["n"]} | {f"{key}_percent": 100 * row[key] for key in rates}


def _reading_notes(overall: pd.DataFrame, classes: pd.DataFrame) -> list[str]:
    counted = overall["counted"].iloc[0]
    if overall["seeds"].max() > 1:
        counted += ", the interval taking these answers as independent"
    support = classes[(classes["variant"] == classes["variant"].iloc[0]) & (classes["head"] == "sequence")]
    share = show(100 * support["support"].max() / support["support"].sum(), 1)
    return [
        f"ACC is pooled over the test clips of {overall['folds'].max()} subject-independent folds ({counted}); "
        "in brackets: correct / n. The 95 % interval is Wilson's.",
        "LSTM: answer of the sequence head, the paper's. Capsule vote: the class whose capsule is longest on "
        "average over the frames. UAR: mean recall of the classes.",
        f"Naming the most frequent class every time would score {share} %.",
    ]


def tabulate_models(overall: pd.DataFrame, reference: pd.DataFrame, name: str, kind: str) -> Table:
    """Return Table 4.2: the figures the paper quotes, those of the quoted papers themselves, and ours."""
    full = overall[(overall["variant"] == FULL_VARIANT) & (overall["head"] == "sequence")].to_dict("records")
    rows, shown = [], []
    for row in reference.drop(columns="table").to_dict("records"):
        ours = full[0] if full and row["model"] == OUR_MODEL else None
        difference = row["quoted_percent"] - row["original_percent"]
        rows.append(
            row
            | {"dataset": name, "dataset_kind": kind, "quoted_minus_original_points": difference}
            | {"correct": ours and ours["correct"], "n": ours and ours["n"]}
            | {"accuracy_percent": ours and 100 * ours["accuracy"]}
        )
        shown.append(
            {
                "Model": row["model"],
                "Paper quotes (%)": show(row["quoted_percent"], 2),
                "Original reports (%)": show(row["original_percent"], 2),
                f"Quoted {MINUS} original (points)": show(difference, 2, signed=True),
                "LSTM ACC, this run (%)": show_share(ours),
                "Protocol": show_text(row["original_protocol"]),
                "Source": row["source"],
            }
        )
    title = "Table 4.2. Accuracy on MMI as the paper quotes it and as the quoted papers report it, beside this run"
    return Table("table-4.2", title, pd.DataFrame(rows), pd.DataFrame(shown), (describe_data(name, kind),))


def tabulate_comparisons(comparisons: pd.DataFrame) -> Table:
    """Return the exact McNemar tests between the variants' LSTM answers."""
    data = comparisons[comparisons["head"] == "sequence"]
    shown = [
        {
            "A / B": f"{row['first']} / {row['second']}",
            "Only A right": str(row["only_first"]),
            "Only B right": str(row["only_second"]),
            "n": str(row["n"]),
            "p": "< 0.001" if row["p"] < 0.001 else show(row["p"], 3),
        }
        for row in data.to_dict("records")
    ]
    columns = ["A / B", "Only A right", "Only B right", "n", "p"]
    note = "Exact two-sided McNemar test on the same clips, LSTM answers; p is not corrected for several pairs."
    title = "Do the loss functions differ?"
    return Table("table-comparisons", title, data, pd.DataFrame(shown, columns=columns), (note,))


def tabulate_folds(folds: pd.DataFrame) -> Table:
    """Return test and validation accuracy of every run, both heads in one row."""
    keys = ["model", "variant", "seed", "fold"]
    shown = []
    for (_, variant, seed, fold), group in folds.groupby(keys, sort=False):
        head = {row["head"]: row for row in group.to_dict("records")}
        shown.append(
            {
                "Variant": variant,
                "Seed": str(seed),
                "Fold": str(fold),
                "LSTM ACC (%)": show_share(head["sequence"]),
                "Capsule vote ACC (%)": show_share(head["capsule"]),
                "Chosen epoch": str(head["sequence"]["epoch"]),
                "LSTM validation ACC (%)": show(100 * head["sequence"]["validation_accuracy"], 1),
            }
        )
    note = "The epoch was chosen on the validation subjects; the test subjects were read once, at that epoch."
    return Table("table-folds", "Accuracy of every fold", folds, pd.DataFrame(shown), (note,))


def tabulate_classes(classes: pd.DataFrame) -> Table:
    """Return recall, precision and F1 per class of every variant's LSTM head, and the capsule vote's recall."""
    keys = ["model", "variant", "class"]
    shown = []
    for (_, variant, name), group in classes.groupby(keys, sort=False):
        head = {row["head"]: row for row in group.to_dict("records")}
        sequence = head["sequence"]
        rates = {key: show(100 * sequence[key], 1) for key in ("recall", "precision", "f1")}
        shown.append(
            {"Variant": variant, "Class": name, "Clips": str(sequence["support"])}
            | {"LSTM recall (%)": rates["recall"], "LSTM precision (%)": rates["precision"]}
            | {"LSTM F1 (%)": rates["f1"], "Capsule vote recall (%)": show(100 * head["capsule"]["recall"], 1)}
        )
    note = f"{NONE}: no clip to compute the rate over."
    return Table("table-classes", "Recall, precision and F1 of every class", classes, pd.DataFrame(shown), (note,))


def tabulate_rejected(rejected: pd.DataFrame) -> Table:
    """Return the clips that could not be used, the step that rejected them and why."""
    columns = {"clip": "Clip", "stage": "Stage", "reason": "Reason"}
    data = rejected[list(columns)]
    shown = data.rename(columns=columns).fillna(NONE)
    notes = () if len(data) else ("No clip was rejected.",)
    return Table("rejected", "Rejected clips", data, shown, notes)
