"""The training loop with a model that uses all of it: stages, frozen parts, buffers, dropout and own losses."""

import json
from unittest.mock import patch

import numpy as np
import pytest
import torch
from staged_model import Staged
from test_runs import CLASSES, files, run, write_study

import videofer.training.loop as training
from videofer.core.artifacts import read_arrays, read_table
from videofer.models.interface import Schedule
from videofer.models.registry import MODELS

SGD = {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 0.01, "learning_rate": 0.05}


@pytest.fixture(scope="module", autouse=True)
def registered():
    with (
        patch.dict(MODELS, {"staged": "staged_model"}),
        patch("videofer.models.registry.import_module", lambda name: __import__(name.rpartition(".")[2])),
    ):
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staged")
    write_study(folder)
    train(folder, "run")
    return folder


def train(folder, out):
    return run(folder, out, model="staged", variant="plain", options={}, schedule=SGD)


class Killed(BaseException):
    pass


def train_and_stop(folder, out, epoch):
    """Train until the state after `epoch` is on the disk, then stop as if killed."""
    save = training.save_checkpoint

    def save_and_stop(path, network, optimiser, progress):
        save(path, network, optimiser, progress)
        if progress.epoch == epoch:
            raise Killed

    with (
        patch.object(training, "CHECKPOINT_SECONDS", 0),
        patch.object(training, "save_checkpoint", save_and_stop),
        pytest.raises(Killed),
    ):
        train(folder, out)


@pytest.mark.parametrize("epoch", [2, 4, 7])  # in each of the three stages; after an epoch's last there is no state
def test_a_run_stopped_in_any_stage_goes_on_to_the_same_bytes(study, epoch):
    out = f"stopped-{epoch}"
    train_and_stop(study, out, epoch)
    assert not (study / out).exists() and list((study / "resume").iterdir())
    assert files(train(study, out)) == files(study / "run")
    assert not list((study / "resume").iterdir())


def test_the_history_counts_through_the_stages_and_names_the_model_s_losses(study):
    history = read_table(study / "run/history.csv", "history")
    assert history[history.split == "train"].epoch.tolist() == list(range(1, 9))
    columns = ["margin", "reconstruction", "sequence", "entropy", "centre", "total", "accuracy", "capsule_accuracy"]
    assert list(history.columns[6:]) == [*columns, "chosen"]
    assert history[["margin", "reconstruction", "sequence", "capsule_accuracy"]].isna().all(axis=None)
    assert history.centre.isna().tolist() == [True] * 6 + [False] * 10
    np.testing.assert_allclose(history.total, history.entropy + history.centre.fillna(0), rtol=1e-6)
    chosen = history[history.chosen == 1].epoch.unique()
    last = history[(history.epoch > 6) & (history.split == "validation")]
    best = last.sort_values(["accuracy", "total"], ascending=[False, True]).epoch.iloc[0]
    assert chosen.tolist() == [best]


def test_a_model_without_capsules_leaves_their_columns_blank(study):
    predictions = read_table(study / "run/predictions.csv", "predictions")
    assert predictions.filter(regex="^capsule_").isna().all(axis=None)
    np.testing.assert_allclose(predictions[[f"p_{name}" for name in CLASSES]].sum(axis=1), 1, atol=1e-5)
    test = predictions[predictions.split == "test"]
    assert (test.predicted == test.true).mean() >= 5 / 6  # the landmarks tell the class


def test_each_stage_starts_from_the_best_epoch_of_the_one_before_and_frozen_parts_stay(study):
    kept = {}
    begin = Staged.begin

    def look(self, stage):
        kept[stage] = {name: value.clone() for name, value in self.network.state_dict().items()}
        begin(self, stage)

    with patch.object(Staged, "begin", look):
        train(study, "looked")
    weights = {name: torch.from_numpy(a) for name, a in read_arrays(study / "looked/weights", "weights").items()}
    assert torch.equal(kept["pictures"]["points.1.weight"], weights["points.1.weight"])
    assert not torch.equal(kept["points"]["points.1.weight"], weights["points.1.weight"])
    assert torch.equal(kept["joint"]["picture.1.weight"], weights["picture.1.weight"])
    assert not torch.equal(kept["joint"]["last.weight"], weights["last.weight"])
    assert kept["pictures"]["centres"].eq(0).all() and weights["centres"].abs().sum() > 0


def test_a_training_goes_on_and_its_record_says_so(study):
    answer, seen = Staged.answer, []

    def answer_few(self, batch):
        if self.network.training:
            seen.append(len(batch.labels))
            if len(batch.labels) > 5:
                raise torch.OutOfMemoryError("CUDA out of memory.")
        return answer(self, batch)

    with patch.object(Staged, "answer", answer_few):
        out = train(study, "parts")
    assert seen.count(8) == 1 and max(seen[1:]) == 4
    notes = json.loads((out / "run").read_text())["notes"]
    assert "The device's memory was too small for a batch: its clips were taken 4 at a time." in notes
    history = read_table(out / "history.csv", "history")
    assert history[history.split == "train"].epoch.tolist() == list(range(1, 9))
    predictions = read_table(out / "predictions.csv", "predictions")
    test = predictions[predictions.split == "test"]
    assert (test.predicted == test.true).mean() >= 5 / 6


def test_the_optimiser_is_the_schedule_s():
    network = torch.nn.Linear(2, 2)
    sgd = training.make_optimiser(network, Schedule(1, 1, 0.3, "sgd", 0.9, 0.01))
    assert isinstance(sgd, torch.optim.SGD)
    (group,) = sgd.param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"]) == (0.3, 0.9, 0.01)
    network.bias.requires_grad_(False)
    adam = training.make_optimiser(network, Schedule(1, 1, 0.3, weight_decay=0.2))
    assert isinstance(adam, torch.optim.Adam) and adam.param_groups[0]["weight_decay"] == 0.2
    assert len(adam.param_groups[0]["params"]) == 1
