"""The tables that the page computes: settings beside the paper's, machines and costs of a run."""

import copy

import pandas as pd
from fake_page import CONFIG, write_benchmarks
from fake_runs import REFERENCE

from videofer.report.page.tables import compare_settings, list_hardware, list_notes, sum_costs


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


def test_machines_are_listed_once_with_their_trainings():
    machine = {"processor": "P", "cores": 2, "memory_gib": 8, "gpu": None}
    records = [{"hardware": machine, "device": "cpu"}] * 2
    records.append({"hardware": machine | {"gpu": "G"}, "device": "cuda:0"})
    rows = list_hardware(records)["rows"]
    assert sorted(rows) == [("P", "2", "8", "G", "cuda:0", "1"), ("P", "2", "8", "–", "cpu", "2")]


def test_costs_are_summed_over_the_jobs_of_a_rule(tmp_path):
    folder = write_benchmarks(tmp_path)
    (folder / "empty.tsv").touch()  # of a job that was killed
    (folder / "build_report.tsv").write_text("s\tmax_rss\tcpu_time\n9\t9\t9\n")  # of an earlier page
    assert sum_costs(folder)["rows"] == [
        ("train_fold", "2", "114.0", "120.0", "90.0", "700"),
        ("evaluate", "1", "–", "0.3", "0.3", "–"),
        ("together", "3", "114.0", "120.3", "–", "–"),
    ]


def test_nothing_measured_is_no_error(tmp_path):
    assert [row[:2] for row in sum_costs(tmp_path / "absent")["rows"]] == [("together", "0")]
