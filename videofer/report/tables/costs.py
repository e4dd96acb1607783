"""What the models of Table 4.2 cost: parameters and time."""

import pandas as pd

from videofer.core.table_formats import Table, show
from videofer.report.tables.columns import show_rows
from videofer.report.tables.models import list_rows

COSTS = ("parameters", "training_seconds", "inference_seconds_per_clip", "seconds_are", "machine")


def tabulate_costs(
    models: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return what each trained model of Table 4.2 costs; arguments as of `tabulate_models`."""
    columns = {
        "Model": lambda row: row["label"],
        "Variant": lambda row: row["variant"],
        "Parameters": lambda row: f"{row['parameters']:,}",
        "Training of a fold (s)": lambda row: show(row["training_seconds"], 1),
        "Answer to a clip (ms)": _show_milliseconds,
        "Measured as": lambda row: f"{row['seconds_are']}, {row['machine']}",
    }
    rows = [row for row in list_rows(models, reference, originals) if row["run"]]
    trained = [row | {key: row["run"][key] for key in COSTS} for row in rows]
    kept = ("model", "registered", "variant", *COSTS)
    data = [{"dataset": name, "dataset_kind": kind} | {key: row[key] for key in kept} for row in trained]
    notes = (
        "Training: mean over folds and seeds of all that fitting takes, with the answers that choose the epoch. "
        "Answer: from the face clip and its landmarks, faces being found already; mean over the test clips, in "
        "batches as in training, after the validation clips.",
        "CPU time is that of the training process alone, whatever else the machine did; it is no waiting time, and "
        "times of different machines do not compare.",
        "Layer sizes and epochs are those of this run's configuration, not the papers'.",
    )
    title = "Table 4.2, costs. What each model takes to train and to answer"
    return Table("table-4.2-cost", title, pd.DataFrame(data), show_rows(trained, columns), notes, "llrrrl")


def _show_milliseconds(row: dict) -> str:
    milliseconds = 1000 * row["inference_seconds_per_clip"]
    return show(milliseconds, 1 if milliseconds >= 10 else 3)
