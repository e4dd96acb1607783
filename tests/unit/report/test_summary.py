"""The last words of `make run`."""

import io

import pandas as pd
import pytest
from fake_runs import evaluate_fake, table_inputs, write_fake_results
from rich.console import Console

from videofer.core.errors import UserError
from videofer.core.table_formats import show, show_p
from videofer.report.summary import main, print_summary
from videofer.report.tables import tabulate_results


def make_results(root, kind, variants, **others):
    models = {"capsule-lstm": variants} | others
    write_fake_results(root, models=models)
    overall = evaluate_fake(root, models=models)["overall"]
    out = [root / f"tables/table-4.{number}.csv" for number in (1, 2)]
    tabulate_results(**table_inputs(root), out=out, name="demo", kind=kind)
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


def test_other_models_follow_with_their_difference(tmp_path):
    others = {"dtagn": ["dtan", "joint"], "majority": ["plain"]}
    make_results(tmp_path, "rendered", ["margin-reconstruction-ce"], **others)
    text = summarise(tmp_path)
    assert "…" not in text and "Other models" in text
    table = pd.read_csv(tmp_path / "tables/table-4.2.csv").set_index("registered")
    for words, row in zip(("DTGAN dtan", "DTGAN joint"), table.loc["dtagn"].itertuples(), strict=True):
        (line,) = (line for line in text.splitlines() if line.startswith(f" {words} "))
        assert f"({row.correct:.0f}/{row.n:.0f})" in line
        assert show(row.difference_points, 1, signed=True) in line and show_p(row.permutation_holm) in line
    assert "69.53" in line and "majority" in text
    assert "3DCNN" not in text  # not trained


def test_summary_without_other_models_has_one_table(tmp_path):
    make_results(tmp_path, "rendered", ["margin-ce"])
    assert "Other models" not in summarise(tmp_path)


def test_summary_of_other_data_does_not_speak_of_rendered_faces(tmp_path):
    make_results(tmp_path, "folder", ["margin-ce"])
    text = summarise(tmp_path)
    assert "Rendered" not in text and "who is who" not in text


def test_summary_says_where_nobody_is_named(tmp_path):
    make_results(tmp_path, "dfew", ["margin-ce"])
    assert "does not say who is who" in " ".join(summarise(tmp_path).split())


def test_missing_results_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"table-4\.1\.csv does not exist: run"):
        summarise(tmp_path)
    with pytest.raises(SystemExit, match="does not exist"):
        main([str(tmp_path)])
    with pytest.raises(SystemExit, match="Give one folder"):
        main([])
