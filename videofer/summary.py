"""Print the main result of a finished run: python -m videofer.summary results/rendered"""

import csv
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from videofer.errors import UserError
from videofer.table_formats import DASH, NONE, show


def print_summary(results: Path, console: Console) -> None:
    """Print Table 4.1 beside our accuracy and the path of the report page.

    results: the data set's folder, such as results/rendered. Raises UserError if its report was not made.
    """
    source, page = results / "tables" / "table-4.1.csv", results / "report" / "index.html"
    for path in (source, page):
        if not path.is_file():
            raise UserError(f"{path} does not exist: run `snakemake --cores all --resources gpu=1` first.")
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    title = f"Accuracy in % on the data set '{rows[0]['dataset']}', test clips of all folds"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Losses (Table 4.1)", no_wrap=True)
    for heading in ("Paper", "LSTM", "95 % CI", "Capsule vote"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        paper = show(float(row["paper_accuracy_percent"]), 2)
        capsule = float(row["capsule_accuracy_percent"] or "nan")
        table.add_row(row["variant"], paper, *show_lstm(row), show(capsule, 2))
    console.print(table)
    if rows[0]["dataset_kind"] == "rendered":
        console.print("Rendered faces, not MMI: the level is not comparable with the paper's.", style="yellow")
    console.print(f"Report: {page}", soft_wrap=True, highlight=False)


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
        sys.exit("Give one folder of results: python -m videofer.summary results/rendered")
    try:
        print_summary(Path(arguments[0]), Console())
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
