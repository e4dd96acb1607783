"""The paper's tables beside our own figures, as CSV (full precision), Markdown, LaTeX and JSON (formatted)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import Table, write_file
from videofer.report.tables.breakdowns import tabulate_classes, tabulate_folds, tabulate_seeds, tabulate_subjects
from videofer.report.tables.calibration import tabulate_calibration
from videofer.report.tables.costs import tabulate_costs
from videofer.report.tables.differences import tabulate_comparisons, tabulate_design, tabulate_resolution
from videofer.report.tables.lists import LISTS, tabulate_list
from videofer.report.tables.losses import tabulate_losses
from videofer.report.tables.models import tabulate_models
from videofer.report.tables.wording import describe_data

__all__ = ["build_tables", "describe_data", "tabulate_results"]


def tabulate_results(
    metrics: Mapping[str, str | Path],
    lists: Mapping[str, str | Path],
    reference: Mapping[str, str | Path],
    out: Sequence[str | Path],
    name: str,
    kind: str,
) -> None:
    """Write a table to each path of `out`: its stem is the table's name, its suffix the format.

    metrics: paths of the tables of `measure_all`; lists: of rejected, left-out, remarks; reference: of losses (the
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

    def read_own(metric: str) -> pd.DataFrame:
        table = read_table(metrics[metric], "metric")
        return table[table["model"] == OWN_MODEL]

    losses, models, originals = (pd.read_csv(reference[key]) for key in ("losses", "models", "originals"))
    overall, classes, trained = read_own("overall"), read_own("classes"), read_table(metrics["models"], "metric")
    return {
        "losses": tabulate_losses(overall, classes, losses, name, kind),
        "models": tabulate_models(trained, overall, models, originals, name, kind),
        "costs": tabulate_costs(trained, models, originals, name, kind),
        "comparisons": tabulate_comparisons(read_own("comparisons"), overall, kind),
        "design": tabulate_design(read_own("design"), losses, overall, kind),
        "resolution": tabulate_resolution(read_own("resolution"), losses, models),
        "classes": tabulate_classes(classes, overall),
        "folds": tabulate_folds(read_own("folds")),
        "seeds": tabulate_seeds(read_own("seeds"), overall),
        "subjects": tabulate_subjects(read_own("subjects"), kind),
        "calibration": tabulate_calibration(read_own("calibration")),
        **{name: tabulate_list(name, read_table(lists[name], name)) for name in LISTS},
    }
