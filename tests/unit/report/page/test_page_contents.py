"""Tables and captions as the page shows them: which columns hold numbers, and how they sort."""

import pytest

from videofer.core.errors import UserError
from videofer.report.page.contents import column_values, describe_figure, describe_table, sort_value
from videofer.report.page.tables import make_table


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
    (tmp_path / "f.svg").touch()

    def describe(text, **params):
        path = tmp_path / "plot_x.rst"
        path.write_text(text)
        return describe_figure("f", tmp_path / "f.svg", path, {"params": params}, [])

    return describe


def test_captions_are_rendered_as_in_snakemake_s_report(caption):
    figure = caption("Of *{{ snakemake.params.variant }}* & ``more``.\n", variant="<b>")
    assert "<em>&lt;b&gt;</em> &amp; " in figure["caption"] and "literal" in figure["caption"]
    assert figure["words"] == "Of <b> & more."


@pytest.mark.parametrize("text", ["{{ snakemake.params.absent }}", "{% if %}", "``open", ".. raw:: html\n\n   <b>"])
def test_a_caption_that_cannot_be_rendered_is_named(caption, text):
    with pytest.raises(UserError, match="plot_x"):
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
