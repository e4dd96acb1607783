"""Print the main result of a finished run, the best model first.

Usage: python -m videofer.report.summary results/rendered
"""

import sys
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from videofer.core.artifacts import read_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.core.table_formats import DASH, NONE, show, show_p
from videofer.datasets.registry import names_people
from videofer.evaluation.evaluate import list_usable_clips
from videofer.report.tables.wording import is_papers_data, title_run


def print_summary(results: Path, console: Console) -> None:
    """Print the best model, all by their accuracy, the losses, the number of clips used, the report page's path.

    results: the data set's folder, such as results/rendered. Raises UserError if its report was not made.
    """
    page, *tables = (
        results / file for file in ("report/index.html", "tables/table-4.1.csv", "tables/table-4.2.csv")
    )
    for path in (*tables, page):
        if not path.is_file():
            raise UserError(f"{path} does not exist: run `snakemake --cores all --resources gpu=1` first.")
    # A data set or a model may be called NA.
    losses, models = (pd.read_csv(path, keep_default_na=False, na_values=[""]) for path in tables)
    dataset, kind = losses.loc[0, ["dataset", "dataset_kind"]]
    lists = results / "manifest.tsv", results / "rejected.tsv"
    usable, rejected = list_usable_clips(*lists), read_table(lists[1], "rejected")
    printed = is_papers_data(kind, [name for name in CLASSES if (usable["label"] == name).any()])
    ranked = (
        models[models["n"] > 0].sort_values("accuracy_percent", ascending=False, kind="stable").to_dict("records")
    )
    if len(ranked) > 1:
        best = ranked[0]
        right = f"{show(best['accuracy_percent'], 0)} % ({best['correct']:.0f}/{best['n']:.0f})"
        console.print(
            f"Best: {title_run(best['registered'], best['variant'])} {right}", style="bold", highlight=False
        )
        title = f"Accuracy in % on the data set '{dataset}', of people not trained on; points to the Capsule-LSTM"
        # On a narrow terminal the name gives way, not the numbers.
        headings = ["Here", "CI, people", "Points", "Holm p", *["Paper"] * printed]
        table = start_table(title, headings, "Model", overflow="fold")
        for row in ranked:
            p = NONE if pd.isna(row["permutation_holm"]) else show_p(row["permutation_holm"])
            points, name = (
                show(row["difference_points"], 1, signed=True),
                title_run(row["registered"], row["variant"]),
            )
            quoted = [show(row["quoted_percent"], 2)] * printed
            table.add_row(name, *show_accuracy(row, "subject"), points, p, *quoted)
        console.print(table)
    title = "The losses of the Capsule-LSTM (Table 4.1)"
    headings = [*["Paper"] * printed, "LSTM", "CI, people", "Capsule vote"]
    table = start_table(title, headings, "Losses", no_wrap=True)
    for row in losses.to_dict("records"):
        own = {key.removeprefix("sequence_"): value for key, value in row.items()}
        paper, capsule = (
            [show(row["paper_accuracy_percent"], 2)] * printed,
            show(row["capsule_accuracy_percent"], 2),
        )
        table.add_row(row["variant"], *paper, *show_accuracy(own, "subject"), capsule)
    console.print(table)
    if not names_people(kind):
        note = (
            "The data set does not say who is who: each clip counts as a person, and the intervals are too narrow."
        )
        console.print(note, style="yellow")
    if kind == "rendered":
        console.print("Rendered faces, not MMI: the level is not comparable with the paper's.", style="yellow")
    if len(rejected):
        note = f"{len(usable)} clips were used, {len(rejected)} rejected, for the reasons in {lists[1]}"
        console.print(note, style="yellow", soft_wrap=True)
    console.print(f"Report: {page}", soft_wrap=True, highlight=False)


def start_table(title: str, headings: list[str], first: str, **style) -> Table:
    """Return an empty table of a column of names, headed `first`, and of columns of numbers."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, **style)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    return table


def show_accuracy(row: dict, interval: str) -> tuple[str, str]:
    """Return accuracy with its counts, such as 51.04 (49/96), and its interval; dashes where there is none."""
    low, high = (row[f"{interval}_{end}_percent"] for end in ("low", "high"))
    ends = NONE if pd.isna(low) else f"{show(low, 1)}{DASH}{show(high, 1)}"
    shown = f"{show(row['accuracy_percent'], 2)} ({row['correct']:.0f}/{row['n']:.0f})" if row["n"] > 0 else NONE
    return shown, ends


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give one folder of results: python -m videofer.report.summary results/rendered")
    try:
        print_summary(Path(sys.argv[1]), Console())
    except UserError as error:
        sys.exit(str(error))
