"""Folds trained side by side in one process: each as if alone, whatever happens to those beside it."""

import importlib
import json
import logging
import signal
from unittest.mock import patch

import pytest
import torch
from staged_model import Staged
from test_runs import files, run, write_study
from test_training import SGD, Killed

import videofer.training.loop as training
from videofer.core.artifacts import read_arrays, read_table, write_table
from videofer.core.errors import UserError
from videofer.models.interface import Split
from videofer.models.registry import MODELS
from videofer.training.side_by_side import take_turns

FOLDS = (0, 1, 2)
STAGED = {"model": "staged", "variant": "plain", "options": {}, "schedule": SGD, "epochs": 2}
CAPSULES = {"epochs": 2}


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The model `staged` beside the real ones."""

    def find(name):
        return importlib.import_module("staged_model" if name.endswith("staged_model") else name)

    with patch.dict(MODELS, {"staged": "staged_model"}), patch("videofer.models.registry.import_module", find):
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A small study whose folds train on different numbers of clips, and each fold trained by itself."""
    folder = tmp_path_factory.mktemp("beside")
    write_study(folder)
    table = read_table(folder / "folds.tsv", "folds")
    left_out = (table.fold == 1) & (table.role == "train")
    write_table(folder / "folds.tsv", "folds", table.drop(table[left_out].index[:1]), {})
    for fold in FOLDS:
        run(folder, f"capsules-alone-{fold}", folds=[fold], **CAPSULES)
        run(folder, f"staged-alone-{fold}", folds=[fold], **STAGED)
    return folder


def alone(study, kind, fold):
    return files(study / (f"{kind}-alone-{fold}-{fold}" if fold else f"{kind}-alone-0"))


def beside(study, out, fold):
    return files(study / (f"{out}-{fold}" if fold else out))


def same(study, kind, out):
    return all(beside(study, out, fold) == alone(study, kind, fold) for fold in FOLDS)


@pytest.mark.parametrize("at_once", [2, 3])
@pytest.mark.parametrize(("kind", "settings"), [("capsules", CAPSULES), ("staged", STAGED)])
def test_every_fold_ends_with_the_bytes_that_it_has_alone(study, kind, settings, at_once):
    """Of unequal folds, with stages, dropout (random numbers), buffers and weights of their own."""
    out = f"{kind}-{at_once}"
    run(study, out, folds=FOLDS, side_by_side=at_once, **settings)
    assert same(study, kind, out)
    assert not list((study / "resume").iterdir())
    weights = [read_arrays(study / name / "weights", "weights") for name in (out, f"{out}-1")]
    assert any((weights[0][name] != weights[1][name]).any() for name in weights[0])


def test_steps_are_taken_in_turn_and_places_fall_free():
    taken = []

    def count(name, steps):
        def train(turn):
            for _ in range(steps):
                taken.append((name, turn.others))
                yield
            return name.upper()

        return train

    assert take_turns([count("a", 1), count("b", 3), count("c", 1)], 2, "cpu") == ["A", "B", "C"]
    assert taken == [("a", 1), ("b", 1), ("b", 0), ("b", 1), ("c", 1)]


@pytest.mark.parametrize("step", [1, 5, 20, 50, 75])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_stop_after_their_step_and_go_on_to_the_same_bytes(study, step, number):
    taken, after = [0], Staged.after_step
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def raise_signal(self, answer, batch):
        after(self, answer, batch)
        taken[0] += 1
        if taken[0] == step:
            signal.raise_signal(number)

    out = f"stopped-{step}-{number}"
    try:
        with (
            patch.object(Staged, "after_step", raise_signal),
            pytest.raises(UserError, match=f"stopped by {number.name} in epoch .*run again"),
        ):
            run(study, out, folds=FOLDS, side_by_side=2, **STAGED)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (study / out).exists()
    assert len(list((study / "resume").iterdir())) >= (1 if step == 1 else 2)
    run(study, out, folds=FOLDS, side_by_side=3, **STAGED)
    assert same(study, "staged", out)
    assert not list((study / "resume").iterdir())


