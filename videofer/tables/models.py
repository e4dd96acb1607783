"""Table 4.2: other models, as the paper quotes them, as their authors report them, and as measured here."""

import math

import pandas as pd

from videofer.table_formats import MINUS, NONE, Table, show, show_bounds, show_share, show_text
from videofer.tables.wording import MODEL, describe_bootstrap, describe_data

FULL_VARIANT = "margin-reconstruction-ce"  # the paper's Capsule-LSTM: all three losses of eq. 3.1


def tabulate_models(overall: pd.DataFrame, reference: pd.DataFrame, name: str, kind: str) -> Table:
    """Return Table 4.2: the figures the paper quotes, those of the quoted papers themselves, and ours.

    A measured model fills the row that names it, by the paper's name or by the original one; measured models that
    the paper does not quote follow.
    """
    measured = choose_runs(overall)
    rows, shown = [], []
    for row in [*reference.drop(columns="table").to_dict("records"), *_list_others(measured, reference)]:
        names = {normalise(row["model"]), normalise(row["original_name"])}
        ours = next((run for key, run in measured.items() if key in names), None)
        difference = row["quoted_percent"] - row["original_percent"]
        rows.append(row | {"dataset": name, "dataset_kind": kind, "quoted_minus_original_points": difference})
        rows[-1] |= _measured_columns(ours)
        shown.append(
            {
                "Model": name_model(row),
                "Paper quotes (%)": show(row["quoted_percent"], 2),
                "Original reports (%)": show(row["original_percent"], 2),
                f"Quoted {MINUS} original (points)": show(difference, 2, signed=True),
                "ACC, this run (%)": show_share(ours),
                "95 % interval over subjects": show_bounds(ours["subject_low"], ours["subject_high"])
                if ours
                else NONE,
                "Protocol of the original": show_text(row["original_protocol"]),
                "Source": show_text(row["source"]),
            }
        )
    notes = (
        describe_data(name, kind),
        "The paper misspells two models: IL-CDD is IL-CNN, DTGAN is DTAGN. The originals' figures were measured "
        "with other splits, and some on other clips: neither column ranks the models.",
        f"{NONE} under this run: not trained here. The figures of this run share clips and folds. "
        + describe_bootstrap(overall),
    )
    title = "Table 4.2. Accuracy on MMI as the paper quotes it and as the quoted papers report it, beside this run"
    return Table("table-4.2", title, pd.DataFrame(rows), pd.DataFrame(shown), notes)


def choose_runs(overall: pd.DataFrame) -> dict[str, dict]:
    """Return the sequence answers of each measured model by its normalised name: of our own, the full variant's."""
    runs: dict[str, dict] = {}
    for row in overall[overall["head"] == "sequence"].to_dict("records"):
        if row["model"] != MODEL or row["variant"] == FULL_VARIANT:
            runs.setdefault(normalise(row["model"]), row)
    return runs


def normalise(name: object) -> str:
    """Return the letters and digits of a model's name in lower case, '' where there is none."""
    return "" if pd.isna(name) else "".join(c for c in str(name).casefold() if c.isalnum())


def name_model(row: dict) -> str:
    """Return the paper's name of a model, with the original one where that differs."""
    original = row["original_name"]
    return row["model"] if pd.isna(original) or original == row["model"] else f"{row['model']} (= {original})"


def _list_others(measured: dict[str, dict], reference: pd.DataFrame) -> list[dict]:
    known = {normalise(name) for column in ("model", "original_name") for name in reference[column]}
    blank = {"quoted_percent": math.nan, "original_name": math.nan, "original_percent": math.nan}
    blank |= {"original_protocol": math.nan, "source": "not in the paper"}
    return [{"model": run["model"]} | blank for key, run in measured.items() if key not in known]


def _measured_columns(run: dict | None) -> dict:
    rates = ("accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high")
    run = run or dict.fromkeys(("correct", "n", "clips", *rates), math.nan) | {"variant": None}
    counts = {key: run[key] for key in ("variant", "correct", "n", "clips")}
    return counts | {f"{key}_percent": 100 * run[key] for key in rates}
