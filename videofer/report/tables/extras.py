"""Tables of the extras: the leakage demonstration, the learning curve and the study of readings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_table
from videofer.core.study import HEADS
from videofer.core.table_formats import (
    MINUS,
    NONE,
    Table,
    show,
    show_bounds,
    show_interval,
    show_p,
    show_percent,
    show_share,
    write_file,
)
from videofer.evaluation.comparison import MAIN
from videofer.report.tables.wording import describe_data

SPLITS = {
    MAIN: "People apart (this study)",
    "random-clips": "Clips at random, people on both sides",
    "random-copies": "Augmented copies at random: turned copies of a tested clip are trained on",
}
INTERVAL = "95 % intervals: bootstrap over subjects. p: two-sided permutation over subjects"


def tabulate_extra(
    extra: str, metric: str | Path, readings: Mapping, out: Sequence[str | Path], name: str, kind: str
) -> None:
    """Write the table of one extra in the formats of the paths in `out`.

    metric: of `compare_studies`; readings: of the main study; name and kind: of the data set.
    """
    studies = read_table(metric, "metric")
    makers = {
        "leakage": lambda: tabulate_leakage(studies),
        "learning-curve": lambda: tabulate_curve(studies),
        "readings": lambda: tabulate_readings(studies, readings),
    }
    table = makers[extra]()
    table = Table(table.name, table.title, table.data, table.shown, (*table.notes, describe_data(name, kind)))
    for path in out:
        write_file(table, path)


def _pairs(studies: pd.DataFrame):
    """Yield (study, head -> row) for every study and variant, both heads together."""
    for (study, _), group in studies.groupby(["study", "variant"], sort=False):
        yield study, {row["head"]: row for row in group.to_dict("records")}


def _show_difference(row: dict) -> str:
    """Format a difference in points with its interval, or a dash for the main study itself."""
    if pd.isna(row["difference"]):
        return NONE
    return (
        f"{show_percent(row['difference'], 1, signed=True)} [{show_bounds(row['low'], row['high'], signed=True)}]"
    )


def tabulate_leakage(studies: pd.DataFrame) -> Table:
    """Return accuracy by how the clips were split: people apart, clips at random, augmented copies at random."""
    shown = []
    for study, heads in _pairs(studies):
        row = {"Split": SPLITS[study]}
        for head, title in ((head, one.name) for head, one in HEADS.items()):
            row |= {f"{title} ACC (%)": show_share(heads[head])}
            row |= {f"{title}, inflation (points)": _show_difference(heads[head])}
        shown.append(row | {"LSTM, p": show_p(heads["sequence"]["permutation_p"])})
    notes = (
        "Same clips, variant, epochs, number of folds and seed; only the split differs. The first row alone says "
        "how the model does on people whom it has not seen.",
        f"Inflation: points above the first row, in brackets its interval. {INTERVAL}, not corrected.",
        "In the last row each of a clip's eight versions is tested, so that n is eight times the clips.",
    )
    title = "What a careless split would claim"
    return Table("extra-leakage", title, studies, pd.DataFrame(shown), notes)


def tabulate_curve(studies: pd.DataFrame) -> Table:
    """Return accuracy by the number of training subjects, the fewest first."""
    studies = studies.sort_values("training_subjects", kind="stable")
    shown = []
    for _, heads in _pairs(studies):
        row = {"Training subjects": show(heads["sequence"]["training_subjects"], 1).removesuffix(".0")}
        for head, title in ((head, one.name) for head, one in HEADS.items()):
            row |= {f"{title} ACC (%)": show_share(heads[head])}
            row |= {f"{title}, 95 % interval": show_interval(heads[head])}
        shown.append(row)
    notes = (
        "Same test and validation subjects, variant, epochs and seed; only some training subjects are left out "
        "(the smaller sets are parts of the larger). Fewer subjects also mean fewer steps of training. The last "
        "row is the study itself, with the mean over its folds.",
        "95 % interval: Wilson's, over clips.",
    )
    title = "Accuracy by the number of training subjects"
    return Table("extra-learning-curve", title, studies, pd.DataFrame(shown), notes)


def tabulate_readings(studies: pd.DataFrame, readings: Mapping) -> Table:
    """Return what each other answer to an open question of the paper changes, against the answer taken here."""
    shown = []
    for study, heads in _pairs(studies[studies["study"] != MAIN]):
        group, key, value = split_reading(study)
        row = {
            "Reading": f"{group}.{key}",
            "Taken here": str(readings[group][key]).lower(),
            "Other": value,
        }
        for head, title in ((head, one.name) for head, one in HEADS.items()):
            row |= {f"{title} ACC (%)": show_share(heads[head])}
            row |= {f"{title}, difference (points)": _show_difference(heads[head])}
            row |= {f"{title}, p (Holm)": f"{show_p(heads[head]['permutation_p'])} ({show_p(heads[head]['holm'])})"}
        shown.append(row)
    trained = [
        f"{lstm['variant']} {show_share(lstm)}, capsule vote {show_share(capsule)}"
        for lstm, capsule in (heads.values() for _, heads in _pairs(studies[studies["study"] == MAIN]))
    ]
    notes = (
        f"Each row is the study once more, one seed, with one reading answered otherwise. The study itself: "
        f"{'; '.join(trained)}. Readings of the LSTM's margin loss are compared with the variant that has it.",
        f"Difference: other {MINUS} taken here, on the clips that both used. {INTERVAL}, in brackets after Holm's "
        "correction over all rows of a head.",
    )
    title = "What each open question of the paper does to the result"
    return Table("extra-readings", title, studies, pd.DataFrame(shown), notes)


def split_reading(study: str) -> tuple[str, str, str]:
    """Return group, key and value of a study such as model.lstm_input=norm."""
    path, _, value = study.partition("=")
    group, _, key = path.partition(".")
    return group, key, value
