"""The step train_fold: what it writes, that it repeats itself, and that it never sees the test subjects."""

import json
from unittest.mock import patch

import numpy as np
import pytest
import torch
from bars_study import files, run, write_study
from staged_model import SETTINGS, Staged

from videofer.core.artifacts import read_arrays, read_table, write_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.models import majority
from videofer.models.interface import Fitted, Model


def read(folder, name):
    return read_table(folder / f"{name}.csv", name)


def test_every_clip_of_validation_and_test_subjects_is_predicted_once(study):
    predictions = read(study / "run", "predictions")
    folds = read_table(study / "folds.tsv", "folds")
    for split in ("validation", "test"):
        rows = predictions[predictions.split == split]
        subject = folds.subject[(folds.fold == 0) & (folds.role == split)].item()
        assert sorted(rows["clip"]) == [f"{subject}-{name}" for name in CLASSES]
    probability = predictions[[f"p_{name}" for name in CLASSES]]
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert (probability.to_numpy().argmax(1) == [CLASSES.index(p) for p in predictions.predicted]).all()


def test_the_history_counts_through_the_stages_and_names_the_model_s_losses(study):
    history = read(study / "staged", "history")
    assert history[history.split == "train"].epoch.tolist() == list(range(1, 9))
    columns = ["margin", "reconstruction", "sequence", "entropy", "centre", "total", "accuracy", "capsule_accuracy"]
    assert list(history.columns) == ["model", "variant", "seed", "fold", "epoch", "split", *columns, "chosen"]
    assert history[["margin", "reconstruction", "sequence", "capsule_accuracy"]].isna().all(axis=None)
    assert history.centre.isna().tolist() == [True] * 6 + [False] * 10
    np.testing.assert_allclose(history.total, history.entropy + history.centre.fillna(0), rtol=1e-6)
    last = history[(history.epoch > 6) & (history.split == "validation")]
    best = last.sort_values(["accuracy", "total"], ascending=[False, True]).epoch.iloc[0]
    assert history[history.chosen == 1].epoch.unique().tolist() == [best]


@pytest.mark.parametrize(("out", "settings"), [("run", {}), ("staged", SETTINGS)])
def test_a_second_run_gives_the_same_bytes_and_leaves_no_state(study, out, settings):
    assert files(run(study, f"{out}-again", **settings)) == files(study / out)
    assert not list((study / "resume").glob("*"))


@pytest.mark.parametrize("role", ["test", "validation"])
def test_weights_do_not_depend_on_the_subjects_that_are_judged(study, tmp_path, role):
    write_study(tmp_path, changed_role=role)
    other, ours = read(run(tmp_path), "history"), read(study / "run", "history")
    trained = ours.split == "train"
    columns = ["margin", "reconstruction", "sequence", "total"]
    assert other[trained][columns].equals(ours[trained][columns])
    if role == "test":
        assert other.equals(ours)
        weights = [read_arrays(folder / "run/model.safetensors", "weights") for folder in (study, tmp_path)]
        assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


@pytest.mark.slow
def test_it_learns_bars_of_people_not_seen(study):
    predictions = read(run(study, "learned", epochs=8), "predictions")
    test = predictions[predictions.split == "test"]
    assert (test.capsule_predicted == test.true).mean() >= 5 / 6


@pytest.mark.parametrize("settings", [
    {"variant": "margin-ce"},
    {"model": "frames-landmarks", "variant": "fused",
     "options": {"widths": [8, 16, 32], "units": 32, "dropout": 0.2, "smoothing": 0.1}},
    SETTINGS,
])  # fmt: skip
def test_a_senseless_learning_rate_ends_by_name_without_results(study, settings):
    changed = settings | {"schedule": {"optimiser": "sgd", "learning_rate": 1e30, "momentum": 0.9}}
    name = rf"{settings['variant']}, fold 1: the loss of epoch \d, step \d+ is not finite: try a smaller"
    with pytest.raises(UserError, match=name):
        run(study, "senseless", fold=1, **changed)
    assert not (study / "senseless").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_not_written_whatever_the_model(study, value):
    def fit(task):
        row = {"epoch": 0, "total": 0.5, "accuracy": 0.5}
        history = [row | {"split": split} for split in ("train", "validation")]
        scores = np.full((1, task.classes), value)
        return Fitted(0, history, {}, 0, lambda split: {"sequence": scores.repeat(len(split), 0)})

    with (
        patch.object(majority, "MODEL", Model(("plain",), fit=fit)),
        pytest.raises(UserError, match="plain, fold 0: a score of the validation clips is not finite"),
    ):
        run(study, "broken", model="majority", variant="plain", options={})
    assert not (study / "broken").exists()


def test_too_little_memory_on_a_gpu_is_explained(study):
    with (
        patch.object(Staged, "answer", side_effect=torch.OutOfMemoryError("CUDA out of memory.")),
        pytest.raises(UserError, match=r"memory is too small: choose a smaller training\.batch_size"),
    ):
        run(study, "large", **SETTINGS)


def test_an_unknown_variant_is_refused_with_the_known_ones(study):
    with pytest.raises(UserError, match="variant 'fused' of capsule-lstm is not known: choose one of margin-"):
        run(study, "unknown", variant="fused")


@pytest.mark.parametrize("role", ["train", "validation"])
def test_a_fold_whose_clips_were_all_rejected_is_named(tmp_path, role):
    write_study(tmp_path)
    table = read_table(tmp_path / "folds.tsv", "folds")
    table.loc[(table.fold == 2) & (table.role == role), "subject"] = "nobody"
    write_table(tmp_path / "folds.tsv", "folds", table, {})
    with pytest.raises(UserError, match=f"fold 2 has no usable clip for {role}: choose"):
        run(tmp_path, fold=2, **SETTINGS)


def test_the_record_says_what_it_cost_on_which_machine(study):
    record = json.loads((study / "run/run.json").read_text())
    assert record["seconds_are"] == "CPU time of one thread" and record["device"] == "cpu"
    assert 0 < record["inference_seconds_per_clip"] < record["training_seconds"]
    assert record["clips"] == {"train": 18, "validation": 6, "test": 6} and record["notes"] == []
    assert record["hardware"]["processor"] and record["hardware"]["gpu"] is None
