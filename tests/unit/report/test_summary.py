"""The result that `make run` prints at its end."""

import io
import runpy
import sys

import pandas as pd
import pytest
from fake_runs import evaluate_fake, table_inputs, write_fake_results
from rich.console import Console

from videofer.core.table_formats import show, show_p
from videofer.report.summary import print_summary
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
    assert "not comparable" in text and "clips were used, 1 rejected" in text
    assert f"Report: {tmp_path / 'report/index.html'}" in text


def test_the_best_model_comes_first_and_all_by_their_accuracy(tmp_path):
    others = {"dtagn": ["dtan", "joint"], "majority": ["plain"]}
    make_results(tmp_path, "rendered", ["margin-reconstruction-ce"], **others)
    text = summarise(tmp_path, width=120)
    assert "…" not in text and "majority" in text and "3dcnn" not in text  # not trained
    table = pd.read_csv(tmp_path / "tables/table-4.2.csv").query("n > 0")
    ranked = table.sort_values("accuracy_percent", ascending=False, kind="stable")
    names = [f"{row.registered} {row.variant}".removesuffix(" plain") for row in ranked.itertuples()]
    assert text.splitlines()[0].startswith(f"Best: {names[0]} ")
    places = [text.index(f"\n {name} ") for name in names]
    assert places == sorted(places)
    for name, row in zip(names, ranked.itertuples(), strict=True):
        (line,) = (line for line in text.splitlines() if line.startswith(f" {name} "))
        assert f"({row.correct:.0f}/{row.n:.0f})" in line
        if row.registered == "dtagn":
            assert show(row.difference_points, 1, signed=True) in line and show_p(row.permutation_holm) in line
        assert ("69.53" in line) == (name == "dtagn joint")


@pytest.mark.parametrize(
    ("kind", "words", "others"),
    [
        ("rendered", "not comparable", "who is who"),
        ("folder", "Report:", "not comparable"),
        ("dfew", "does not say who is who", "not comparable"),
    ],
)
def test_summary_says_what_the_data_are_and_no_more(tmp_path, kind, words, others):
    make_results(tmp_path, kind, ["margin-ce"])
    text = " ".join(summarise(tmp_path).split())
    assert words in text and others not in text and "Best:" not in text
    assert ("Paper" in text) == (kind == "rendered")  # its figures are of MMI


@pytest.mark.parametrize(
    ("arguments", "words"), [(["absent"], r"table-4\.1\.csv does not exist: run"), ([], "Give one folder")]
)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules")
def test_missing_results_are_one_sentence(monkeypatch, arguments, words):
    monkeypatch.setattr(sys, "argv", ["summary", *arguments])
    with pytest.raises(SystemExit, match=words):
        runpy.run_module("videofer.report.summary", run_name="__main__")
