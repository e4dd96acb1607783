"""Table 4.1: accuracy by loss function, the paper's beside ours."""

import math

import pandas as pd

from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import (
    MINUS,
    NONE,
    Table,
    show,
    show_bounds,
    show_interval,
    show_percent,
    show_share,
)
from videofer.report.tables.wording import describe_counts, describe_data, describe_intervals

RATES = ["accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high", "uar", "uar_low", "uar_high"]


def tabulate_losses(
    overall: pd.DataFrame, classes: pd.DataFrame, reference: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return Table 4.1: the paper's accuracy for each loss function beside ours, in the paper's order."""
    own = overall[overall["model"] == OWN_MODEL]
    measured = own.set_index(["variant", "head"]).to_dict("index")
    rows, shown = [], []
    for row in reference.to_dict("records"):
        heads = {head: measured.get((row["variant"], head)) for head in ("sequence", "capsule")}
        paper, sequence = row["accuracy_percent"], heads["sequence"]
        ours = {head: _in_percent(values) for head, values in heads.items()}
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
                "95 % interval over clips": show_interval(sequence),
                "95 % interval over subjects": _show_bounds(sequence, "subject"),
                f"LSTM {MINUS} paper (points)": show(difference, 2, signed=True),
                "LSTM UAR (%)": _show_rate(sequence, "uar"),
                "Capsule vote ACC (%)": show_share(heads["capsule"]),
            }
        )
    notes = [
        describe_data(name, kind),
        describe_counts(overall, kind),
        "LSTM: answer of the sequence head, the paper's. Capsule vote: the class whose capsule is longest on "
        "average over the frames. UAR: mean recall of the classes, in square brackets its interval over subjects.",
        describe_intervals(overall, kind),
        _chance_note(classes),
    ]
    if any((variant, "sequence") not in measured for variant in reference["variant"]):
        notes.append(f"{NONE}: not trained in this run.")
    title = "Table 4.1. Accuracy by loss function"
    return Table("table-4.1", title, pd.DataFrame(rows), pd.DataFrame(shown), tuple(notes))


def _in_percent(row: dict | None) -> dict:
    """Return one head's counts and its rates in per cent, nan throughout where the variant was not trained."""
    row = row or dict.fromkeys(("correct", "n", "clips", *RATES), math.nan)
    return {key: row[key] for key in ("correct", "n", "clips")} | {
        f"{key}_percent": 100 * row[key] for key in RATES
    }


def _show_bounds(row: dict | None, name: str) -> str:
    return NONE if row is None else show_bounds(row[f"{name}_low"], row[f"{name}_high"])


def _show_rate(row: dict | None, name: str) -> str:
    if row is None:
        return NONE
    bounds = _show_bounds(row, name)
    return show_percent(row[name], 2) + ("" if bounds == NONE else f" [{bounds}]")


def _chance_note(classes: pd.DataFrame) -> str:
    support = classes[(classes["variant"] == classes["variant"].iloc[0]) & (classes["head"] == "sequence")]["clips"]
    return f"Naming the most frequent class every time would score {show_percent(support.max() / support.sum())} %."
