"""Where a training job runs: a device of its own, a share of one, or the processor."""

import contextlib
import itertools
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from videofer.core.errors import UserError

POLL_SECONDS = 0.5
SHARE = "VIDEOFER_JOBS_PER_GPU"
# NVIDIA's, AMD's and Windows' names; the first device a container is given need not be number 0.
DEVICE_FILES = ("nvidia[0-9]*", "kfd", "dxg")
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")


def machine_has_gpu(devices: Path = Path("/dev")) -> bool:
    """Tell whether jobs will find a GPU, without importing torch (the Snakefile asks this).

    A GPU hidden by an empty CUDA_VISIBLE_DEVICES (or ROCm's HIP_ and ROCR_VISIBLE_DEVICES), or by -1, is none.
    """
    if any(os.environ.get(name, "unset").strip() in ("", "-1") for name in HIDING):
        return False
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return apple or any(any(devices.glob(pattern)) for pattern in DEVICE_FILES)


def gpus_per_job(device: str) -> int:
    """Return how much of the `gpu` resource a training job asks for under the config's `device`."""
    return int(device in ("cuda", "mps") or (device == "auto" and machine_has_gpu()))


@contextlib.contextmanager
def lease_device(device: str) -> Iterator[str]:
    """Yield the torch device for one job; a GPU is held by a file lock that dies with the process.

    device: "auto" takes CUDA (under ROCm AMD's GPUs go by that name), then Apple's GPU, then the processor; "cuda",
    "mps", "cpu" insist. Snakemake limits how many jobs run but never says which device is whose. One job a device,
    or as many as the environment's VIDEOFER_JOBS_PER_GPU says, each with that part of its memory. Raises UserError
    if the device asked for is absent or that number is none.
    """
    import torch

    if device in ("auto", "cuda") and torch.cuda.is_available():
        # Without it torch refuses matrix products on CUDA in its deterministic mode.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        kind, names, limit_memory = "cuda", name_cuda_devices(), torch.cuda.set_per_process_memory_fraction
    elif device in ("auto", "mps") and torch.backends.mps.is_available():
        kind, names, limit_memory = "mps", ["mps"], torch.mps.set_per_process_memory_fraction
    elif device in ("auto", "cpu"):
        yield "cpu"
        return
    else:
        raise UserError(f"training.device is {device}, but torch finds none here: set it to auto or cpu.")
    jobs = read_jobs_per_device()
    with lease_slot(names, jobs) as number:
        leased = f"cuda:{number}" if kind == "cuda" else kind
        if jobs > 1:
            limit_memory(1 / jobs, *([leased] if kind == "cuda" else []))
        yield leased


def read_jobs_per_device() -> int:
    """Return how many jobs may hold one GPU at once, by the environment's VIDEOFER_JOBS_PER_GPU; else 1."""
    given = os.environ.get(SHARE, "1")
    if not given.isdecimal() or int(given) < 1:
        raise UserError(f"{SHARE} is '{given}': give the number of jobs that may share a GPU, 1 or more.")
    return int(given)


def name_cuda_devices() -> list[str]:
    """Return a name for each device that torch sees, the same in every job however it numbers what it sees.

    A cluster that shows each job its own device alone calls every one of them 0; their identifiers differ. Parts of
    an NVIDIA device (MIG) are told apart by the names under which they are given, since they share its identifier.
    """
    import torch

    given = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    names = []
    for number in range(torch.cuda.device_count()):
        if number < len(given) and given[number].startswith("MIG-"):
            names.append(given[number].replace("/", "-"))
        else:
            names.append(str(torch.cuda.get_device_properties(number).uuid))
    return names


@contextlib.contextmanager
def lease_slot(names: Sequence[str], jobs: int) -> Iterator[int]:
    """Wait for a device with fewer than `jobs` holders among this user's processes and yield its position.

    Free devices are taken before shared ones.
    """
    folder = Path(tempfile.gettempdir()) / f"videofer-gpu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    devices = list(enumerate(names))
    locks = [(number, FileLock(folder / f"{name}.{slot}.lock")) for slot in range(jobs) for number, name in devices]
    number, lock = _acquire_any(locks)
    try:
        yield number
    finally:
        lock.release()


def _acquire_any(locks: Sequence[tuple[int, FileLock]]) -> tuple[int, FileLock]:
    """Wait until one of the locks is free, take it and return it with its device's position."""
    for attempt in itertools.count():
        for number, lock in locks:
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0)
                return number, lock
        if attempt == 0:
            logging.info("waiting for one of %d places on the GPUs", len(locks))
        time.sleep(POLL_SECONDS)
