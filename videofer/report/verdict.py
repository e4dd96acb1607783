"""The result in two or three sentences, computed from the metrics."""

import pandas as pd
from statsmodels.stats.multitest import multipletests

from videofer.table_formats import DASH, show

LEVEL = 0.05
MOST_NAMED = 2  # pairs that the sentence about differences names


def state_verdict(
    overall: pd.DataFrame, comparisons: pd.DataFrame, paper: pd.DataFrame, variant: str, baseline: float, kind: str
) -> list[str]:
    """Return the sentences about the level, the differences between the variants, and the paper.

    overall, comparisons: tables of `metrics`; paper: Table 4.1 as printed; baseline: the share of clips in the
    most frequent class, between 0 and 1; kind: of the data set.
    """
    heads = overall[overall["variant"] == variant].set_index("head").to_dict("index")
    printed = paper.set_index("variant").loc[variant]
    return [
        *state_level(heads["sequence"], variant, baseline, kind),
        state_differences(comparisons[comparisons["head"] == "sequence"]),
        f"The paper prints {show(printed['accuracy_percent'], 2)} % for this model on MMI{state_distance(kind)}",
    ]


def state_level(row: dict, variant: str, baseline: float, kind: str) -> list[str]:
    """Return how often the LSTM is right, and whether that is shown to be more than naming one class always."""
    faces = "rendered (computer-drawn) faces" if kind == "rendered" else "recorded videos"
    answers = f"{row['correct']} of {row['n']} clips"
    if row["seeds"] > 1:
        answers = f"{row['correct']} of {row['n']} answers ({row['clips']} clips, {row['seeds']} seeds)"
    interval = DASH.join(show(100 * row[end], 1) for end in ("wilson_low", "wilson_high"))
    chance = f"{show(100 * baseline, 1)} %, the share of the most frequent expression"
    if row["wilson_low"] > baseline:
        against = f"clearly more than {chance}"
    elif row["wilson_high"] < baseline:
        against = f"less than {chance}"
    else:
        against = f"not shown to be more than {chance}"
    return [
        f"On {faces} of people it has never seen, the Capsule\N{NON-BREAKING HYPHEN}LSTM names the right "
        f"expression in {show(100 * row['accuracy'], 1)} % of the clips.",
        f"That is {answers} ({variant}, answer of the LSTM), with a 95 % interval of {interval} %: {against}.",
    ]


def state_differences(pairs: pd.DataFrame) -> str:
    """Return which variants are shown to differ, by exact McNemar tests with Holm's correction for all pairs."""
    if pairs.empty:
        return "One combination of losses was trained, so there is nothing to compare it with."
    adjusted = pairs.assign(p=multipletests(pairs["p"], method="holm")[1]).sort_values("p", kind="stable")
    differing = adjusted[adjusted["p"] < LEVEL]
    least = adjusted["p"].iloc[0]
    shown = show(least, 3) if least >= 0.001 else "below 0.001"
    if len(pairs) == 1:
        test = f"McNemar's test, p is {shown}"
        found, missed = "The two loss functions differ", "The two loss functions are not shown to differ"
    else:
        test = f"McNemar's tests with Holm's correction; the smallest p is {shown}"
        total = f"of the {len(pairs)} pairs of loss functions"
        found = f"{len(differing)} {total} {'differs' if len(differing) == 1 else 'differ'}"
        missed = f"None {total} is shown to differ"
    if differing.empty:
        return f"{missed} ({test})."
    named = [_name_pair(row) for row in differing.head(MOST_NAMED).to_dict("records")]
    return f"{found} ({test}): {'; '.join(named)}{'; and more' * (len(differing) > MOST_NAMED)}."


def _name_pair(row: dict) -> str:
    better, worse = ("first", "second") if row["only_first"] > row["only_second"] else ("second", "first")
    return f"{row[better]} is ahead of {row[worse]}"


def state_distance(kind: str) -> str:
    """Return how the paper's figure relates to ours."""
    if kind == "rendered":
        return "; drawn faces can neither confirm nor contradict that."
    return ", whose clips and split it does not give: compare with care."
