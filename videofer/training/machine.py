"""What a training cost, and the machine it ran on."""

import os
import platform
import re
import time
from pathlib import Path

import torch


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
    return {"processor": name_processor(), "cores": os.cpu_count(), "memory_gib": round(pages / 2**30), "gpu": gpu}


def name_processor() -> str:
    """Return the model of the processor; on Linux only the kernel's list has it."""
    listed = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", listed.read_text(), re.MULTILINE) if listed.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()
