"""Tables and captions as the page shows them, and the tables that it computes itself."""

import copy

import pandas as pd
import pytest
from fake_page import CONFIG, write_benchmarks
from fake_runs import REFERENCE

from videofer.core.errors import UserError
from videofer.report.page.contents import column_values, describe_figure, describe_table, sort_value
from videofer.report.page.tables import compare_settings, list_hardware, list_notes, make_table, sum_costs


def test_long_tables_are_shortened_with_a_word_about_it():
    table = describe_table(make_table("t", "T", ["Clip"], [[str(n)] for n in range(5)]), most=2)
    assert len(table["rows"]) == 2
    assert table["notes"] == ["The first 2 of 5 rows; all of them are in the files."]


def test_a_table_without_rows_keeps_its_headings():
    table = describe_table(make_table("t", "T", ["A", "B"], []))
    assert table["columns"] == [("A", False), ("B", False)] and table["rows"] == []


@pytest.fixture
def caption(tmp_path):
    """Return a function that describes a figure with a caption of this text."""
    picture = tmp_path / "f.svg"

    def describe(text, svg="<svg/>"):
        picture.write_text(svg)
        (tmp_path / "f.rst").write_text(text)
        return describe_figure("f", {".svg": picture}, tmp_path, tmp_path)

    return describe


def test_captions_are_text_and_pictures_of_faces_are_told_from_drawings(caption):
    figure = caption("Of *<b>* & ``more``.\n")
    assert "<em>&lt;b&gt;</em> &amp; " in figure["caption"] and "literal" in figure["caption"]
    assert figure["words"] == "Of <b> & more." and not figure["photos"]
    assert caption("A face.", "<svg><image/></svg>")["photos"]


@pytest.mark.parametrize("text", ["``open", ".. raw:: html\n\n   <b>"])
def test_a_caption_that_cannot_be_rendered_is_named(caption, text):
    with pytest.raises(UserError, match=r"f\.rst"):
        caption(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.44", 0.44),
        ("−9.21", -9.21),
        ("+3.1", 3.1),
        ("12,345", 12345),
        ("56.25 (54/96)", 56.25),
        ("46.3–65.7", 46.3),
        ("54 of 96", 54),
        ("5 %", 5),
        ("−3.7 to +1.2", -3.7),
        ("54/96", 54),
        ("0.3 ± 0.1", 0.3),
        ("−4.2 [−9.0, 0.6]", -4.2),
        ("1e-5", 1e-5),
    ],
)
def test_a_cell_sorts_by_its_first_number(text, value):
    assert sort_value(text) == value


@pytest.mark.parametrize(
    "text", ["S001", "3DCNN", "10 folds", "1.2.3", "not stated", "2026-01-02", "–", "", "1 it's"]
)
def test_words_with_digits_are_no_numbers(text):
    assert sort_value(text) is None


def test_bounds_sort_beside_their_number():
    assert sort_value("< 0.001") < sort_value("0.001") < sort_value("> 0.001")


def test_a_column_is_of_numbers_only_if_all_its_cells_are():
    assert column_values(["1", "–", "−2"]) == [1, None, -2]
    assert column_values(["1", "two"]) is None
    assert column_values(["–", ""]) is None


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
