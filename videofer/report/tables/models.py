"""Table 4.2: other models, as the paper quotes them, as their authors report them, and as measured here."""

import math

import pandas as pd

from videofer.core.table_formats import (
    MINUS,
    NONE,
    Table,
    show,
    show_bounds,
    show_p,
    show_percent,
    show_share,
    show_text,
)
from videofer.evaluation.statistics.models import REFERENCE
from videofer.report.tables.wording import PERMUTATION, describe_bootstrap, describe_data

FLOORS = ("lbp-top-svm", "majority")  # what any model should beat; they follow the paper's models
SHARES = ("accuracy", "wilson_low", "wilson_high", "subject_low", "subject_high", "uar", "uar_low", "uar_high")
SHARES += ("seed_mean", "seed_sd", "difference", "difference_low", "difference_high", "least_class_difference")
PLAIN = ("correct", "n", "clips", "seeds", "permutation_p", "permutation_holm", "only_here", "only_reference")
PLAIN += ("mcnemar_p", "mcnemar_holm", "least_class")


def list_rows(models: pd.DataFrame, reference: pd.DataFrame, originals: pd.DataFrame) -> list[dict]:
    """Return the rows of Table 4.2: models in the paper's order, the floors, then others, each by its variants.

    models: of `measure_models`; reference: table-4.2.csv; originals: originals.csv. A model of the paper has a row
    for its main variant, with the quoted figure, whether that was trained or not. Keys: model (the paper's name,
    else the registered one), registered, variant, label, quoted_percent, original_percent, and run, the row of
    `models` or None.
    """
    pending = {name: part.to_dict("records") for name, part in models.groupby("model", sort=False)}
    own = originals[(originals["measure"] == "accuracy")].set_index(["model", "variant"])["percent"]
    rows = []
    for quoted in reference.to_dict("records"):
        names = {normalise(quoted["model"]), normalise(quoted["original_name"])}
        registered = next((name for name in pending if normalise(name) in names), None)
        runs = {run["variant"]: run for run in pending.pop(registered, [])}
        for variant in runs if quoted["variant"] in runs else (quoted["variant"], *runs):
            main = variant == quoted["variant"]
            rows.append(
                {
                    "model": quoted["model"],
                    "registered": registered,
                    "variant": variant,
                    "label": name_model(quoted),
                }
                | {"quoted_percent": quoted["quoted_percent"] if main else math.nan}
                | {"original_percent": own.get((quoted["model"], variant), math.nan), "run": runs.get(variant)}
            )
    floors = {name: pending.pop(name) for name in FLOORS if name in pending}
    for name, runs in (floors | pending).items():
        label = f"{name} (floor)" if name in FLOORS else name
        blank = {"label": label, "quoted_percent": math.nan, "original_percent": math.nan}
        rows += [{"model": name, "registered": name, "variant": run["variant"], "run": run} | blank for run in runs]
    return rows


def tabulate_models(
    models: pd.DataFrame,
    overall: pd.DataFrame,
    reference: pd.DataFrame,
    originals: pd.DataFrame,
    name: str,
    kind: str,
) -> Table:
    """Return Table 4.2: the figures the paper quotes, those of the quoted papers themselves, and ours.

    Arguments as of `list_rows`; overall: of `measure_overall`; name and kind: of the data set.
    """
    several = models["seeds"].max() > 1
    rows, shown = [], []
    for row in list_rows(models, reference, originals):
        run = row.pop("run")
        label = row.pop("label")
        rows.append({"dataset": name, "dataset_kind": kind} | row | _in_percent(run))
        shown.append(
            {
                "Model": label,
                "Variant": row["variant"],
                "Paper / original, on MMI (%)": _show_printed(row),
                "ACC, this run (%)": show_share(run),
                "95 % interval over subjects": _show_bounds(run, "subject"),
                "UAR (%)": show_percent(run["uar"], 2) if run else NONE,
                "Seeds, mean ± SD (%)": _show_seeds(run),
                f"{MINUS} Capsule-LSTM (points)": _show_difference(run),
                "p (Holm)": _show_test(run),
            }
        )
    table = pd.DataFrame(shown)
    title = "Table 4.2. Accuracy on MMI as the paper quotes it and as the quoted papers report it, beside this run"
    notes = _describe(overall, reference, originals, table, name, kind)
    return Table(
        "table-4.2", title, pd.DataFrame(rows), table if several else table.drop(columns="Seeds, mean ± SD (%)"),
        notes, "ll" + "r" * (6 + several),
    )  # fmt: skip


