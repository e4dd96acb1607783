"""Print the main result of a finished run: python -m videofer.report.summary results/rendered"""

import csv
import math
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from videofer.core.errors import UserError
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import DASH, NONE, show, show_p
from videofer.datasets.registry import names_people

# What the second table shows of a row of Table 4.2, in per cent or points.
SHOWN = ("quoted_percent", "accuracy_percent", "subject_low_percent", "subject_high_percent")
SHOWN += ("difference_points", "permutation_holm")


def print_summary(results: Path, console: Console) -> None:
    """Print Table 4.1 beside our accuracy, the other models trained, and the path of the report page.

    results: the data set's folder, such as results/rendered. Raises UserError if its report was not made.
    """
    page = results / "report" / "index.html"
    rows, models = (read_rows(results / "tables" / f"table-4.{number}.csv") for number in (1, 2))
    require(page)

    title = f"Accuracy in % on the data set '{rows[0]['dataset']}', test clips of all folds"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Losses (Table 4.1)", no_wrap=True)
    for heading in ("Paper", "LSTM", "95 % CI", "Capsule vote"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    for row in rows:
        paper = show(float(row["paper_accuracy_percent"]), 2)
        capsule = float(row["capsule_accuracy_percent"] or "nan")
        table.add_row(row["variant"], paper, *show_lstm(row), show(capsule, 2))
    console.print(table)
    print_models([row for row in models if row["n"] and row["registered"] != OWN_MODEL], console)
    if not names_people(rows[0]["dataset_kind"]):
        said = (
            "The data set does not say who is who: each clip counts as a person, and the intervals are too narrow."
        )
        console.print(said, style="yellow")
    if rows[0]["dataset_kind"] == "rendered":
        console.print("Rendered faces, not MMI: the level is not comparable with the paper's.", style="yellow")
    console.print(f"Report: {page}", soft_wrap=True, highlight=False)


def print_models(rows: list[dict[str, str]], console: Console) -> None:
    """Print accuracy, interval and difference from the Capsule-LSTM of the other models, if there are any."""
    if not rows:
        return
    title = "Other models (Table 4.2); points against the Capsule-LSTM"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Model", overflow="fold")  # on a narrow terminal the name gives way, not the numbers
    for heading in ("Paper", "Here", "CI, people", "Points", "p (Holm)"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    for row in rows:
        values = {key: float(row[key] or "nan") for key in SHOWN}
        paper, accuracy, low, high, points, holm = values.values()
        name = row["model"] if row["variant"] == "plain" else f"{row['model']} {row['variant']}"
        share = f"{show(accuracy, 2)} ({float(row['correct']):.0f}/{float(row['n']):.0f})"
        interval = NONE if math.isnan(low) else f"{show(low, 1)}{DASH}{show(high, 1)}"
        p = NONE if math.isnan(holm) else show_p(holm)
        table.add_row(name, show(paper, 2), share, interval, show(points, 1, signed=True), p)
    console.print(table)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table's CSV file as text; raises UserError if it was not made."""
    require(path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def require(path: Path) -> None:
    """Raise UserError if a file of the results was not made."""
    if not path.is_file():
        raise UserError(f"{path} does not exist: run `snakemake --cores all --resources gpu=1` first.")


def show_lstm(row: dict[str, str]) -> tuple[str, str]:
    """Return the LSTM's accuracy with its counts, and its interval; dashes where the variant was not trained."""
    if not row["sequence_n"]:
        return NONE, NONE
    counts = f"{float(row['sequence_correct']):.0f}/{float(row['sequence_n']):.0f}"
    low, high = (show(float(row[f"sequence_wilson_{end}_percent"]), 1) for end in ("low", "high"))
    return f"{show(float(row['sequence_accuracy_percent']), 2)} ({counts})", f"{low}{DASH}{high}"


def main(arguments: list[str]) -> None:
    """Print the summary of the folder given on the command line."""
    if len(arguments) != 1:
        sys.exit("Give one folder of results: python -m videofer.report.summary results/rendered")
    try:
        print_summary(Path(arguments[0]), Console())
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
