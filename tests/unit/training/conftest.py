"""A small study with a finished run of two models, one of which is registered for the tests alone."""

import contextlib
import importlib
import signal
from unittest.mock import patch

import pytest
import staged_model
from bars_study import run, write_study

from videofer.models.registry import MODELS


@contextlib.contextmanager
def staged_registered():
    """Register the model `staged` beside the real ones."""

    def find(name):
        return importlib.import_module(name.rpartition(".")[2] if name.endswith("staged_model") else name)

    with patch.dict(MODELS, {"staged": "staged_model"}), patch("videofer.models.registry.import_module", find):
        yield


@pytest.fixture(autouse=True)
def registered():
    """Let each test train the model `staged`, and no test of another folder find it."""
    with staged_registered():
        yield


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Return the folder of a study with the finished runs `run` (the Capsule-LSTM) and `staged`."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    run(folder)
    with staged_registered():
        run(folder, "staged", **staged_model.SETTINGS)
    return folder


@pytest.fixture
def interruptible():
    """Take Ctrl-C also where the tests run in the background, whose shell lets it be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
