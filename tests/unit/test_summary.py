"""The last words of `make run`."""

import io

import pytest
from fake_runs import evaluate_fake, table_inputs, write_fake_results
from rich.console import Console

from videofer.errors import UserError
from videofer.summary import main, print_summary
from videofer.tables import tabulate_results


def make_results(root, kind, variants):
    write_fake_results(root, variants=variants)
    overall = evaluate_fake(root, variants=variants)["overall"]
    tabulate_results(**table_inputs(root), out=[root / "tables/table-4.1.csv"], name="demo", kind=kind)
    (root / "report").mkdir()
    (root / "report/index.html").touch()
    return overall.query("head == 'sequence'").iloc[0]


def summarise(root, width=80):
    console = Console(file=io.StringIO(), width=width)
    print_summary(root, console)
    return console.file.getvalue()


def test_summary_fits_a_terminal_and_names_the_page(tmp_path):
    row = make_results(tmp_path, "rendered", ["margin-reconstruction-margin"])
    text = summarise(tmp_path)
    assert f"({row.correct}/{row.n})" in text and "68.30" in text
    assert "margin-reconstruction-margin" in text and "…" not in text
    assert "not comparable" in text
    assert f"Report: {tmp_path / 'report/index.html'}" in text


def test_summary_of_other_data_does_not_speak_of_rendered_faces(tmp_path):
    make_results(tmp_path, "folder", ["margin-ce"])
    assert "Rendered" not in summarise(tmp_path)


def test_missing_results_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"table-4\.1\.csv does not exist: run"):
        summarise(tmp_path)
    with pytest.raises(SystemExit, match="does not exist"):
        main([str(tmp_path)])
    with pytest.raises(SystemExit, match="Give one folder"):
        main([])
