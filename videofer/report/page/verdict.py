"""The result in a few sentences, computed from the metrics."""

import math

import pandas as pd

from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import NONE, show, show_bounds, show_p
from videofer.datasets.registry import names_people
from videofer.report.tables.wording import FEW_SUBJECTS, title_run

LEVEL = 0.05
MOST_NAMED = 2  # pairs that the sentence about differences names


def state_verdict(
    overall: pd.DataFrame,
    models: pd.DataFrame,
    comparisons: pd.DataFrame,
    paper: pd.DataFrame | None,
    variant: str,
    baseline: float,
    kind: str,
) -> list[str]:
    """Return the sentences about the best model, the level of the study's own, its variants, and the paper.

    overall, models, comparisons: tables of `metrics`; paper: Table 4.1 as printed, or None where the data are
    not the paper's; variant: whose level is stated; baseline: the share of clips in the most frequent class,
    between 0 and 1; kind: of the data set.
    """
    own = overall[overall["model"] == OWN_MODEL].set_index(["variant", "head"]).to_dict("index")
    pairs = comparisons[(comparisons["model"] == OWN_MODEL) & (comparisons["family"] == "sequence")]
    verdict = [*state_best(models), *state_level(own[variant, "sequence"], variant, baseline, kind)]
    verdict.append(state_differences(pairs, kind))
    if paper is not None:
        printed = show(paper.set_index("variant").loc[variant, "accuracy_percent"], 2)
        drawn = "; drawn faces can neither confirm nor contradict that."
        relation = drawn if kind == "rendered" else ", whose clips and split it does not give: compare with care."
        verdict.append(f"The paper prints {printed} % for this model on MMI{relation}")
    return verdict


def warn_few(people: int) -> str:
    """Return a warning where people are too few for their intervals to hold, or an empty text."""
    if people >= FEW_SUBJECTS:
        return ""
    return (
        f"Only {people} {'person' if people == 1 else 'people'}: these figures say little about others. Another "
        "person may change every one of them, the order of the models too, and with fewer than "
        f"{FEW_SUBJECTS} people the intervals are too narrow. Record more people before you rely on any of this."
    )


def state_level(row: dict, variant: str, baseline: float, kind: str) -> list[str]:
    """Return how often the LSTM is right, and whether that is shown to be more than naming one class always.

    The interval is that over subjects; over clips where there are too few subjects for one.
    """
    named = names_people(kind)
    faces = "rendered (computer-drawn) faces" if kind == "rendered" else "recorded videos"
    unseen = "of people it has never seen" if named else "that the data set's own split tests"
    seeds = row["seeds"] > 1
    counted, of = ("answers", f"{row['clips']} clips, {row['seeds']} seeds; ") if seeds else ("clips", "")
    over, name = ("clips", "wilson") if math.isnan(row["subject_low"]) or not named else ("people", "subject")
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    doubt = "" if named else ", too narrow where clips show the same person"
    against = "less than" if high < baseline else "not shown to be more than"
    against = "clearly more than" if low > baseline else against
    return [
        f"On {faces} {unseen}, the Capsule\N{NON-BREAKING HYPHEN}LSTM names the right "
        f"expression in {show(100 * row['accuracy'], 1)} % of the clips.",
        f"That is {row['correct']} of {row['n']} {counted} ({of}{variant}, answer of the LSTM), with a 95 % "
        f"interval over {over} of {show_bounds(low, high)} %{doubt}: {against} {show(100 * baseline, 1)} %, the "
        "share of the most frequent expression.",
    ]


def state_differences(pairs: pd.DataFrame, kind: str) -> str:
    """Return which variants are shown to differ, by permutation tests over people with Holm's correction.

    kind: of the data set; where it does not say who is who, each clip counts as a person.
    """
    if pairs.empty:
        return "One combination of losses was trained, so there is nothing to compare it with."
    ranked = pairs.sort_values("permutation_holm", kind="stable")
    differing = ranked[ranked["permutation_holm"] < LEVEL]
    units = "people" if names_people(kind) else "clips"
    least = show_p(ranked["permutation_holm"].iloc[0])
    if len(pairs) == 1:
        test = f"permutation test over {units}, p: {least}"
        found, missed = "The two loss functions differ", "The two loss functions are not shown to differ"
    else:
        test = f"permutation tests over {units} with Holm's correction; smallest p: {least}"
        total = f"of the {len(pairs)} pairs of loss functions"
        found = f"{len(differing)} {total} {'differs' if len(differing) == 1 else 'differ'}"
        missed = f"None {total} is shown to differ"
    if differing.empty:
        return f"{missed} ({test})."
    named = []
    for row in differing.head(MOST_NAMED).to_dict("records"):
        better, worse = ("first", "second") if row["difference"] > 0 else ("second", "first")
        points = show(100 * abs(row["difference"]), 1)
        named.append(f"{row[better]} is ahead of {row[worse]} by {points} points")
    return f"{found} ({test}): {'; '.join(named)}{'; and more' * (len(differing) > MOST_NAMED)}."


def state_best(models: pd.DataFrame) -> list[str]:
    """Return which model is right most often, and by how much it differs from the study's own, unless it is that.

    models: of `measure_models`.
    """
    best = models.loc[models["accuracy"].idxmax()]
    if best["model"] == OWN_MODEL:
        return []
    name = title_run(best["model"], best["variant"])
    text = f"{name} is right most often, in {show(100 * best['accuracy'], 1)} %"
    if math.isnan(best["difference"]):
        return [f"{text}."]
    side = "more" if best["difference"] >= 0 else "less"
    bounds = show_bounds(best["difference_low"], best["difference_high"], signed=True)
    interval = "" if bounds == NONE else f" (95 % interval {bounds})"
    points = show(100 * abs(best["difference"]), 1)
    return [f"{text}, {points} points {side} than the Capsule\N{NON-BREAKING HYPHEN}LSTM{interval}."]
