"""What machine a result was computed on, for the record."""

import os
import platform
from pathlib import Path


def describe_hardware(device: str) -> dict:
    """Return processor, cores, memory (GiB) and, where `device` is a CUDA device, the name of the GPU."""
    import torch

    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    gpu = torch.cuda.get_device_name(device) if device.startswith("cuda") else None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 2**30),
        "gpu": gpu,
    }


def _processor() -> str:
    # platform.processor() is empty on Linux; the kernel's list names the model.
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
