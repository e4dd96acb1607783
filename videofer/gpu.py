"""Where a training job runs: a device of its own, or the processor."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from videofer.errors import UserError

POLL_SECONDS = 0.5


def machine_has_gpu() -> bool:
    """Tell whether jobs will find a GPU, without importing torch (the Snakefile asks this)."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") == "":
        return False
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return apple or Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists()


def gpus_per_job(device: str) -> int:
    """Return how much of the `gpu` resource a training job asks for under the config's `device`."""
    return int(device in ("cuda", "mps") or (device == "auto" and machine_has_gpu()))


@contextlib.contextmanager
def lease_device(device: str) -> Iterator[str]:
    """Yield the torch device for one job; a CUDA device is held alone, by a file lock that dies with the process.

    device: "auto" takes CUDA, then Apple's GPU, then the processor; "cuda", "mps", "cpu" insist. Snakemake limits
    how many jobs run but never says which device is whose. Raises UserError if the device asked for is absent.
    """
    import torch

    if device in ("auto", "cuda") and torch.cuda.is_available():
        with _lease_cuda(torch.cuda.device_count()) as number:
            yield f"cuda:{number}"
    elif device in ("auto", "mps") and torch.backends.mps.is_available():
        yield "mps"
    elif device in ("auto", "cpu"):
        yield "cpu"
    else:
        raise UserError(f"training.device is {device}, but torch finds none here: set it to auto or cpu.")


@contextlib.contextmanager
def _lease_cuda(count: int) -> Iterator[int]:
    # Locks are named by the physical device, so that jobs which see different subsets agree.
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",")[:count] if visible else [str(number) for number in range(count)]
    folder = Path(tempfile.gettempdir()) / f"videofer-gpu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    locks = [FileLock(folder / f"{name}.lock") for name in names]
    number = _acquire_any(locks)
    try:
        yield number
    finally:
        locks[number].release()


def _acquire_any(locks: list[FileLock]) -> int:
    """Wait until one of the locks is free, take it and return its position."""
    while True:
        for number, lock in enumerate(locks):
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0)
                return number
        time.sleep(POLL_SECONDS)
