"""What the page shows of each model: its numbers, its answers, its hardest clips and its figures."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from videofer.core.table_formats import MINUS, NONE, show, show_bounds, show_p, show_percent, show_share
from videofer.datasets.registry import names_people
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.page.contents import describe_figure, group_files, list_links
from videofer.report.page.tables import make_table
from videofer.report.tables.wording import title_run

APART = "confusion"  # the figure that the page has as a table: only its files are named


def list_models(ranked: Sequence[dict], figures: Sequence[str | Path], texts: Path, folder: Path) -> list[dict]:
    """Return what the template needs of each model, in the order of `ranked`, rows of `measure_models`.

    figures: files of figures/MODEL/VARIANT/NAME.SUFFIX, linked to relative to `folder`; texts: folder of captions.
    """
    paths = defaultdict(list)
    for path in map(Path, figures):
        paths[path.parts[-3:-1]].append(path)
    models = []
    for place, row in enumerate(ranked, 1):
        run = row["model"], row["variant"]
        files, key = group_files(paths[run]), "model-" + "-".join(run)
        if pd.isna(row["climbing"]):  # it is not trained in epochs
            files.pop("history", None)
        models.append(
            {
                "id": key,
                "title": title_run(*run),
                "facts": state_facts(row, place, len(ranked)),
                "confusion": list_links(files.pop(APART, {}), folder),
                "figures": [describe_figure(name, made, texts, folder, f"{key}-") for name, made in files.items()],
            }
        )
    return models


def show_interval(row: dict) -> str:
    """Return the 95 % interval over subjects in per cent, or over clips where there are too few subjects."""
    name = "wilson" if pd.isna(row["subject_low"]) else "subject"
    return show_bounds(row[f"{name}_low"], row[f"{name}_high"])


def state_facts(row: dict, place: int, of: int) -> str:
    """Return a model's place and main numbers in a line."""
    facts = [f"Place {place} of {of}", f"{show_share(row)} % right", f"95 % interval {show_interval(row)}"]
    facts += [f"mean recall (UAR) {show_percent(row['uar'], 2)} %", f"{row['parameters']:,} parameters"]
    return "; ".join([*facts, f"{show(row['training_seconds'], 1)} s to train a fold"]) + "."


def tabulate_ranking(ranked: Sequence[dict], printed: Sequence[dict], kind: str) -> dict:
    """Return the table of all models, the most accurate first.

    ranked: rows of `measure_models`; printed: rows of `list_rows`, none where the data are not the paper's.
    """
    quoted = {(row["registered"], row["variant"]): row["quoted_percent"] for row in printed}
    rows = []
    for row in ranked:
        difference = show_percent(row["difference"], signed=True)
        bounds = show_bounds(row["difference_low"], row["difference_high"], signed=True)
        if "/".join((row["model"], row["variant"])) == REFERENCE:
            difference = "reference"
        elif bounds != NONE:
            difference += f" [{bounds}]"
        cells = [title_run(row["model"], row["variant"]), show_share(row), show_interval(row)]
        p = row["permutation_holm"]
        cells += [show_percent(row["uar"], 2), difference, NONE if pd.isna(p) else show_p(p)]
        rows.append(cells + ([show(quoted.get((row["model"], row["variant"])), 2)] if quoted else []))
    few = any(pd.isna(row["subject_low"]) for row in ranked) or not names_people(kind)
    headings = ["Model", "Right (%)", f"95 % interval over {'clips' if few else 'people'}", "UAR (%)"]
    headings += [f"{MINUS} Capsule-LSTM (points)", "p (Holm)"] + (["Paper, on MMI (%)"] if quoted else [])
    notes = [
        "Right: share of the tested clips, right answers / answers. UAR: mean recall of the expressions. Points: "
        "against the Capsule-LSTM with all three losses on the same clips, in square brackets the 95 % interval; p "
        "by permutation, corrected for the number of rows."
    ]
    return make_table("ranking", "Every model, the most accurate first", headings, rows, notes)
