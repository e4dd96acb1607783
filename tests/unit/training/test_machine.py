"""The clock of a training: CPU time of the process, or a GPU's wall time once its work is done."""

import time
from unittest.mock import patch

import pytest

from videofer.training.machine import describe_clock, read_clock


def test_waiting_for_others_costs_nothing_and_computing_does():
    start = read_clock("cpu")
    time.sleep(0.3)
    waited = read_clock("cpu")
    assert waited - start < 0.1
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert 0.2 <= read_clock("cpu") - waited < 0.3


@pytest.mark.parametrize("device", ["cuda:1", "mps"])
def test_a_gpu_is_waited_for_before_the_clock_is_read(device):
    kind = device.partition(":")[0]
    with patch(f"torch.{kind}.synchronize", lambda: time.sleep(0.05)):
        start = read_clock(device)
        assert 0.05 <= read_clock(device) - start < 1
    assert describe_clock(device) == f"wall time on {kind}"
