"""Freed memory: kept by the process where glibc can be told so, and results do not depend on it."""

import ctypes
import subprocess
import sys

import pytest

from videofer.training.allocator import keep_freed_memory

PROGRAM = """
import sys
from pathlib import Path
from videofer.training.allocator import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

if sys.argv[1] == "keep":
    assert keep_freed_memory()
before = resident()
blocks = [bytearray(b"x") * (20 * 2**20) for _ in range(5)]
held = resident()
del blocks
print(held - before, resident() - before)
"""

glibc = sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


@pytest.mark.skipif(not glibc, reason="the C library is not glibc")
def test_what_was_freed_stays_only_when_told_so():
    def measure(how: str) -> list[float]:
        command = [sys.executable, "-c", PROGRAM, how]
        return [
            float(x) for x in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        ]

    held, kept = measure("keep")
    assert held > 95 and kept > 95
    held, kept = measure("leave")
    assert held > 95 and kept < 60


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: pytest.fail("asked for the C library"))
    assert not keep_freed_memory()


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not keep_freed_memory()
