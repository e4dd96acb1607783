"""The training loop: stages, frozen parts, random numbers, losses that are not finite, optimisers."""

import copy
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from bars_study import run
from model_options import easy_split, easy_task, make_schedule
from staged_model import SETTINGS, Staged
from torch import nn

from videofer.core.artifacts import read_arrays
from videofer.core.errors import UserError
from videofer.models.interface import Learner, Logits, Model
from videofer.training.loop import evaluate, fit, make_optimiser

TESTS = Path(__file__).resolve().parents[1]


class Linear(Learner):
    """One linear layer on a small picture of each clip."""

    def __init__(self, task):
        self.network = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(8 * 36, task.classes))


def test_each_stage_starts_from_the_best_epoch_of_the_one_before_and_frozen_parts_stay(study):
    kept, begin = {}, Staged.begin

    def look(self, stage):
        kept[stage] = {name: value.clone() for name, value in self.network.state_dict().items()}
        begin(self, stage)

    with patch.object(Staged, "begin", look):
        folder = run(study, "looked", **SETTINGS)
    weights = {
        name: torch.from_numpy(a) for name, a in read_arrays(folder / "model.safetensors", "weights").items()
    }
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
def test_the_weights_are_those_of_the_best_epoch_of_the_last_stage(learner, epoch):
    """Judged anew, they give the losses that the history has of that epoch."""
    task = easy_task("plain", {}, epochs=3, learning_rate=1.0)
    fitted, fresh = fit(Model(("plain",), learner=learner), task), learner(task)
    fresh.network.load_state_dict({name: torch.from_numpy(array) for name, array in fitted.weights.items()})
    rows = [row for row in fitted.history if row["split"] == "validation"]
    assert fitted.epoch == epoch
    assert evaluate(fresh, task.validation, task.schedule).items() <= rows[epoch - 1].items()
    assert fitted.predict(task.validation)["sequence"].shape == (12, 6) and fitted.parameters == 8 * 36 * 6 + 6


@pytest.mark.parametrize("patience", [1, 4])
def test_a_training_ends_once_validation_was_no_better_for_a_while_and_says_so(patience):
    """The first such run of epochs ends it, at `epochs` at the latest, and which of the two it was is known."""
    task = easy_task("plain", {}, epochs=60, patience=patience, learning_rate=1.0)
    fitted = fit(Model(("plain",), learner=Linear), task)
    scores = [(row["accuracy"], -row["total"]) for row in fitted.history if row["split"] == "validation"]
    best = [max(range(epoch), key=scores[:epoch].__getitem__) + 1 for epoch in range(1, len(scores) + 1)]
    waited = [epoch - chosen for epoch, chosen in enumerate(best, 1)]
    assert fitted.converged and fitted.epoch == best[-1]
    assert waited[-1] == patience and max(waited[:-1], default=0) < patience
    task = easy_task("plain", {}, epochs=len(scores) - 1, patience=patience, learning_rate=1.0)
    assert not fit(Model(("plain",), learner=Linear), task).converged


def test_judging_is_the_mean_over_clips_whatever_the_batches():
    learner, split = Linear(easy_task("plain", {})), easy_split()
    batch = split.batch(torch.arange(12))
    logits = learner.network(batch.clips)
    found = evaluate(learner, split, make_schedule(batch_size=5))  # batches of 5, 5 and 2
    assert found["total"] == pytest.approx(nn.functional.cross_entropy(logits, batch.labels).item(), rel=1e-6)
    assert found["accuracy"] == pytest.approx((logits.argmax(1) == batch.labels).float().mean().item())


def test_a_fold_repeats_itself_and_folds_and_seeds_differ():
    def weights(seed, noise):
        task = easy_task("plain", {})
        torch.manual_seed(noise)
        return fit(Model(("plain",), learner=Linear), replace(task, seed=seed)).weights["2.weight"]

    assert (weights((0, 1), noise=5) == weights((0, 1), noise=6)).all()
    assert not (weights((0, 1), noise=5) == weights((0, 2), noise=5)).all()
    assert not (weights((0, 1), noise=5) == weights((1, 1), noise=5)).all()


def test_a_plain_function_draws_from_seeded_random_numbers_of_every_kind():
    def draw(task):
        return [torch.rand(()).item(), np.random.rand(), random.random()]

    task = easy_task("plain", {})
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
def test_what_is_not_finite_ends_the_training_by_name(fault, at, what):
    task = easy_task("plain", {"at": at, "fault": fault}, batch_size=6, epochs=3)
    with pytest.raises(UserError, match=f"^plain, fold 0: {what} is not finite: try a smaller"):
        fit(Model(("plain",), learner=Poisoned), task)


def descend(network, optimiser, steps):
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.arange(6.0).view(2, 3)).square().sum().backward()
        optimiser.step()


@pytest.mark.parametrize(("name", "torchs", "settings"), [
    ("adam", torch.optim.Adam, {"lr": 0.1, "weight_decay": 0.01}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.01, "momentum": 0.9}),
])  # fmt: skip
def test_the_schedule_s_optimiser_steps_as_torch_s_own_and_goes_on_from_its_state(name, torchs, settings):
    torch.manual_seed(0)
    ours, plain = torch.nn.Linear(3, 4), torch.nn.Linear(3, 4)
    ours.bias.requires_grad_(False)
    plain.bias.requires_grad_(False)
    plain.load_state_dict(ours.state_dict())
    schedule = make_schedule(
        optimiser=name, learning_rate=0.1, weight_decay=0.01, momentum=settings.get("momentum", 0.0)
    )
    optimiser, of_torch = make_optimiser(ours, schedule), torchs([plain.weight], **settings)
    descend(ours, optimiser, 3)
    descend(plain, of_torch, 3)
    assert torch.equal(ours.weight, plain.weight) and torch.equal(ours.bias, plain.bias)
    resumed = make_optimiser(ours, schedule)
    resumed.load_state_dict(copy.deepcopy(of_torch.state_dict()))
    descend(ours, resumed, 1)
    descend(plain, of_torch, 1)
    assert torch.equal(ours.weight, plain.weight) and torch.is_grad_enabled()


def test_a_training_does_not_pay_for_the_compiler(tmp_path):
    program = (
        f"import sys; from pathlib import Path; sys.path.insert(0, {str(TESTS)!r})\n"
        "from small_study import train, write_data\n"
        f"train(write_data(Path({str(tmp_path)!r})), 'capsule-lstm', 'margin-ce')\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
