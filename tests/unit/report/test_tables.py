"""The tables: the paper's numbers and order, ours equal to the metrics, formats that a reader can use."""

import json
import re

import pandas as pd
import pytest
from fake_runs import REFERENCE, VARIANTS, evaluate_fake, table_inputs, write_fake_results

from videofer.core.table_formats import Table, show, to_latex, to_markdown
from videofer.report.tables import build_tables, tabulate_list, tabulate_results


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_fake_results(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def metrics(root):
    return evaluate_fake(root)


def build(root, name="demo", kind="rendered"):
    return build_tables(**table_inputs(root), name=name, kind=kind)


@pytest.fixture(scope="module")
def tables(root, metrics):
    return build(root)


def test_reference_files_hold_the_figures_of_the_paper():
    losses = pd.read_csv(REFERENCE / "table-4.1.csv")
    assert losses["accuracy_percent"].tolist() == [65.46, 68.30, 72.11, 69.50]
    assert losses["variant"].tolist() == VARIANTS
    models = pd.read_csv(REFERENCE / "table-4.2.csv").set_index("model")["quoted_percent"].to_dict()
    own = {"DTGAN": 69.53, "Capsule-LSTM": 72.11}
    assert models == {"3DCNN": 60.45, "IL-CDD": 65.69, "CSACNN": 71.52} | own
    # 208 clips: section 4.1 of the paper.
    assert pd.read_csv(REFERENCE / "mmi-classes.csv")["clips"].sum() == 208


def test_table_4_1_keeps_the_papers_order_and_equals_the_metrics(tables, metrics):
    data = tables["losses"].data
    assert data["variant"].tolist() == VARIANTS
    assert data["paper_accuracy_percent"].tolist() == [65.46, 68.30, 72.11, 69.50]
    overall = metrics["overall"].set_index(["variant", "head"])
    for row in data.to_dict("records"):
        for head in ("sequence", "capsule"):
            source = overall.loc[(row["variant"], head)]
            assert (row[f"{head}_correct"], row[f"{head}_n"]) == (source.correct, source.n)
            assert row[f"{head}_accuracy_percent"] == pytest.approx(100 * source.correct / source.n, abs=1e-9)
            assert row[f"{head}_uar_percent"] == 100 * source.uar
        assert row["difference_points"] == row["sequence_accuracy_percent"] - row["paper_accuracy_percent"]


def test_markdown_counts_give_the_accuracy_beside_them(tables):
    lines = to_markdown(tables["losses"]).splitlines()
    rows = [line for line in lines if line.startswith("| margin_loss")]
    assert len(rows) == 4
    for row in rows:
        shares = re.findall(r"(\d+\.\d\d) \((\d+)/(\d+)\)", row)
        assert len(shares) == 2
        for percent, correct, n in shares:
            assert abs(float(percent) - 100 * int(correct) / int(n)) <= 0.005
    assert any("rendered faces" in line and "not comparable" in line for line in lines)


def test_other_data_sets_are_not_called_rendered(root, metrics):
    losses = build(root, "mmi", "table")["losses"]
    assert "rendered" not in to_markdown(losses) and "data set 'mmi'" in to_markdown(losses)


def test_variants_that_were_not_trained_show_as_gaps(tmp_path):
    root = write_fake_results(tmp_path, variants=["margin-ce"])
    evaluate_fake(root, variants=["margin-ce"])
    losses = build(root)["losses"]
    assert losses.data["variant"].tolist() == VARIANTS
    assert losses.shown["LSTM ACC (%)"].tolist()[:3] == ["–"] * 3
    assert "–: not trained in this run." in losses.notes


def test_counts_of_several_seeds_are_not_counts_of_clips(tmp_path):
    root = write_fake_results(tmp_path, seeds=(0, 1))
    evaluate_fake(root, seeds=(0, 1))
    losses = build(root)["losses"]
    assert losses.data["sequence_n"].tolist() == [72] * 4 and losses.data["sequence_clips"].tolist() == [36] * 4
    assert any("answered once per seed (2 seeds)" in note and "36 clips" in note for note in losses.notes)


def test_few_people_are_named_as_few(tables, tmp_path):
    assert any("6 people" in note and "still too narrow" in note for note in tables["losses"].notes)
    evaluate_fake(write_fake_results(tmp_path, subjects=3))
    losses = build(tmp_path)["losses"]
    assert set(losses.shown["95 % interval over subjects"]) == {"–"}
    assert any("fewer than 5 people there is none" in note for note in losses.notes)


def test_comparisons_show_both_heads_and_holm(tables, metrics):
    shown, data = tables["comparisons"].shown, metrics["comparisons"]
    assert shown["Answers of"].tolist() == ["LSTM"] * 6 + ["Capsule vote"] * 6 + VARIANTS
    first = data.iloc[0]
    assert (
        shown["McNemar p, clips as if independent (Holm)"][0]
        == f"{show(first.mcnemar_p, 3)} ({show(first.mcnemar_holm, 3)})"
    )


def test_design_stands_beside_the_papers_own(tables, metrics):
    design = tables["design"]
    assert design.data["paper_points"].tolist() == pytest.approx([2.725, 3.925, -0.23])
    measured = metrics["design"].query("head == 'sequence'")["difference"]
    assert design.data["sequence_difference_points"].tolist() == pytest.approx((100 * measured).tolist())


def test_design_of_an_incomplete_run_shows_the_paper_alone(tmp_path):
    evaluate_fake(write_fake_results(tmp_path, variants=VARIANTS[:3]), variants=VARIANTS[:3])
    design = build(tmp_path)["design"]
    assert "need all four variants" in design.notes[0]
    assert design.shown["LSTM (points)"].tolist() == ["–"] * 3
    assert design.shown["Paper (points)"].tolist() == ["+2.73", "+3.93", "−0.23"]


def test_resolution_has_this_run_s_clips_and_the_papers(tables):
    table = tables["resolution"]
    assert table.shown["Clips"].tolist() == ["36", "208"] * 2
    assert any("1.20–6.65 points apart" in note and "by 0.59" in note for note in table.notes)


def test_folds_and_seeds_have_their_rows(tables, metrics):
    folds, first = tables["folds"].shown, metrics["folds"].iloc[0]
    assert len(folds) == 4 * 3 and f"({first.correct}/{first.n})" in folds["LSTM ACC (%)"][0]
    assert set(tables["seeds"].shown["SD (points)"]) == {"–"}
    assert tables["seeds"].notes[0].startswith("One seed was trained")


def test_every_table_is_written_in_the_format_of_each_suffix(root, metrics, tables, tmp_path):
    formats = ("csv", "md", "tex", "json")
    out = [tmp_path / f"{table.name}.{suffix}" for table in tables.values() for suffix in formats]
    tabulate_results(**table_inputs(root), out=out, name="demo", kind="rendered")
    for table in tables.values():
        cells = table.shown.to_numpy().ravel()
        assert all(isinstance(cell, str) and "nan" not in cell for cell in cells), table.name
        rows, markdown, latex, content = (
            (tmp_path / f"{table.name}.{suffix}").read_text(encoding="utf-8") for suffix in formats
        )
        assert rows == table.data.to_csv(index=False)  # at full precision
        assert markdown.startswith(f"**{table.title}**")
        assert latex.count(r"\\") == len(table.shown) + 1 and r"\toprule" in latex
        assert json.loads(content)["rows"] == table.shown.to_numpy().tolist()


def test_rejected_and_left_out_clips_and_remarks_are_listed(tables):
    reason = "No face was found in 9 of 12 frames: check the lighting <or> remove the clip."
    assert tables["rejected"].shown.to_numpy().tolist() == [["bad0", "detect", reason]]
    assert tables["left-out"].shown.to_numpy().tolist() == [["'neutral', not one of the six", "12"]]
    assert tables["remarks"].shown.to_numpy().tolist() == [["s0_angry", "Two <faces> were found."]]
    assert tables["rejected"].notes == tables["left-out"].notes == tables["remarks"].notes == ()
    unnamed = pd.DataFrame([{"clip": None, "video": "a.avi", "stage": "index", "reason": "No label."}])
    assert tabulate_list("rejected", unnamed).shown["Clip"].tolist() == ["–"]


@pytest.mark.parametrize(
    ("name", "columns", "sentence"),
    [
        ("rejected", ["clip", "video", "stage", "reason"], "No clip was rejected."),
        ("left-out", ["reason", "recordings"], "No recording was left out on purpose."),
        ("remarks", ["clip", "video", "remark"], "Nothing was to be remarked on the clips that were used."),
    ],
)
def test_an_empty_list_is_a_sentence(name, columns, sentence):
    text = to_markdown(tabulate_list(name, pd.DataFrame(columns=columns)))
    assert sentence in text and "| --- |" not in text


@pytest.mark.parametrize(("kind", "named"), [("mmi", True), ("folder", True), ("afew", False), ("dfew", False)])
def test_folds_are_called_subject_independent_only_where_people_are_named(root, metrics, kind, named):
    tables = build(root, "x", kind)
    for shows in ("losses", "models", "comparisons", "design"):
        notes = " ".join(tables[shows].notes)
        assert ("draws whole people" in notes) == named
        assert ("each clip counts as its own person" in notes) != named
        assert ("intervals are too narrow and p too small" in notes) != named
    assert ("subject-independent" in " ".join(tables["losses"].notes)) == named


def test_special_characters_survive_in_markdown_and_latex():
    shown = pd.DataFrame({"a|b": ["50 % of $x_1$ & {y} \\ <z>"], "c": ["−1–2"]})
    table = Table("t", "T", shown, shown)
    assert r"a\|b" in to_markdown(table)
    assert r"50 \% of \$x\_1\$ \& \{y\} \textbackslash{} $<$z$>$ & $-$1--2" in to_latex(table)


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (65.625, 2, False, "65.63"),
        (-2.675, 1, True, "−2.7"),
        (0.0, 2, True, "+0.00"),
        (float("nan"), 2, False, "–"),
    ],
)
def test_numbers_round_as_on_paper(value, digits, signed, text):
    assert show(value, digits, signed) == text
