"""The README is short, and its table is that of the published study."""

import re
from pathlib import Path

import pandas as pd

from videofer.core.table_formats import show, show_bounds

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STUDY = pd.read_csv(ROOT / "docs/results/rendered/table-4.2.csv")
ROW = re.compile(r"^\|.*\|.*\| \**([\d.]+)\**? \((\d+)/(\d+)\) \| (\S+) \| (.*) \|$", re.MULTILINE)


def bounds(row, what, unit, signed=False):
    return show_bounds(row[f"{what}_low_{unit}"] / 100, row[f"{what}_high_{unit}"] / 100, signed=signed)


def test_it_is_read_in_a_few_minutes():
    assert len(README.splitlines()) <= 150 and len(README.split()) <= 1300


def test_each_row_of_its_table_is_one_of_the_published_study_best_first():
    shown = ROW.findall(README.replace("**", ""))
    assert len(shown) == 9
    accuracies = [float(row[0]) for row in shown]
    assert accuracies == sorted(accuracies, reverse=True)
    for accuracy, correct, n, interval, points in shown:
        rows = STUDY[(STUDY["correct"] == int(correct)) & (STUDY["n"] == int(n))].to_dict("records")
        (row,) = (row for row in rows if bounds(row, "subject", "percent") == interval)
        assert show(row["accuracy_percent"], 2) == accuracy
        if points != "–":
            signed = bounds(row, "difference", "points", signed=True)
            assert points == f"{show(row['difference_points'], 1, signed=True)} ({signed})"
