"""A training that is asked to stop keeps the step under way, and goes on from there to the same bytes."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from staged_model import Staged
from test_runs import files, write_study
from test_training import registered, train  # noqa: F401, a fixture for this module too

from videofer.core.errors import UserError
from videofer.training.stop_signal import StopRequest


@pytest.fixture(autouse=True)
def heard():
    """Hear Ctrl-C also where the tests run in the background, whose shell lets it be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    write_study(folder)
    train(folder, "run")
    return folder


def stop_at(step: int, number: signal.Signals):
    """Let the training get a signal in its step `step`, counted over all epochs and stages."""
    taken, after = [0], Staged.after_step

    def raise_signal(self, answer, batch):
        after(self, answer, batch)
        taken[0] += 1
        if taken[0] == step:
            signal.raise_signal(number)

    return patch.object(Staged, "after_step", raise_signal)


# 18 people's clips in 8 versions and batches of 8: 18 steps an epoch, 3 + 3 + 2 epochs.
@pytest.mark.parametrize("steps", [(1,), (18,), (40,), (54,), (60, 3), (143,), (7, 7, 7)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_after_the_step_to_the_same_bytes(study, steps, number):
    out = "-".join(map(str, ("stopped", number, *steps)))
    for step in steps:
        with (
            stop_at(step, number),
            pytest.raises(UserError, match=f"stopped by {number.name} in epoch .*run again"),
        ):
            train(study, out)
        assert not (study / out).exists() and len(list((study / "resume").iterdir())) == 1
    assert files(train(study, out)) == files(study / "run")
    assert not list((study / "resume").iterdir())


def test_a_second_signal_ends_it_at_once_and_handlers_come_back():
    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.asked == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.asked is None
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked == "SIGTERM"


def test_a_process_that_gets_sigterm_says_so_and_keeps_its_state(study):
    """As a cluster sends it: to a process that trains, at any time."""
    program = (
        "import logging, sys; logging.basicConfig(level=logging.INFO)\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "import test_training, test_runs; from pathlib import Path\n"
        "from videofer.models.registry import MODELS\n"
        "test_runs.run(Path(sys.argv[1]), 'killed', epochs=400)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(study)], stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    )
    for line in process.stderr:
        if "epoch 1/" in line:
            break
    process.send_signal(signal.SIGTERM)
    start = time.monotonic()
    said = process.stderr.read()
    assert process.wait() == 1 and "stopped by SIGTERM in epoch" in said
    assert time.monotonic() - start < 60
    (state,) = (study / "resume").iterdir()
    state.unlink()
