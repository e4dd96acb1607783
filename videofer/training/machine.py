"""The machine that a training runs on: its memory, precision, clock and hardware."""

import contextlib
import ctypes
import os
import platform
import re
import time
from pathlib import Path

import torch

# glibc's malloc.h: a parameter's number, and its value in bytes.
TRIM_THRESHOLD = (-1, 512 * 2**20)  # free memory at the heap's end above which it goes back to the system
MMAP_THRESHOLD = (-3, 32 * 2**20)  # size from which a block is mapped by itself; glibc allows no more


def keep_freed_memory() -> None:
    """Let glibc's malloc keep what is freed, up to 512 MiB; elsewhere do nothing.

    By default each step's tensors go back to the system, which clears their pages anew for the next step:
    `python -m benchmarks.training_job` measures what that costs.
    """
    with contextlib.suppress(OSError, AttributeError):  # no glibc
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(*TRIM_THRESHOLD)
        libc.mallopt(*MMAP_THRESHOLD)


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context that computes convolutions and matrix products in `precision`, float32 or bfloat16."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def read_clock(device: str) -> float:
    """Return the seconds of a clock for work on a torch device; only differences mean something.

    On the CPU it is the CPU time of this process, which other work on the machine hardly changes; on a GPU the wall
    time after all work given to it is done.
    """
    kind = torch.device(device).type
    if kind == "cpu":
        return time.process_time()
    getattr(torch, kind).synchronize()
    return time.monotonic()


def describe_clock(device: str) -> str:
    """Say in words what the seconds of `read_clock` are."""
    kind = torch.device(device).type
    if kind != "cpu":
        return f"wall time on {kind}"
    threads = torch.get_num_threads()
    return "CPU time of one thread" if threads == 1 else f"CPU time, {threads} threads together"


def describe_hardware(device: str) -> dict:
    """Return processor, cores, memory (GiB) and, where `device` is a CUDA device, the name of the GPU."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    gpu = torch.cuda.get_device_name(device) if device.startswith("cuda") else None
    listed = Path("/proc/cpuinfo")  # on Linux the only place of the processor's model
    found = re.search(r"^model name\s*: (.*)$", listed.read_text(), re.MULTILINE) if listed.exists() else None
    processor = found[1].strip() if found else platform.processor() or platform.machine()
    return {"processor": processor, "cores": os.cpu_count(), "memory_gib": round(pages / 2**30), "gpu": gpu}
