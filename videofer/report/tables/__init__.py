"""The paper's tables beside our own figures, as CSV (full precision), Markdown, LaTeX and JSON (formatted)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import NONE, Table, write_file
from videofer.report.tables import differences, own_model
from videofer.report.tables.models import list_rows, tabulate_costs, tabulate_models
from videofer.report.tables.wording import describe_data

__all__ = ["build_tables", "describe_data", "tabulate_results"]

# Of each list: title, columns, and the note where it is empty.
LISTS = {
    "rejected": ("Rejected clips", ["clip", "stage", "reason"], "No clip was rejected"),
    "left-out": (
        "Recordings left out on purpose",
        ["reason", "recordings"],
        "No recording was left out on purpose",
    ),
    "remarks": (
        "Remarks on clips that were used",
        ["clip", "remark"],
        "Nothing was to be remarked on the clips that were used",
    ),
}


def tabulate_results(out: Sequence[str | Path], **inputs) -> None:
    """Write a table to each path of `out`: its stem is the table's name, its suffix the format.

    inputs: the arguments of `build_tables`.
    """
    tables = {table.name: table for table in build_tables(**inputs).values()}
    for path in out:
        write_file(tables[Path(path).stem], path)


def build_tables(
    metrics: Mapping[str, str | Path],
    lists: Mapping[str, str | Path],
    reference: Mapping[str, str | Path],
    name: str,
    kind: str,
) -> dict[str, Table]:
    """Return every table by what it shows.

    metrics: paths of the tables of `measure_all`; lists: of rejected, left-out, remarks; reference: of losses (the
    paper's Table 4.1), models (Table 4.2) and originals (of the quoted papers); name and kind: of the data set. All
    are about the study's own model but for `models` and `costs`, which compare it with the others.
    """

    def read_own(metric: str) -> pd.DataFrame:
        table = read_table(metrics[metric], "metric")
        return table[table["model"] == OWN_MODEL]

    losses, models, originals = (pd.read_csv(reference[key]) for key in ("losses", "models", "originals"))
    rows = list_rows(read_table(metrics["models"], "metric"), models, originals)
    overall, classes = read_own("overall"), read_own("classes")
    return {
        "losses": own_model.tabulate_losses(overall, classes, losses, name, kind),
        "models": tabulate_models(rows, overall, models, originals, name, kind),
        "costs": tabulate_costs(rows, name, kind),
        "comparisons": differences.tabulate_comparisons(read_own("comparisons"), overall, kind),
        "design": differences.tabulate_design(read_own("design"), losses, overall, kind),
        "resolution": differences.tabulate_resolution(read_own("resolution"), losses, models),
        "classes": own_model.tabulate_classes(classes, overall),
        "folds": own_model.tabulate_folds(read_own("folds")),
        "seeds": own_model.tabulate_seeds(read_own("seeds"), overall),
        "calibration": own_model.tabulate_calibration(read_own("calibration")),
        **{name: tabulate_list(name, read_table(lists[name], name)) for name in LISTS},
    }


def tabulate_list(name: str, data: pd.DataFrame) -> Table:
    """Return one of LISTS: the rejected clips with step and reason, what was left out and why, or the remarks."""
    title, columns, empty = LISTS[name]
    data = data[columns]
    shown = data.rename(columns=str.capitalize).astype(object).fillna(NONE).astype(str)
    return Table(name, title, data, shown, () if len(data) else (f"{empty}.",))
