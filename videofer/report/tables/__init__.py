"""The paper's tables beside our own figures, as CSV (full precision), Markdown, LaTeX and JSON (formatted)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import Table, write_file
from videofer.report.tables.aside import tabulate_left_out, tabulate_rejected, tabulate_remarks
from videofer.report.tables.breakdowns import tabulate_classes, tabulate_folds, tabulate_seeds, tabulate_subjects
from videofer.report.tables.calibration import tabulate_calibration
from videofer.report.tables.costs import tabulate_costs
from videofer.report.tables.differences import tabulate_comparisons, tabulate_design, tabulate_resolution
from videofer.report.tables.losses import tabulate_losses
from videofer.report.tables.models import tabulate_models
from videofer.report.tables.wording import describe_data

__all__ = ["build_tables", "describe_data", "tabulate_results"]

# The tables of metrics that the tables are made from.
METRICS = ("overall", "models", "folds", "seeds", "subjects", "classes", "comparisons")
METRICS += ("design", "resolution", "calibration")


def tabulate_results(
    metrics: Mapping[str, str | Path],
    lists: Mapping[str, str | Path],
    reference: Mapping[str, str | Path],
    out: Sequence[str | Path],
    name: str,
    kind: str,
) -> None:
    """Write a table to each path of `out`: its stem is the table's name, its suffix the format.

    metrics: paths of the tables METRICS; lists: of rejected, left-out and remarks; reference: of losses (the
    paper's Table 4.1), models (Table 4.2) and originals (of the quoted papers); name and kind: of the data set.
    """
    tables = {table.name: table for table in build_tables(metrics, lists, reference, name, kind).values()}
    for path in out:
        write_file(tables[Path(path).stem], path)


def build_tables(
    metrics: Mapping[str, str | Path],
    lists: Mapping[str, str | Path],
    reference: Mapping[str, str | Path],
    name: str,
    kind: str,
) -> dict[str, Table]:
    """Return every table by what it shows; arguments as above.

    All are about the study's own model but for `models` and `costs`, which compare it with the others.
    """
    every = {key: read_table(metrics[key], "metric") for key in METRICS}
    read = {key: table[table["model"] == OWN_MODEL] for key, table in every.items()}
    losses, models, originals = (pd.read_csv(reference[key]) for key in ("losses", "models", "originals"))
    overall, trained = read["overall"], every["models"]
    return {
        "losses": tabulate_losses(overall, read["classes"], losses, name, kind),
        "models": tabulate_models(trained, overall, models, originals, name, kind),
        "costs": tabulate_costs(trained, models, originals, name, kind),
        "comparisons": tabulate_comparisons(read["comparisons"], overall, kind),
        "design": tabulate_design(read["design"], losses, overall, kind),
        "resolution": tabulate_resolution(read["resolution"], losses, models),
        "classes": tabulate_classes(read["classes"], overall),
        "folds": tabulate_folds(read["folds"]),
        "seeds": tabulate_seeds(read["seeds"], overall),
        "subjects": tabulate_subjects(read["subjects"], kind),
        "calibration": tabulate_calibration(read["calibration"]),
        "rejected": tabulate_rejected(read_table(lists["rejected"], "rejected")),
        "left_out": tabulate_left_out(read_table(lists["left-out"], "left-out")),
        "remarks": tabulate_remarks(read_table(lists["remarks"], "remarks")),
    }
