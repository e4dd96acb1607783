"""The configuration beside the paper's settings."""

import copy

import pandas as pd
from fake_page import CONFIG
from fake_runs import REFERENCE

from videofer.report.page.tables import compare_settings, list_notes


def test_settings_of_the_paper_are_keys_of_the_configuration():
    stated = pd.read_csv(REFERENCE / "settings.csv", dtype=str)
    paper = copy.deepcopy(CONFIG)
    paper["training"]["learning_rate"] = 1e-4
    table, departures = compare_settings(stated, paper)
    assert departures == []
    assert [row[3] for row in table["rows"] if row[0] == "Learning rate of Adam"] == ["yes"]


def test_notes_of_runs_are_counted():
    records = [{"notes": ["a", "b"]}, {"notes": ["a"]}, {"notes": []}]
    assert list_notes(records) == ["a (2 of 3 runs)", "b (1 of 3 runs)"]
