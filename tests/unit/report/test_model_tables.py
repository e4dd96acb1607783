"""Table 4.2: every model and variant beside the paper's, against counts by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from fake_runs import CLASSES, MODELS, REFERENCE, VARIANTS, evaluate_fake, table_inputs, write_fake_results
from scipy.stats import binomtest

from videofer.core.study import FULL_VARIANT as FULL
from videofer.core.table_formats import show, to_latex, to_markdown
from videofer.evaluation.statistics.answers import combine_seeds, list_answers
from videofer.evaluation.statistics.models import collect_costs, measure_models
from videofer.report.tables import build_tables
from videofer.report.tables.models import list_rows

SEEDS = (0, 1)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_fake_results(tmp_path_factory.mktemp("models"), seeds=SEEDS, models=MODELS)


@pytest.fixture(scope="module")
def metrics(root):
    return evaluate_fake(root, seeds=SEEDS, models=MODELS)


@pytest.fixture(scope="module")
def tables(root, metrics):
    return build_tables(**table_inputs(root), name="demo", kind="rendered")


@pytest.fixture(scope="module")
def answered(metrics):
    """Right or not of every (clip, seed), by model and variant, as lists of dicts would hold it."""
    test = metrics["predictions"].query("split == 'test'")
    return {
        run: {(row.clip, row.seed): (row.predicted == row.true, row.true) for row in rows.itertuples()}
        for run, rows in test.groupby(["model", "variant"])
    }


def test_every_model_and_variant_has_one_row_with_its_own_counts(metrics, answered):
    models = metrics["models"]
    assert list(zip(models.model, models.variant, strict=True)) == [(m, v) for m, vs in MODELS.items() for v in vs]
    for row in models.itertuples():
        right = [right for right, _ in answered[row.model, row.variant].values()]
        assert (row.correct, row.n, row.clips, row.seeds) == (sum(right), 72, 36, 2)


def test_difference_and_worst_class_pair_the_same_clip_and_seed(metrics, answered):
    reference = answered["capsule-lstm", FULL]
    for row in metrics["models"].itertuples():
        if (row.model, row.variant) == ("capsule-lstm", FULL):
            assert math.isnan(row.difference) and math.isnan(row.permutation_p) and pd.isna(row.least_class)
            continue
        own = answered[row.model, row.variant]
        assert own.keys() == reference.keys()
        gains = [int(own[key][0]) - int(reference[key][0]) for key in own]
        assert row.difference == pytest.approx(sum(gains) / 72)
        by_class = {
            name: np.mean([own[key][0] - int(reference[key][0]) for key in own if own[key][1] == name])
            for name in CLASSES
        }
        assert row.least_class_difference == pytest.approx(min(by_class.values()))
        assert by_class[row.least_class] == pytest.approx(min(by_class.values()))
        assert row.difference_low <= row.difference <= row.difference_high


def test_mcnemar_counts_one_answer_a_clip_and_holm_covers_all_other_rows(metrics):
    combined = combine_seeds(list_answers(metrics["predictions"]))
    right = combined[combined["head"] == "sequence"].set_index(["model", "variant", "clip"]).right.sort_index()
    others = metrics["models"].dropna(subset=["difference"])
    assert len(others) == sum(map(len, MODELS.values())) - 1
    for row in others.itertuples():
        own, full = right[row.model, row.variant], right["capsule-lstm", FULL]
        only = int((own & ~full).sum()), int((full & ~own).sum())
        assert (row.only_here, row.only_reference) == only
        assert row.mcnemar_p == pytest.approx(binomtest(only[0], sum(only)).pvalue if sum(only) else 1)
    for test in ("mcnemar", "permutation"):
        p = others[f"{test}_p"].sort_values()
        steps = np.maximum.accumulate([min(1, (len(p) - rank) * value) for rank, value in enumerate(p)])
        assert others.loc[p.index, f"{test}_holm"].tolist() == pytest.approx(steps.tolist())


def test_one_seed_without_the_full_variant_leaves_nothing_to_compare(tmp_path):
    models = {"capsule-lstm": ["margin-ce"], "majority": ["plain"]}
    write_fake_results(tmp_path, models=models)
    measured = evaluate_fake(tmp_path, models=models)["models"]
    assert measured.difference.isna().all() and measured.n.tolist() == [36, 36]
    table = build_tables(**table_inputs(tmp_path), name="demo", kind="rendered")["models"]
    assert set(table.shown["− Capsule-LSTM (points)"]) == {"–"}
    assert not [name for name in table.shown if "Seeds" in name]
    assert len(table.latex_columns) == len(table.shown.columns)


def test_costs_are_means_over_folds_and_seeds(tmp_path):
    write_fake_results(tmp_path, seeds=SEEDS, models={"majority": ["plain"], "ours": ["plain"]})
    paths = sorted(tmp_path.glob("runs/**/run.json"))
    first = json.loads(paths[0].read_text())
    changed = {"inference_seconds_per_clip": None, "model_parameters": 99999, "seconds_are": "wall time on cuda"}
    paths[0].write_text(json.dumps(first | changed | {"hardware": first["hardware"] | {"gpu": "Test GPU"}}))
    costs = collect_costs(paths).set_index("model")
    assert costs.training_seconds["majority"] == pytest.approx(110.5)  # 100 + 10 x fold + seed
    assert costs.inference_seconds_per_clip["ours"] == pytest.approx(0.005)
    assert costs.inference_seconds_per_clip["majority"] == pytest.approx((0.004 + 2 * 0.005 + 2 * 0.006) / 5)
    assert costs.parameters["majority"] == 99999 and costs.parameters["ours"] == 12345
    assert costs.seconds_are["majority"] == "CPU time of one thread; wall time on cuda"
    assert costs.machine["majority"] == "Test CPU 3000; Test GPU"


def test_rows_stand_in_the_papers_order_then_floors_then_others(tables):
    data = tables["models"].data
    assert list(zip(data.model, data.variant, strict=True)) == [
        ("3DCNN", "plain"), ("IL-CDD", "island"), ("CSACNN", "cbam-stand-in"),
        ("DTGAN", "dtan"), ("DTGAN", "joint"),
        *(("Capsule-LSTM", variant) for variant in VARIANTS), ("majority", "plain"), ("ours", "plain"),
    ]  # fmt: skip
    quoted = data.dropna(subset=["quoted_percent"])
    assert dict(zip(quoted.model, quoted.quoted_percent, strict=True)) == {
        "3DCNN": 60.45, "IL-CDD": 65.69, "CSACNN": 71.52, "DTGAN": 69.53, "Capsule-LSTM": 72.11,
    }  # fmt: skip
    assert quoted.variant.tolist() == ["plain", "island", "cbam-stand-in", "joint", FULL]


def test_every_variant_of_the_quoted_papers_has_its_own_figure():
    names = ["model", "variant", "seeds"]
    trained = [("3d_cnn", "dap"), ("csacnn", "cbam-stand-in"), ("vivit", "b")]
    trained += [("il-cnn", variant) for variant in ("softmax", "center", "island")]
    trained += [("dtagn", variant) for variant in ("dtan", "dtgn", "weighted-sum", "joint")]
    models = pd.DataFrame([(*run, 1) for run in trained], columns=names)
    rows = list_rows(models, *(pd.read_csv(REFERENCE / f"{name}.csv") for name in ("table-4.2", "originals")))
    found = [(row["model"], row["variant"], row["original_percent"]) for row in rows]
    assert [row for row in found if row[2] > 0] == [
        ("3DCNN", "plain", 53.2), ("3DCNN", "dap", 63.4),
        ("IL-CDD", "softmax", 66.35), ("IL-CDD", "center", 69.23), ("IL-CDD", "island", 70.67),
        ("DTGAN", "dtan", 62.45), ("DTGAN", "dtgn", 59.02), ("DTGAN", "weighted-sum", 65.85),
        ("DTGAN", "joint", 70.24),
    ]  # fmt: skip
    assert [row["run"] is None for row in rows[:2]] == [True, False]  # 3DCNN plain was not trained, dap was
    assert rows[-1]["label"] == "vivit" and "CSACNN (stand-in)" in [row["label"] for row in rows]


def test_table_4_2_shows_counts_difference_and_seeds(tables, metrics):
    shown = tables["models"].shown.set_index(["Model", "Variant"])
    row = metrics["models"].query("variant == 'dtan'").iloc[0]
    cells = shown.loc["DTGAN (= DTAGN)", "dtan"]
    assert f"({row.correct}/{row.n})" in cells["ACC, this run (%)"]
    assert cells["Paper / original, on MMI (%)"] == "– / 62.45"
    assert shown.loc["DTGAN (= DTAGN)", "joint"]["Paper / original, on MMI (%)"] == "69.53 / 70.24"
    assert shown.loc["majority (floor)", "plain"]["Paper / original, on MMI (%)"] == "–"
    assert cells["− Capsule-LSTM (points)"].startswith(show(100 * row.difference, 1, signed=True) + " [")
    assert cells["Seeds, mean ± SD (%)"].startswith(show(100 * row.seed_mean, 2) + " ± ")
    assert tables["models"].data.query("variant == 'dtan'").least_class.tolist() == [row.least_class]
    assert shown.loc["Capsule-LSTM", FULL]["− Capsule-LSTM (points)"] == "reference"
    assert shown.loc["CSACNN (stand-in)", "cbam-stand-in"]["ACC, this run (%)"] == "–"
    text = to_markdown(tables["models"])
    assert "rendered faces" in text and "CSACNN: a stand-in" in text and "sizes are ours" in text
    assert "DTGAN: 205 clips" in text and "CSACNN: original not found" in text
    assert r"$\pm$" in to_latex(tables["models"])


def test_costs_are_shown_of_what_was_trained(tables):
    first = tables["costs"].shown.iloc[0]
    assert len(tables["costs"].shown) == sum(map(len, MODELS.values()))
    assert first["Model"] == "DTGAN (= DTAGN)" and first["Parameters"] == "12,345"
    assert (first["Training of a fold (s)"], first["Answer to a clip (ms)"]) == ("110.5", "5.000")
    assert first["Measured as"] == "CPU time of one thread, Test CPU 3000"


def test_runs_that_answered_other_clips_are_refused(metrics):
    predictions = metrics["predictions"]
    lacking = predictions[~((predictions.model == "ours") & (predictions["clip"] == predictions["clip"].iloc[-1]))]
    answers = list_answers(lacking)
    with pytest.raises(ValueError, match="different clips"):
        measure_models(predictions, answers, combine_seeds(answers), metrics["overall"], pd.DataFrame())
