"""What the models of Table 4.2 cost: parameters and time."""

import pandas as pd

from videofer.core.table_formats import Table, show
from videofer.report.tables.models import list_rows

COSTS = ("parameters", "training_seconds", "inference_seconds_per_clip", "seconds_are", "machine")


def tabulate_costs(
    models: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame, name: str, kind: str
) -> Table:
    """Return what each trained model of Table 4.2 costs; arguments as of `tabulate_models`."""
    rows, shown = [], []
    for row in list_rows(models, reference, originals):
        run = row["run"]
        if run is None:
            continue
        rows.append({"dataset": name, "dataset_kind": kind} | {key: row[key] for key in ("model", "registered")})
        rows[-1] |= {key: run[key] for key in ("variant", *COSTS)}
        milliseconds = 1000 * run["inference_seconds_per_clip"]
        shown.append(
            {
                "Model": row["label"],
                "Variant": row["variant"],
                "Parameters": f"{run['parameters']:,}",
                "Training of a fold (s)": show(run["training_seconds"], 1),
                "Answer to a clip (ms)": show(milliseconds, 1 if milliseconds >= 10 else 3),
                "Measured as": f"{run['seconds_are']}, {run['machine']}",
            }
        )
    notes = (
        "Training: mean over folds and seeds of all that fitting takes, with the answers that choose the epoch. "
        "Answer: from the face clip and its landmarks, faces being found already; mean over the test clips, in "
        "batches as in training, after the validation clips.",
        "CPU time is that of the training process alone, whatever else the machine did; it is no waiting time, and "
        "times of different machines do not compare.",
        "Layer sizes and epochs are those of this run's configuration, not the papers'.",
    )
    title = "Table 4.2, costs. What each model takes to train and to answer"
    return Table("table-4.2-cost", title, pd.DataFrame(rows), pd.DataFrame(shown), notes, "llrrrl")
