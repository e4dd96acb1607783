"""Tables and captions as the page shows them."""

import pytest

from videofer.core.errors import UserError
from videofer.report.page.contents import describe_table, render_caption
from videofer.report.page.tables import make_table


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
