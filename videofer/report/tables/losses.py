"""Table 4.1: accuracy by loss function, the paper's beside ours."""

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import (
    MINUS,
    NONE,
    Table,
    show,
    show_bounds,
    show_percent,
    show_share,
)
from videofer.report.tables.columns import bounds, scale_shares, show_rows, within
from videofer.report.tables.wording import describe_counts, describe_data, describe_intervals

COUNTS = ("correct", "n", "clips")
RATES = ("accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high", "uar", "uar_low", "uar_high")


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
    notes = [
        describe_data(name, kind),
        describe_counts(overall, kind),
        "LSTM: answer of the sequence head, the paper's. Capsule vote: the class whose capsule is longest on "
        "average over the frames. UAR: mean recall of the classes, in square brackets its interval over subjects.",
        describe_intervals(overall, kind),
        _describe_chance(classes),
    ]
    if not all(row["sequence"] for row in heads):
        notes.append(f"{NONE}: not trained in this run.")
    shown = show_rows([row | of_row for row, of_row in zip(rows, heads, strict=True)], columns)
    title = "Table 4.1. Accuracy by loss function"
    return Table("table-4.1", title, pd.DataFrame(rows), shown, tuple(notes))


def _show_uar(row: dict) -> str:
    interval = show_bounds(row["uar_low"], row["uar_high"])
    return show_percent(row["uar"], 2) + ("" if interval == NONE else f" [{interval}]")


def _describe_chance(classes: pd.DataFrame) -> str:
    support = classes[(classes["variant"] == classes["variant"].iloc[0]) & (classes["head"] == "sequence")]["clips"]
    return f"Naming the most frequent class every time would score {show_percent(support.max() / support.sum())} %."
