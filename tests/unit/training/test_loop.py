"""The training loop: stages, frozen parts, the random numbers of every model, and losses that are not finite."""

import random
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from bars_study import run
from frame_task import bars, frame_task, make_schedule
from staged_model import SETTINGS, Staged
from torch import nn

from videofer.core.artifacts import read_arrays
from videofer.core.errors import UserError
from videofer.models.interface import Learner, Logits, Model
from videofer.training.loop import evaluate, fit, fit_network


class Linear(Learner):
    """One linear layer on a small picture of each clip."""

    def __init__(self, task):
        self.network = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(5 * 36, task.classes))


def test_each_stage_starts_from_the_best_epoch_of_the_one_before_and_frozen_parts_stay(study):
    kept, begin = {}, Staged.begin

    def look(self, stage):
        kept[stage] = {name: value.clone() for name, value in self.network.state_dict().items()}
        begin(self, stage)

    with patch.object(Staged, "begin", look):
        folder = run(study, "looked", **SETTINGS)
    weights = {name: torch.from_numpy(a) for name, a in read_arrays(folder / "weights", "weights").items()}
    assert torch.equal(kept["pictures"]["points.1.weight"], weights["points.1.weight"])
    assert not torch.equal(kept["points"]["points.1.weight"], weights["points.1.weight"])
    assert torch.equal(kept["joint"]["picture.1.weight"], weights["picture.1.weight"])
    assert not torch.equal(kept["pictures"]["picture.1.weight"], weights["picture.1.weight"])
    assert not torch.equal(kept["joint"]["last.weight"], weights["last.weight"])
    assert kept["pictures"]["centres"].eq(0).all() and weights["centres"].abs().sum() > 0


class Worse(Linear):
    """A network whose second stage, of one epoch, only makes it worse."""

    def stages(self, schedule):
        return {"good": schedule, "bad": replace(schedule, epochs=1, learning_rate=30.0)}


# Of the three epochs of `Linear` the second is the best; of `Worse` the last stage's counts all the same.
@pytest.mark.parametrize(("learner", "epoch"), [(Linear, 2), (Worse, 4)])
def test_the_weights_are_those_of_the_best_epoch_of_the_last_stage(tmp_path, learner, epoch):
    """Judged anew, they give the losses that the history has of that epoch."""
    task = frame_task(tmp_path, "plain", {}, epochs=3, learning_rate=1.0)
    fitted, fresh = fit(Model(("plain",), learner=learner), task), learner(task)
    fresh.network.load_state_dict({name: torch.from_numpy(array) for name, array in fitted.weights.items()})
    rows = [row for row in fitted.history if row["split"] == "validation"]
    assert fitted.epoch == epoch
    assert evaluate(fresh, task.validation, task.schedule).items() <= rows[epoch - 1].items()
    assert fitted.predict(task.validation)["sequence"].shape == (12, 6) and fitted.parameters == 5 * 36 * 6 + 6


def test_judging_is_the_mean_over_clips_whatever_the_batches(tmp_path):
    learner, split = Linear(frame_task(tmp_path, "plain", {}, epochs=1)), bars()
    batch = split.batch(torch.arange(12))
    logits = learner.network(batch.clips)
    found = evaluate(learner, split, make_schedule(batch_size=5))  # batches of 5, 5 and 2
    assert found["total"] == pytest.approx(nn.functional.cross_entropy(logits, batch.labels).item(), rel=1e-6)
    assert found["accuracy"] == pytest.approx((logits.argmax(1) == batch.labels).float().mean().item())


@pytest.mark.parametrize("wrap", [
    lambda: Model(("plain",), learner=Linear),
    lambda: Model(("plain",), fit=lambda task: fit_network(Linear, task)),
])  # fmt: skip
def test_a_fold_repeats_itself_and_folds_differ_whatever_shape_fit_has(tmp_path, wrap):
    def weights(seed, noise):
        task = frame_task(tmp_path, "plain", {}, epochs=1)
        torch.manual_seed(noise)
        return fit(wrap(), replace(task, seed=seed)).weights["2.weight"]

    assert (weights((0, 1), noise=5) == weights((0, 1), noise=6)).all()
    assert not (weights((0, 1), noise=5) == weights((0, 2), noise=5)).all()
    assert not (weights((0, 1), noise=5) == weights((1, 1), noise=5)).all()


def test_a_plain_function_draws_from_seeded_random_numbers_of_every_kind(tmp_path):
    def draw(task):
        return [torch.rand(()).item(), np.random.rand(), random.random()]

    task = frame_task(tmp_path, "plain", {}, epochs=1)
    first, second = (fit(SimpleNamespace(learner=None, fit=draw), task) for _ in range(2))
    assert first == second and len(set(first)) == 3


class Poisoned(Linear):
    """A network with one fault in its step number `at`."""

    def __init__(self, task):
        super().__init__(task)
        self.left, self.fault = task.options["at"], task.options["fault"]

    def losses(self, answer, batch):
        losses = super().losses(answer, batch)
        if self.fault == "loss" and self.network.training and self.left == 1:
            losses["total"] = losses["total"] * torch.inf
        return losses

    def answer(self, batch):
        answer = super().answer(batch)
        broken = self.fault == "validation" and not self.network.training
        return Logits(answer.logits * torch.inf) if broken else answer

    def after_step(self, answer, batch):
        self.left -= 1
        if self.fault == "weight" and self.left == 0:
            self.network[2].bias[3] = torch.inf


@pytest.mark.parametrize(("fault", "at", "what"), [
    ("loss", 3, "the loss of epoch 2, step 1"),  # two steps an epoch
    ("weight", 4, "a weight after epoch 2, step 2"),
    ("validation", 0, "the validation loss after epoch 1, step 2"),
])  # fmt: skip
def test_what_is_not_finite_ends_the_training_by_name(tmp_path, fault, at, what):
    task = frame_task(tmp_path, "plain", {"at": at, "fault": fault}, epochs=3)
    with pytest.raises(UserError, match=f"^plain, fold 0: {what} is not finite: try a smaller"):
        fit(Model(("plain",), learner=Poisoned), task)
