"""A training that is killed, stopped or continued elsewhere: the same bytes, or a fresh start that says why."""

import json
import logging
import signal
import subprocess
import sys
import time
from unittest.mock import patch

import numpy as np
import pytest
import torch
from bars_study import files, run
from staged_model import SETTINGS, Staged

import videofer.training.loop as loop
from videofer.core.errors import UserError
from videofer.training.checkpoint import Checkpoint, StopRequest

MADE_WITH = {"code": "a", "schedule": {"epochs": 3}, "torch": "2", "device": "cpu"}


def stop_at(step: int, number: signal.Signals = signal.SIGTERM):
    """Let the training get a signal in its step `step`, counted over all epochs and stages."""
    taken, after = [0], Staged.after_step

    def raise_signal(self, answer, batch):
        after(self, answer, batch)
        taken[0] += 1
        if taken[0] == step:
            signal.raise_signal(number)

    return patch.object(Staged, "after_step", raise_signal)


def states(study):
    return list((study / "resume").glob("*"))


# 18 people's clips in 8 versions and batches of 8: 18 steps an epoch, 3 + 3 + 2 epochs.
@pytest.mark.parametrize("steps", [(1,), (18,), (40,), (54,), (60, 3), (144,), (7, 7, 7)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_goes_on_after_the_step_to_the_same_bytes(study, interruptible, steps, number):
    out = "-".join(map(str, ("stopped", number, *steps)))
    for step in steps:
        with (
            stop_at(step, number),
            pytest.raises(UserError, match=f"stopped by {number.name} in epoch .*run again"),
        ):
            run(study, out, **SETTINGS)
        assert not (study / out).exists() and len(states(study)) == 1
    assert files(run(study, out, **SETTINGS)) == files(study / "staged")
    assert not states(study)


def test_stopped_it_goes_on_to_where_patience_ends_it(study):
    schedule = SETTINGS["schedule"] | {"epochs": 12, "patience": 2}
    whole = files(run(study, "patient", **SETTINGS | {"schedule": schedule}))
    for step in (20, 90):
        with stop_at(step), pytest.raises(UserError, match="stopped by SIGTERM"):
            run(study, "patient-stopped", **SETTINGS | {"schedule": schedule})
    assert files(run(study, "patient-stopped", **SETTINGS | {"schedule": schedule})) == whole
    assert not states(study)


class Killed(BaseException):
    """Ends a training as a kill would: nothing catches it."""


@pytest.mark.parametrize("epoch", [2, 3, 4, 8])  # within a stage, at the end of one, in the next, at the very end
def test_killed_after_an_epoch_it_goes_on_to_the_same_bytes(study, epoch):
    save, out = Checkpoint.save, f"killed-{epoch}"

    def save_and_stop(self, state):
        save(self, state)
        if state["progress"]["epoch"] == epoch:
            raise Killed

    with (
        patch.object(loop, "CHECKPOINT_SECONDS", -1),
        patch.object(Checkpoint, "save", save_and_stop),
        pytest.raises(Killed),
    ):
        run(study, out, **SETTINGS)
    assert not (study / out).exists() and len(states(study)) == 1
    with patch.object(Staged, "after_step", autospec=True, side_effect=Staged.after_step) as steps:
        assert files(run(study, out, **SETTINGS)) == files(study / "staged")
    assert steps.call_count == 18 * (8 - epoch)
    assert not states(study)


def test_a_process_killed_at_any_moment_goes_on_to_the_same_bytes(study):
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from bars_study import run; from pathlib import Path\n"
        f"import videofer.training.loop as loop; loop.CHECKPOINT_SECONDS = 0\nrun(Path({str(study)!r}), 'sigkill')"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        while not list((study / "resume").glob("[!.]*")) and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    assert not (study / "sigkill").exists()
    assert files(run(study, "sigkill")) == files(study / "run")
    assert not states(study)


@pytest.mark.parametrize(("change", "named"), [
    ({"code": "other"}, "code"),
    ({"schedule": SETTINGS["schedule"] | {"learning_rate": 0.04}}, "schedule"),
    ({"options": {"new": 1}}, "options"),
    ("torch", "torch"),
    ("device", "device"),
])  # fmt: skip
def test_under_other_conditions_it_starts_anew_and_says_why(study, caplog, change, named):
    """A GPU's random numbers, for one, never reach a CPU."""
    with stop_at(30), pytest.raises(UserError):
        run(study, "moved", **SETTINGS)
    (path,) = states(study)
    settings = SETTINGS
    if isinstance(change, str):
        content = torch.load(path)
        content["made_with"][change] = content["state"]["progress"]["random"] = "elsewhere"
        torch.save(content, path)
    else:
        settings = SETTINGS | change
    with caplog.at_level(logging.WARNING):
        moved = files(run(study, "moved", **settings))
    assert f"starting anew: the state in {path} was made with another {named}" in caplog.text
    assert moved == files(run(study, "fresh", **settings))
    assert not states(study)


@pytest.mark.parametrize("damage", [
    lambda content: b"rubbish",
    lambda content: b"",
    lambda content: content[: len(content) // 2],
    lambda content: content.replace(np.float32(500).tobytes(), np.float32(501).tobytes()),
])  # fmt: skip
def test_a_damaged_state_is_reported_and_replaced(tmp_path, caplog, damage):
    checkpoint = Checkpoint(tmp_path / "state.pt", MADE_WITH)
    checkpoint.save({"weights": torch.arange(1000.0), "epoch": 3, "best": (0.5, -1.0)})
    kept = checkpoint.load()
    assert kept["epoch"] == 3 and kept["best"] == (0.5, -1.0) and torch.equal(kept["weights"], torch.arange(1000.0))
    checkpoint.path.write_bytes(damage(checkpoint.path.read_bytes()))
    assert checkpoint.load() is None and f"starting anew: the state in {checkpoint.path} is damaged" in caplog.text
    checkpoint.save({"epoch": 4})
    assert checkpoint.load() == {"epoch": 4}


def test_a_state_runs_no_code(tmp_path):
    class Harmful:
        def __reduce__(self):
            return (tmp_path.joinpath("harm").write_text, ("done",))

    torch.save({"made_with": MADE_WITH, "state": Harmful()}, tmp_path / "state.pt")
    assert Checkpoint(tmp_path / "state.pt", MADE_WITH).load() is None
    assert not (tmp_path / "harm").exists()


def test_a_resumed_run_s_seconds_add_up(study):
    load = Checkpoint.load

    def slower(self):
        state = load(self)
        assert 0 < state["progress"]["seconds"] < 60
        state["progress"]["seconds"] += 1000  # as if those epochs had been slow
        return state

    with stop_at(60), pytest.raises(UserError):
        run(study, "added", **SETTINGS)
    with patch.object(Checkpoint, "load", slower), stop_at(5), pytest.raises(UserError):
        run(study, "added", **SETTINGS)
    record = json.loads((run(study, "added", **SETTINGS) / "run.json").read_text())
    assert 1000 < record["training_seconds"] < 1060


def test_a_second_signal_ends_it_at_once_and_handlers_come_back(interruptible):
    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.signal == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_ignored_stays_ignored(interruptible):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.signal is None
        signal.raise_signal(signal.SIGTERM)
        assert stop.signal == "SIGTERM"
