"""The clock of a training, and freed memory that stays in the process."""

import ctypes
import subprocess
import sys
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


RESIDENT = """
import sys
from pathlib import Path
from videofer.training.machine import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

if sys.argv[1] == "keep":
    keep_freed_memory()
before = resident()
blocks = [bytearray(b"x") * (20 * 2**20) for _ in range(5)]
del blocks
print(resident() - before)
"""
GLIBC = sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_freed_memory_stays_in_the_process():
    kept, returned = (
        float(subprocess.run([sys.executable, "-c", RESIDENT, how], capture_output=True, check=True).stdout)
        for how in ("keep", "leave")
    )
    assert kept > 95 and returned < 60
