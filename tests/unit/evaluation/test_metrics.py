"""Metrics against counts by hand, and the refusal of incomplete or doubled runs."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_runs import CLASSES, VARIANTS, evaluate_fake, write_fake_results

from videofer.core.artifacts import read_table, write_table
from videofer.core.errors import UserError
from videofer.evaluation.statistics.intervals import wilson_interval


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return evaluate_fake(write_fake_results(tmp_path_factory.mktemp("fake")))


@pytest.fixture
def results(tmp_path):
    return write_fake_results(tmp_path)


def edit(root, change, file="predictions.csv", format="predictions", fold=1):
    path = root / f"runs/capsule-lstm/margin-ce/seed-0/fold-{fold}/{file}"
    write_table(path, format, change(read_table(path, format)), {})


def answers_of(tables, variant, column):
    table = tables["predictions"]
    test = table[(table.variant == variant) & (table.split == "test")]
    return list(zip(test["true"], test[column], strict=True))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("head", "column"), [("sequence", "predicted"), ("capsule", "capsule_predicted")])
def test_overall_equals_counts_by_loop(tables, variant, head, column):
    pairs = answers_of(tables, variant, column)
    row = tables["overall"].query("variant == @variant and head == @head").iloc[0]
    correct = sum(true == answer for true, answer in pairs)
    assert (row.correct, row.n, row.clips) == (correct, 36, 36)

    recalls, f1 = [], []
    for name in CLASSES:
        hits = sum(true == answer == name for true, answer in pairs)
        given, true = sum(a == name for _, a in pairs), sum(t == name for t, _ in pairs)
        recalls.append(hits / true)
        f1.append(2 * hits / (true + given))
    assert row.uar == pytest.approx(np.mean(recalls))
    assert row.macro_f1 == pytest.approx(np.mean(f1))

    # Wilson (1927): centre and half width of the score interval, z of 95 %.
    z, p, n = 1.959963984540054, correct / 36, 36
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (row.wilson_low, row.wilson_high) == pytest.approx((centre - half, centre + half))


@pytest.mark.parametrize("part", ["folds", "subjects", "seeds"])
def test_folds_subjects_and_seeds_add_up(tables, part):
    overall = tables["overall"].set_index(["variant", "head"])
    for key, group in tables[part].groupby(["variant", "head"]):
        assert (group.correct.sum(), group.n.sum()) == tuple(overall.loc[key, ["correct", "n"]])
        assert len(group) == overall.loc[key, part]
        if part == "folds":
            shares = group.correct / group.n
            assert overall.loc[key, "fold_mean"] == pytest.approx(np.mean(shares))
            assert overall.loc[key, "fold_sd"] == pytest.approx(np.std(shares, ddof=1))


def test_folds_carry_the_chosen_epoch(tables):
    history = tables["history"]
    for row in tables["folds"].itertuples():
        run = history.query("variant == @row.variant and fold == @row.fold and split == 'validation'")
        source = "accuracy" if row.head == "sequence" else "capsule_accuracy"
        assert row.validation_accuracy == run[run.epoch == row.epoch][source].item()
        assert run[run.chosen == 1].epoch.item() == row.epoch


def test_confusion_and_class_rates_equal_counts_by_loop(tables):
    pairs = answers_of(tables, "margin-ce", "predicted")
    chosen = "variant == 'margin-ce' and head == 'sequence'"
    for row in tables["confusion"].query(chosen).to_dict("records"):
        assert row["count"] == pairs.count((row["true"], row["predicted"]))
    for row in tables["classes"].query(chosen).to_dict("records"):
        hits = pairs.count((row["class"], row["class"]))
        assert row["recall"] == pytest.approx(hits / sum(t == row["class"] for t, _ in pairs))
        assert row["precision"] == pytest.approx(hits / row["answered"])


def test_comparisons_cover_all_pairs_and_both_heads(tables):
    table, accuracy = tables["comparisons"], tables["overall"].set_index(["variant", "head"]).accuracy
    assert table.family.value_counts().to_dict() == {"sequence": 6, "capsule": 6, "heads": 4}
    assert table[table.family == "heads"].variant.tolist() == VARIANTS
    columns = {"sequence": "predicted", "capsule": "capsule_predicted"}
    for row in table.itertuples():
        sides = [(row.variant, s) if row.family == "heads" else (s, row.family) for s in (row.first, row.second)]
        assert row.difference == pytest.approx(accuracy[sides[0]] - accuracy[sides[1]])
        assert row.low <= row.difference <= row.high
        assert row.mcnemar_holm >= row.mcnemar_p and row.permutation_holm >= row.permutation_p
        first, second = ([t == a for t, a in answers_of(tables, v, columns[head])] for v, head in sides)
        pairs = list(zip(first, second, strict=True))
        assert (row.only_first, row.only_second) == (pairs.count((True, False)), pairs.count((False, True)))


def test_only_test_predictions_count(results):
    before = evaluate_fake(results)["overall"]
    edit(results, lambda t: t.assign(predicted=t.predicted.where(t.split == "test", "fear")))
    pd.testing.assert_frame_equal(evaluate_fake(results)["overall"], before)


def test_seeds_are_pooled_and_named_but_do_not_multiply_the_clips(tmp_path):
    tables = evaluate_fake(write_fake_results(tmp_path, seeds=(0, 1)), seeds=(0, 1))
    overall = tables["overall"]
    assert set(overall.n) == {72} and set(overall.clips) == {36}
    assert set(overall.counted) == {"each clip once per seed (2 seeds)"}
    assert set(tables["comparisons"].clips) == {36} and set(tables["seeds"].n) == {36}
    row = overall.iloc[0]
    assert (row.wilson_low, row.wilson_high) == pytest.approx(wilson_interval(row.accuracy, 36))
    by_seed = tables["seeds"].query("variant == @row.variant and head == @row['head']").accuracy
    assert (row.seed_mean, row.seed_sd) == pytest.approx((by_seed.mean(), by_seed.std()))


def test_a_second_model_without_capsules_is_measured_beside_the_first(results):
    for source in results.glob("runs/capsule-lstm/margin-ce/*/*/*"):
        copy = Path(str(source).replace("capsule-lstm", "il-cnn").replace("margin-ce", "ce"))
        if source.suffix == ".json":
            copy.write_text(json.dumps(json.loads(source.read_text()) | {"model": "il-cnn", "variant": "ce"}))
        else:
            table = read_table(source, source.stem).assign(model="il-cnn", variant="ce")
            without = {"capsule_predicted": np.nan} if source.stem == "predictions" else {}
            write_table(copy, source.stem, table.assign(**without), {})
    overall = evaluate_fake(results, models={"capsule-lstm": ["margin-ce"], "il-cnn": ["ce"]})["overall"]
    assert overall[["model", "variant", "head"]].apply(tuple, axis=1).tolist() == [
        ("capsule-lstm", "margin-ce", "sequence"),
        ("il-cnn", "ce", "sequence"),
        ("capsule-lstm", "margin-ce", "capsule"),
    ]
    assert overall.accuracy[0] == overall.accuracy[1]


def test_one_fold_and_an_absent_class_leave_gaps_not_errors(tmp_path):
    root = write_fake_results(tmp_path, folds=[0], absent=("fear",))
    tables = evaluate_fake(root, folds=[0])
    assert tables["overall"].fold_sd.isna().all()
    fear = tables["classes"].query("`class` == 'fear'")
    assert set(fear.support) == {0} and fear.recall.isna().all()
    assert tables["overall"].uar.between(0, 1).all()


def test_a_fold_without_usable_test_clips_is_kept(results):
    edit(results, lambda t: t[t.split == "validation"])
    manifest = read_table(results / "manifest.tsv", "manifest")
    gone = read_table(results / "runs/capsule-lstm/margin-ce/seed-0/fold-1/predictions.csv", "predictions")["clip"]
    write_table(results / "manifest.tsv", "manifest", manifest[~manifest["clip"].isin(gone)], {})
    tables = evaluate_fake(results, variants=["margin-ce"])
    row = tables["folds"].query("fold == 1 and head == 'sequence'").iloc[0]
    assert row.n == 0 and math.isnan(row.accuracy)
    assert set(tables["overall"].n) == {24}


def test_a_row_that_repeats_a_usable_clip_does_not_take_it_away(results):
    rejected = read_table(results / "rejected.tsv", "rejected")
    again = ("s1_sad", "videos/s1_sad.avi", "index", "list.csv, row 9: row 5 already names this file.")
    repeated = pd.DataFrame([again], columns=["clip", "video", "stage", "reason"])
    write_table(results / "rejected.tsv", "rejected", pd.concat([rejected, repeated]), {})
    assert set(evaluate_fake(results)["overall"].n) == {36}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: pd.concat([t, t[t.split == "test"].head(1)]), "s1_angry is tested more than once"),
        (lambda t: t.assign(fold=7), "Fold 1 of model capsule-lstm, variant margin-ce, seed 0 is missing"),
        (lambda t: t[t["clip"] != "s1_sad"], "1 usable clips are untested .such as s1_sad"),
        (lambda t: t.replace("s1_sad", "other"), "s1_sad"),
        (lambda t: t.assign(epoch=t.epoch + 1), r"tested at epoch \[8\], but epoch 7 was chosen"),
    ],
)
def test_incomplete_doubled_or_leaking_predictions_are_refused(results, change, sentence):
    edit(results, change)
    with pytest.raises(UserError, match=sentence):
        evaluate_fake(results)
    assert not (results / "metrics/overall.csv").exists()


def test_a_run_without_exactly_one_chosen_epoch_is_refused(results):
    edit(results, lambda t: t.assign(chosen=1), "history.csv", "history")
    with pytest.raises(UserError, match="has 8 chosen epochs, not 1"):
        evaluate_fake(results)
