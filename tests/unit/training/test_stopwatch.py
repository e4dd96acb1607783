"""Seconds of a run: they are of the process, and a resumed run's add up."""

import json
import time
from unittest.mock import patch

import pytest
from test_training import registered, study, train, train_and_stop  # noqa: F401
from videofer.training.stopwatch import Stopwatch

from videofer.training.checkpoint import load_checkpoint


def test_waiting_for_others_costs_nothing_and_computing_does():
    watch = Stopwatch("cpu")
    time.sleep(0.3)
    assert watch.lap() < 0.1
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert 0.2 <= watch.lap() < 0.3
    assert watch.lap() < 0.1


@pytest.mark.parametrize("device", ["cuda:1", "mps"])
def test_a_gpu_is_waited_for_before_the_clock_is_read(device):
    calls = []
    kind = device.partition(":")[0]
    with patch(f"torch.{kind}.synchronize", lambda: calls.append("waited")):
        watch = Stopwatch(device)
        time.sleep(0.05)
        assert watch.lap() >= 0.05
        assert calls == ["waited"] * 2
        watch.lap(wait=False)  # where others share the GPU
    assert calls == ["waited"] * 2
    assert watch.describe() == f"wall time on {kind}"


def test_a_resumed_run_adds_up(study):  # noqa: F811
    train_and_stop(study, "added", 4)
    (state,) = (study / "resume").iterdir()
    kept = []

    def load(path, *arguments):
        progress, arrays = load_checkpoint(path, *arguments)
        assert progress.epoch == 4 and progress.seconds > 0
        kept.append(progress.seconds)
        progress.seconds += 1000  # as if those epochs had been slow
        return progress, arrays

    with patch("videofer.training.loop.load_checkpoint", load):
        record = json.loads((train(study, "added") / "run").read_text())
    assert not state.exists()
    assert 1000 + kept[0] < record["training_seconds"] < 1060
    assert record["seconds_are"] == "CPU time of one thread"
    assert 0 < record["inference_seconds_per_clip"] < 1
