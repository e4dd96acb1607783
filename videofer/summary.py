"""Print the main result of a finished run: python -m videofer.summary results/rendered"""

import csv
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from videofer.errors import UserError


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

    table = Table(title=f"Table 4.1 on the data set '{rows[0]['dataset']}'", title_justify="left")
    table.add_column("Loss function")
    for heading in ("Paper, MMI (%)", "LSTM (%)", "95 % interval", "Capsule vote (%)"):
        table.add_column(heading, justify="right")
    for row in rows:
        low, high = row["sequence_wilson_low_percent"], row["sequence_wilson_high_percent"]
        interval = f"{float(low):.1f}-{float(high):.1f}" if low else "-"
        ours = [show_share(row, "sequence"), interval, show_share(row, "capsule")]
        table.add_row(row["loss_function"], row["paper_accuracy_percent"], *ours)
    console.print(table)
    if rows[0]["dataset_kind"] == "rendered":
        console.print("Rendered faces, not MMI: the level is not comparable with the paper's.", style="yellow")
    console.print(f"Report: {page}", soft_wrap=True, highlight=False)


def show_share(row: dict[str, str], head: str) -> str:
    """Format one head's accuracy with its counts, or a dash where the variant was not trained."""
    if not row[f"{head}_n"]:
        return "-"
    counts = f"{float(row[f'{head}_correct']):.0f}/{float(row[f'{head}_n']):.0f}"
    return f"{float(row[f'{head}_accuracy_percent']):.2f} ({counts})"


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