def test_a_fold_that_was_finished_is_not_trained_again_after_a_kill(study):
    """Snakemake deletes the job's files; what a finished fold learned is kept until all are written."""
    predict, answered = training.predict, []

    def kill(*arguments):
        answered.append(arguments)
        raise Killed

    with patch.object(training, "predict", kill), pytest.raises(Killed):
        run(study, "killed", folds=FOLDS, side_by_side=3, **STAGED)
    assert len(list((study / "resume").iterdir())) == 3
    with (
        patch.object(training, "train_epoch", side_effect=AssertionError("trained again")),
        patch.object(training, "predict", predict),
    ):
        run(study, "killed", folds=FOLDS, side_by_side=3, **STAGED)
    assert same(study, "staged", "killed")


@pytest.mark.parametrize("holds", [1, 2])
def test_where_memory_is_short_fewer_train_at_once_with_the_same_bytes(study, holds, caplog):
    """A pretended device that holds so many trainings: who meets its end makes room and begins again later."""
    begin, networks = Staged.begin, set()
    answer = Staged.answer

    def enter(self, stage):
        networks.add(id(self))
        begin(self, stage)

    def answer_few(self, batch):
        if len(networks) > holds and self.network.training:
            networks.discard(id(self))
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return answer(self, batch)

    train_network = training.train_network

    def train(build, task, turn):
        learners = []

        def keep(task):
            learners.append(build(task))
            return learners[0]

        fitted = yield from train_network(keep, task, turn)
        networks.discard(id(learners[0]))
        return fitted

    with (
        caplog.at_level(logging.WARNING),
        patch.object(Staged, "begin", enter),
        patch.object(Staged, "answer", answer_few),
        patch.object(training, "train_network", train),
    ):
        run(study, f"short-{holds}", folds=FOLDS, side_by_side=3, **STAGED)
    assert "out of memory with 3 trainings side by side: 2 from now on" in caplog.text
    assert ("out of memory with 2" in caplog.text) == (holds == 1)
    assert same(study, "staged", f"short-{holds}")


def test_one_that_is_alone_and_finds_too_little_memory_takes_its_batches_in_parts(study):
    answer = Staged.answer

    def answer_few(self, batch):
        if self.network.training and len(batch.labels) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return answer(self, batch)

    with patch.object(Staged, "answer", answer_few):
        run(study, "parts", folds=FOLDS, side_by_side=2, **STAGED)
    for fold in FOLDS:
        notes = beside(study, "parts", fold)["run"]["notes"]
        assert "The device's memory was too small for a batch: its clips were taken 4 at a time." in notes


def test_all_folds_look_at_one_copy_of_the_clips_in_bytes(study):
    seen, batch = [], Split.batch

    def look(self, order):
        seen.append(self)
        made = batch(self, order)
        assert made.clips.dtype == torch.float32 and made.clips.min() >= 0 and made.clips.max() <= 1
        return made

    with patch.object(Split, "batch", look):
        run(study, "bytes", folds=FOLDS, side_by_side=3, **STAGED)
    assert {split.versions.dtype for split in seen} == {torch.uint8}
    assert len({split.versions.data_ptr() for split in seen}) == 1


def test_models_that_are_no_networks_are_learned_in_turn(study):
    settings = {"model": "majority", "variant": "plain", "options": {}}
    run(study, "majority", folds=FOLDS, side_by_side=3, **settings)
    for fold in FOLDS:
        run(study, f"one-{fold}", folds=[fold], **settings)
        assert beside(study, "majority", fold) == files(study / (f"one-{fold}-{fold}" if fold else "one-0"))


def test_the_seconds_are_an_equal_part_and_resumed_ones_add_up(study):
    run(study, "timed", folds=FOLDS, side_by_side=3, **STAGED)
    told = [json.loads((study / name / "run").read_text()) for name in ("timed", "timed-1", "timed-2")]
    assert len({record["training_seconds"] for record in told}) == 1
    assert 0 < told[0]["training_seconds"] < 10