def normalise(name: object) -> str:
    """Return the letters and digits of a model's name in lower case, '' where there is none."""
    return "" if pd.isna(name) else "".join(c for c in str(name).casefold() if c.isalnum())


def name_model(row: dict) -> str:
    """Return the paper's name of a model, with the original one where that differs, and a remark on ours."""
    own = None if pd.isna(row["original_name"]) or row["original_name"] == row["model"] else row["original_name"]
    known = [f"= {own}" if own else None, show_text(row["remark"]) if not pd.isna(row["remark"]) else None]
    remarks = ", ".join(filter(None, known))
    return f"{row['model']} ({remarks})" if remarks else row["model"]


def _in_percent(run: dict | None) -> dict:
    run = run or dict.fromkeys((*PLAIN, *SHARES), math.nan)
    units = {key: "points" if key == "seed_sd" or "difference" in key else "percent" for key in SHARES}
    return {key: run[key] for key in PLAIN} | {f"{key}_{units[key]}": 100 * run[key] for key in SHARES}


def _show_bounds(run: dict | None, name: str, signed: bool = False) -> str:
    return show_bounds(run[f"{name}_low"], run[f"{name}_high"], signed) if run else NONE


def _show_seeds(run: dict | None) -> str:
    return f"{show_percent(run['seed_mean'], 2)} ± {show_percent(run['seed_sd'], 2)}" if run else NONE


def _show_difference(run: dict | None) -> str:
    if run and f"{run['model']}/{run['variant']}" == REFERENCE:
        return "reference"
    if not run or math.isnan(run["difference"]):
        return NONE
    bounds = _show_bounds(run, "difference", signed=True)
    return show_percent(run["difference"], 1, signed=True) + ("" if bounds == NONE else f" [{bounds}]")


def _show_test(run: dict | None) -> str:
    if not run or math.isnan(run["permutation_p"]):
        return NONE
    return f"{show_p(run['permutation_p'])} ({show_p(run['permutation_holm'])})"


def _show_printed(row: dict) -> str:
    printed = [row["quoted_percent"], row["original_percent"]]
    return NONE if all(map(pd.isna, printed)) else " / ".join(show(percent, 2) for percent in printed)


def _describe(
    overall: pd.DataFrame,
    reference: pd.DataFrame,
    originals: pd.DataFrame,
    shown: pd.DataFrame,
    name: str,
    kind: str,
) -> tuple[str, ...]:
    sources = []
    for model, rows in originals.groupby("model", sort=False):
        first = rows.iloc[0]
        found = (
            f"{show(first['clips'], 0)} clips, {first['protocol']}" if first["clips"] > 0 else "original not found"
        )
        sources.append(f"{model}: {found} ({first['source']})")
    notes = [
        describe_data(name, kind),
        "All rows of this run share clips, folds and seeds. Layer sizes are ours wherever a paper prints none, and "
        "every model is trained anew on this run's clips, without the pictures of faces that some originals were "
        "trained on before: these rows measure the methods at this size, not the originals.",
        f"Points: against the Capsule-LSTM with all three losses ({REFERENCE.partition('/')[2]}), on the same "
        f"clips and seeds; in square brackets the 95 % interval over subjects. p: {PERMUTATION}; in brackets "
        "after Holm's correction over all rows. The CSV file has McNemar's exact test as well, and the class "
        "whose recall falls furthest behind.",
        describe_bootstrap(overall, kind),
        "The paper misspells two models: IL-CDD is IL-CNN, DTGAN is DTAGN. The originals' figures were measured "
        "with other splits, and some on other clips: neither column ranks the models. " + "; ".join(sources) + ".",
    ]
    if (shown["ACC, this run (%)"] == NONE).any():
        notes.append(f"{NONE} under this run: not trained here.")
    standing = reference[reference["remark"] == "stand-in"]["model"]
    if len(standing):
        notes.insert(2, f"{' and '.join(standing)}: a stand-in of ours for a model whose paper could not be read.")
    return tuple(notes)
