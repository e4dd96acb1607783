"""Tables and captions as the page shows them."""

import json

import pandas as pd
import pytest
from fake_page import CONFIG
from fake_runs import REFERENCE

from videofer.core.errors import UserError
from videofer.report.page.contents import describe_table, make_table, render_caption
from videofer.report.page.provenance import list_hardware
from videofer.report.page.settings import compare_settings, list_notes


def test_long_tables_are_shortened_with_a_word_about_it():
    table = describe_table(make_table("t", "T", ["Clip"], [[str(n)] for n in range(5)]), most=2)
    assert len(table["rows"]) == 2
    assert table["notes"] == ["The first 2 of 5 rows; all of them are in the files."]


def test_a_table_without_rows_keeps_its_headings():
    table = describe_table(make_table("t", "T", ["A", "B"], []))
    assert table["columns"] == [("A", False), ("B", False)] and table["rows"] == []


def test_captions_are_rendered_as_in_snakemake_s_report(tmp_path):
    path = tmp_path / "plot_x.rst"
    path.write_text("Of *{{ snakemake.params.variant }}* & ``more``.\n")
    html, words = render_caption(path, {"params": {"variant": "<b>"}})
    assert "<em>&lt;b&gt;</em> &amp; " in html and "literal" in html
    assert words == "Of <b> & more."


@pytest.mark.parametrize("text", ["{{ snakemake.params.absent }}", "{% if %}", "``open", ".. raw:: html\n\n   <b>"])
def test_a_caption_that_cannot_be_rendered_is_named(tmp_path, text):
    path = tmp_path / "plot_x.rst"
    path.write_text(text)
    with pytest.raises(UserError, match="plot_x"):
        render_caption(path, {"params": {}})


def test_settings_of_the_paper_are_keys_of_the_configuration():
    stated = pd.read_csv(REFERENCE / "settings.csv", dtype=str)
    paper = json.loads(json.dumps(CONFIG))
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
