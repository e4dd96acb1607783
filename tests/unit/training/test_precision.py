"""The precision of a run: what was asked for, or what a trial on the device found faster."""

import logging

import pytest

from videofer.training import precision
from videofer.training.precision import choose_precision, measure_share


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_what_is_asked_for_is_taken(asked):
    assert choose_precision(asked, "cpu") == asked


@pytest.mark.parametrize("share, expected", [(0.4, "bfloat16"), (0.9, "float32"), (5.0, "float32")])
def test_auto_takes_what_the_trial_found_clearly_faster_and_logs_it(share, expected, monkeypatch, caplog):
    monkeypatch.setattr(precision, "measure_share", lambda device: share)
    with caplog.at_level(logging.INFO):
        assert choose_precision("auto", "cpu") == expected
    assert f"{share:.2f}" in caplog.text and expected in caplog.text


def test_the_trial_is_a_ratio_of_times():
    assert 0.01 < measure_share("cpu") < 100
