"""Do the loss functions differ: pairs of variants, the 2 x 2 design, and what so many clips can show at all."""

from itertools import combinations

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import DASH, MINUS, Table, show, show_bounds, show_p, show_percent
from videofer.evaluation.statistics.differences import EFFECTS, effect_of
from videofer.report.tables.columns import bounds, name_variant, p_value, percent, show_rows
from videofer.report.tables.wording import INDEPENDENT, PERMUTATION, describe_bootstrap, name_run

EFFECT_NAMES = {
    "reconstruction": f"Reconstruction loss: with {MINUS} without",
    "cross-entropy": f"Loss of the LSTM: cross-entropy {MINUS} margin",
    "interaction": f"Interaction: effect of reconstruction with cross-entropy {MINUS} with margin",
}


def tabulate_comparisons(comparisons: pd.DataFrame, overall: pd.DataFrame, kind: str) -> Table:
    """Return every pair of variants for each head, and the two heads for each variant; kind: of the data set."""

    def name_side(row: dict, side: str) -> str:
        return HEADS[row[side]].name if row["family"] == "heads" else name_run(row["model"], row[side])

    columns = {
        "Answers of": lambda row: name_variant(row) if row["family"] == "heads" else HEADS[row["family"]].name,
        "A against B": lambda row: f"{name_side(row, 'first')} / {name_side(row, 'second')}",
        f"A {MINUS} B (points)": percent("difference", signed=True),
        "95 % interval over subjects": bounds("low", "high", signed=True),
        "Permutation p (Holm)": p_value("permutation"),
        "Clips only A, only B gets right": lambda row: f"{row['only_first']} / {row['only_second']}",
        "McNemar p, clips as if independent (Holm)": p_value("mcnemar"),
    }
    notes = [
        f"Permutation p: {PERMUTATION}. McNemar p: exact two-sided test on the clips that only one side got right. "
        f"{INDEPENDENT}. In brackets: after Holm's correction over the rows with the same kind of "
        "comparison (LSTM, capsule vote, or heads).",
        describe_bootstrap(overall, kind),
    ]
    if overall["seeds"].max() > 1:
        notes.insert(
            1,
            "McNemar's test needs one answer a clip: here the class with the highest mean score over the seeds. "
            "The difference in points, its interval and the permutation take the answers of every seed.",
        )
    title = "Do the loss functions differ, and do the heads?"
    shown = show_rows(comparisons.to_dict("records"), columns)
    return Table("table-comparisons", title, comparisons, shown, tuple(notes))


def tabulate_design(design: pd.DataFrame, reference: pd.DataFrame, overall: pd.DataFrame, kind: str) -> Table:
    """Return main effects and interaction of the two losses: in the paper's four figures, and in ours.

    design, overall: of the study's own model; reference: table-4.1.csv; kind: of the data set.
    """
    paper = reference.set_index("variant")["accuracy_percent"].to_dict()
    measured = design.set_index(["effect", "head"]).to_dict("index")
    rows, shown = [], []
    for effect in EFFECTS:
        row = {"effect": effect, "paper_points": effect_of(paper, effect)}
        line = {"Effect": EFFECT_NAMES[effect], "Paper (points)": show(row["paper_points"], 2, signed=True)}
        for head in HEADS:
            keys = ("difference", "low", "high", "permutation_p")
            ours, name = measured.get((effect, head), dict.fromkeys(keys, float("nan"))), HEADS[head].name
            row |= {f"{head}_{key}_points": 100 * ours[key] for key in keys[:3]}
            row[f"{head}_permutation_p"] = ours["permutation_p"]
            line[f"{name} (points)"] = show_percent(ours["difference"], signed=True)
            line[f"{name}, 95 % interval"] = show_bounds(ours["low"], ours["high"], signed=True)
            line[f"{name}, p"] = show_p(ours["permutation_p"])
        rows.append(row)
        shown.append(line)
    notes = [
        "Table 4.1 read as one experiment with two factors. A main effect is the mean of the two differences that "
        "its factor makes; the interaction is the difference between these two. The paper's column follows from "
        "its four figures, for which it gives no interval.",
        f"p: {PERMUTATION}; not corrected for the three effects. {describe_bootstrap(overall, kind)}",
    ]
    if not measured:
        notes.insert(0, "The effects need all four variants; not all of them were trained in this run.")
    title = "Table 4.1 as a 2 by 2 design: what each loss contributes"
    return Table("table-design", title, pd.DataFrame(rows), pd.DataFrame(shown), tuple(notes))


def tabulate_resolution(resolution: pd.DataFrame, losses: pd.DataFrame, models: pd.DataFrame) -> Table:
    """Return the smallest differences that this run's and the paper's number of clips can show."""
    columns = {
        "Answers of": lambda row: name_run(row["model"], HEADS[row["head"]].name),
        "Clips": lambda row: str(row["clips"]),
        "Clips only one side gets right (%)": percent("discordant"),
        "Smallest significant difference (points)": percent("significant"),
        "At best (points)": percent("best"),
        "Found with 80 % power (points)": percent("detectable"),
        "Power of the exact test there (%)": percent("exact_power", 0),
    }
    gaps = [abs(a - b) for a, b in combinations(losses["accuracy_percent"], 2)]
    best, second = models["quoted_percent"].nlargest(2)
    notes = (
        f"McNemar's exact test at the 5 % level, one pair alone. {INDEPENDENT}; differences between people who are "
        "alike in their clips have to be larger than these. Share of clips that only one side gets right: mean "
        "over this run's pairs of variants. Smallest significant difference: at that share. At best: if the only "
        "clips that differ, six of them, all favour one side.",
        "Found with 80 % power: true difference that four of five such studies would call significant (Miettinen "
        "1968; Connor 1987); the exact test is a little weaker, as the last column says.",
        f"The paper's four figures lie {show(min(gaps), 2)}{DASH}{show(max(gaps), 2)} points apart, and its best "
        f"leads the next model of its Table 4.2 by {show(best - second, 2)}; 208 is its number of clips.",
    )
    title = "The smallest difference that so many clips can show"
    shown = show_rows(resolution.to_dict("records"), columns)
    return Table("table-resolution", title, resolution, shown, notes)
