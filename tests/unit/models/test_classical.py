"""The models without epochs through a whole run, and all kinds of models through the metrics."""

import numpy as np
import pandas as pd
import pytest
from bars_study import CLASSES, files, run, write_study

from videofer.core.artifacts import read_arrays, read_table
from videofer.evaluation.evaluate import measure_all
from videofer.evaluation.statistics.models import collect_costs
from videofer.models.lbp_top_svm import decide, lbp_top

LBP = {"radius": [1, 1, 1], "blocks": 3}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classical")
    write_study(folder)
    run(folder, "majority", model="majority", variant="plain", options={})
    run(folder, "lbp", model="lbp-top-svm", variant="plain", options=LBP)
    return folder


def test_majority_names_the_most_frequent_class_with_the_shares_of_all(study):
    predictions = read_table(study / "majority/predictions.csv", "predictions")
    np.testing.assert_allclose(predictions[[f"p_{name}" for name in CLASSES]], 1 / 6)
    assert set(predictions.predicted) == {CLASSES[0]}
    history = read_table(study / "majority/history.csv", "history")
    assert history[["epoch", "split", "chosen"]].to_numpy().tolist() == [[0, "train", 1], [0, "validation", 1]]
    np.testing.assert_allclose(history.total, np.log(6))
    np.testing.assert_allclose(history.accuracy, 1 / 6)


def test_the_machine_reads_the_bars_of_people_not_seen_and_its_weights_say_how(study):
    predictions = read_table(study / "lbp/predictions.csv", "predictions")
    test = predictions[predictions.split == "test"]
    assert (test.predicted == test.true).mean() >= 5 / 6
    weights = read_arrays(study / "lbp/weights", "weights")
    clips = read_arrays(study / "augmented.safetensors", "augmented")["clip"][:, 0]
    names = read_arrays(study / "clips.safetensors", "clips").parameters["clips"]
    features = np.stack([lbp_top(clips[names.index(name)], LBP["radius"], LBP["blocks"]) for name in test["clip"]])
    values = np.exp(decide(weights, features))
    np.testing.assert_allclose(
        test[[f"p_{name}" for name in CLASSES]], values / values.sum(1, keepdims=True), rtol=1e-6
    )


def test_a_second_run_gives_the_same_bytes(study):
    assert files(run(study, "again", model="lbp-top-svm", variant="plain", options=LBP)) == files(study / "lbp")


def test_the_metrics_take_models_with_and_without_capsules(study):
    run(study, "capsule", epochs=1)
    runs = [study / name for name in ("capsule", "lbp", "majority")]
    tables = [
        pd.concat([read_table(folder / f"{name}.csv", name) for folder in runs], ignore_index=True)
        for name in ("predictions", "history")
    ]
    # The tests over people need two: the validation subject counts as tested, too.
    costs = collect_costs([folder / "run" for folder in runs])
    metrics = measure_all(tables[0].assign(split="test"), tables[1], costs)
    overall = metrics["overall"].set_index(["model", "head"])
    assert sorted(overall.index) == [
        ("capsule-lstm", "capsule"), ("capsule-lstm", "sequence"), ("lbp-top-svm", "sequence"),
        ("majority", "sequence"),
    ]  # fmt: skip
    assert overall.correct["majority", "sequence"] == 2 and overall.n["majority", "sequence"] == 12
