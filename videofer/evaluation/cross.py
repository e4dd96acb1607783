"""Trained on one data set, tested on another: the accuracy of every pair of sets of a cross-data study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import read_arrays
from videofer.core.table_formats import Table, show_bounds, show_percent, show_share, write_file
from videofer.evaluation.comparison import collect_answers
from videofer.evaluation.statistics.accuracy import measure_overall

TOGETHER = "all sets"  # the main study, which trains on the people of every set


def tabulate_cross(
    clips: str | Path, *, predictions: Mapping[str, Sequence[str | Path]], out: Sequence[str | Path]
) -> None:
    """Write the table of all pairs in the formats of the paths in `out`.

    clips: the packed clips, whose parts are the sets; predictions: the set that was trained on, or `TOGETHER` ->
    the predictions.csv of all its folds.
    """
    packed = read_arrays(clips, "clips").parameters
    home = dict(zip(packed["clips"], packed["parts"], strict=True))
    measured = []
    for trained_on, paths in predictions.items():
        answers = collect_answers(paths)
        for tested_on, group in answers.groupby(answers["clip"].map(home), sort=False):
            measured.append(measure_overall(group).assign(trained_on=trained_on, tested_on=tested_on))
    table = build_table(pd.concat(measured, ignore_index=True))
    for path in out:
        write_file(table, path)


def build_table(data: pd.DataFrame) -> Table:
    """Return the table of all pairs from rows of `measure_overall` with trained_on and tested_on."""
    keys = ["trained_on", "tested_on", "model", "variant", "head"]
    data = data[[*keys, *(column for column in data if column not in keys)]]
    shown = [
        {
            "Trained on": row["trained_on"],
            "Tested on": row["tested_on"],
            "Model": f"{row['model']} {row['variant']}",
            "Head": row["head"],
            "ACC (%)": show_share(row),
            "95 % interval over subjects": show_bounds(row["subject_low"], row["subject_high"]),
            "UAR (%)": show_percent(row["uar"], 2),
            "Subjects": str(row["subjects"]),
        }
        for row in data.to_dict("records")
    ]
    notes = (
        "Each clip is tested once per seed, always by people that are not trained on, also where both sets are the "
        f"same. '{TOGETHER}' trains on the people of every set and so on more clips.",
        "Classes are those of dataset.classes after each set's own map; no set was adapted to another.",
    )
    return Table("extra-cross", "Trained on one data set, tested on another", data, pd.DataFrame(shown), notes)
