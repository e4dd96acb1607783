"""Tables of the extras: leakage, learning curve, readings, and training on one data set to test on another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_arrays, read_table
from videofer.core.study import HEADS
from videofer.core.table_formats import MINUS, NONE, Table, show, show_interval, show_p, show_share, write_file
from videofer.evaluation.comparison import MAIN
from videofer.evaluation.evaluate import collect_tables
from videofer.evaluation.statistics.accuracy import measure_overall
from videofer.evaluation.statistics.answers import list_answers
from videofer.report.tables.columns import Cell, bounds, pair_heads, percent, show_rows, within
from videofer.report.tables.wording import describe_data

SPLITS = {
    MAIN: "People apart (this study)",
    "random-clips": "Clips at random, people on both sides",
    "random-copies": "Augmented copies at random: turned copies of a tested clip are trained on",
}
PAIR = ["study", "variant"]  # whose two heads stand in one row
INTERVAL = "95 % intervals: bootstrap over subjects and seeds. p: two-sided exact permutation over subjects"
TOGETHER = "all sets"  # the main study of a cross-data study, which trains on the people of every set


def tabulate_extra(
    extra: str, metric: str | Path, readings: Mapping, out: Sequence[str | Path], name: str, kind: str
) -> None:
    """Write the table of one extra in the formats of the paths in `out`.

    metric: of `compare_studies`; readings: of the main study; name and kind: of the data set.
    """
    studies = read_table(metric, "metric")
    if extra == "readings":
        table = tabulate_readings(studies, readings)
    else:
        table = {"leakage": tabulate_leakage, "learning-curve": tabulate_curve}[extra](studies)
    for path in out:
        write_file(replace(table, notes=(*table.notes, describe_data(name, kind))), path)


def _of_heads(columns: Mapping[str, Cell]) -> dict[str, Cell]:
    """Return the columns of both heads, the name of the head in place of {} in the heading."""
    sequence, capsule = HEADS["sequence"].name, HEADS["capsule"].name
    own = {heading.format(sequence): cell for heading, cell in columns.items()}
    return own | {heading.format(capsule): within("capsule", cell) for heading, cell in columns.items()}


def _show_difference(row: dict) -> str:
    """Format a difference in points with its interval, or a dash for the main study itself."""
    if pd.isna(row["difference"]):
        return NONE
    return f"{percent('difference', signed=True)(row)} [{bounds('low', 'high', signed=True)(row)}]"


def tabulate_leakage(studies: pd.DataFrame) -> Table:
    """Return accuracy by how the clips were split: people apart, clips at random, augmented copies at random."""
    columns = {
        "Split": lambda row: SPLITS[row["study"]],
        **_of_heads({"{} ACC (%)": show_share, "{}, inflation (points)": _show_difference}),
        "LSTM, p": lambda row: show_p(row["permutation_p"]),
    }
    notes = (
        "Same clips, variant, epochs, number of folds and seeds; only the split differs. The first row alone says "
        "how the model does on people whom it has not seen.",
        f"Inflation: points above the first row, in brackets its interval. {INTERVAL}, not corrected.",
        "In the last row each of a clip's eight versions is tested, so that n is eight times the clips.",
    )
    shown = show_rows(pair_heads(studies, PAIR), columns)
    return Table("extra-leakage", "What a careless split would claim", studies, shown, notes)


def tabulate_curve(studies: pd.DataFrame) -> Table:
    """Return accuracy by the number of training subjects, the fewest first."""
    studies = studies.sort_values("training_subjects", kind="stable")
    columns = {
        "Training subjects": lambda row: show(row["training_subjects"], 1).removesuffix(".0"),
        **_of_heads({"{} ACC (%)": show_share, "{}, 95 % interval": show_interval}),
    }
    notes = (
        "Same test and validation subjects, variant, epochs and seeds; only some training subjects are left out "
        "(the smaller sets are parts of the larger). Fewer subjects also mean fewer steps of training. The last "
        "row is the study itself, with the mean over its folds.",
        "95 % interval: Wilson's, over clips.",
    )
    title = "Accuracy by the number of training subjects"
    return Table("extra-learning-curve", title, studies, show_rows(pair_heads(studies, PAIR), columns), notes)


def tabulate_readings(studies: pd.DataFrame, readings: Mapping) -> Table:
    """Return what each other answer to an open question of the paper changes, against the answer taken here.

    The name of a study is its reading, such as model.lstm_input=norm.
    """

    def show_taken(row: dict) -> str:
        group, _, key = row["study"].partition("=")[0].partition(".")
        return str(readings[group][key]).lower()

    columns = {
        "Reading": lambda row: row["study"].partition("=")[0],
        "Taken here": show_taken,
        "Other": lambda row: row["study"].partition("=")[2],
    }
    columns |= _of_heads(
        {
            "{} ACC (%)": show_share,
            "{}, difference (points)": _show_difference,
            "{}, p (Holm)": lambda row: f"{show_p(row['permutation_p'])} ({show_p(row['holm'])})",
        }
    )
    others = studies["study"] != MAIN
    trained = [
        f"{row['variant']} {show_share(row)}, capsule vote {show_share(row['capsule'])}"
        for row in pair_heads(studies[~others], PAIR)
    ]
    notes = (
        "Each row is the study once more, with all of its seeds and one reading answered otherwise. The study "
        f"itself: {'; '.join(trained)}. Readings of the LSTM's margin loss are compared with the variant that "
        "has it.",
        f"Difference: other {MINUS} taken here, on the clips that both used. {INTERVAL}, in brackets after Holm's "
        "correction over all rows of a head.",
    )
    title = "What each open question of the paper does to the result"
    return Table("extra-readings", title, studies, show_rows(pair_heads(studies[others], PAIR), columns), notes)


def tabulate_cross(
    clips: str | Path, *, predictions: Mapping[str, Sequence[str | Path]], out: Sequence[str | Path]
) -> None:
    """Write the accuracy of every pair of sets, trained on and tested on, in the formats of the paths in `out`.

    clips: the packed clips, whose parts are the sets; predictions: the set that was trained on, or `TOGETHER` ->
    the predictions.csv of all its folds.
    """
    packed = read_arrays(clips, "clips").parameters
    home = dict(zip(packed["clips"], packed["parts"], strict=True))
    measured = []
    for trained_on, paths in predictions.items():
        answers = list_answers(collect_tables(paths, "predictions"))
        for tested_on, group in answers.groupby(answers["clip"].map(home), sort=False):
            pair = measure_overall(group)
            pair.insert(0, "trained_on", trained_on)
            pair.insert(1, "tested_on", tested_on)
            measured.append(pair)
    data = pd.concat(measured, ignore_index=True)
    columns = {
        "Trained on": lambda row: row["trained_on"],
        "Tested on": lambda row: row["tested_on"],
        "Model": lambda row: f"{row['model']} {row['variant']}",
        "Head": lambda row: row["head"],
        "ACC (%)": show_share,
        "95 % interval over subjects": bounds("subject_low", "subject_high"),
        "UAR (%)": percent("uar", 2),
        "Subjects": lambda row: str(row["subjects"]),
    }
    notes = (
        "Each clip is tested once per seed, always by people that are not trained on, also where both sets are the "
        f"same. '{TOGETHER}' trains on the people of every set and so on more clips.",
        "Classes are those of dataset.classes after each set's own map; no set was adapted to another.",
    )
    title = "Trained on one data set, tested on another"
    table = Table("extra-cross", title, data, show_rows(data.to_dict("records"), columns), notes)
    for path in out:
        write_file(table, path)
