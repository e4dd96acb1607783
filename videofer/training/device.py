"""Where a training job runs: on a GPU of its own, on a share of one, or on the CPU."""

import contextlib
import itertools
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from videofer.core.errors import UserError

POLL_SECONDS = 0.5
SHARE = "VIDEOFER_JOBS_PER_GPU"
# NVIDIA's, AMD's and Windows' names; the first device a container is given need not be number 0.
DEVICE_FILES = ("nvidia[0-9]*", "kfd", "dxg")
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")

log = logging.getLogger(__name__)


def machine_has_gpu(devices: Path = Path("/dev")) -> bool:
    """Return whether jobs will find a GPU, without importing torch (the Snakefile asks this).

    A GPU hidden by one of HIDING that is empty or -1 is none.
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
    """Yield the torch device for one job; a GPU is leased by a file lock that ends with the process.

    device: "auto" takes CUDA (AMD's GPUs too, under ROCm), then Apple's GPU, then the CPU; "cuda", "mps" and "cpu"
    insist. One job a device, or as many as the environment's VIDEOFER_JOBS_PER_GPU says, on CUDA each with that
    part of the memory. Raises UserError if the device is absent or VIDEOFER_JOBS_PER_GPU is no such number.
    """
    import torch  # not at the top: the Snakefile imports this module

    if device in ("auto", "cuda") and torch.cuda.is_available():
        # Without it torch refuses matrix products on CUDA in its deterministic mode.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        jobs = read_jobs_per_gpu()
        with lease_slot(name_cuda_devices(), jobs) as number:
            torch.cuda.set_device(number)
            if jobs > 1:
                torch.cuda.set_per_process_memory_fraction(1 / jobs)
            yield f"cuda:{number}"
    elif device in ("auto", "mps") and torch.backends.mps.is_available():
        with lease_slot(["mps"], read_jobs_per_gpu()):
            yield "mps"
    elif device in ("auto", "cpu"):
        yield "cpu"
    else:
        raise UserError(f"training.device is {device}, but torch finds none here: set it to auto or cpu.")


def read_jobs_per_gpu() -> int:
    """Return how many jobs may use one GPU at once, by the environment's VIDEOFER_JOBS_PER_GPU; else 1."""
    given = os.environ.get(SHARE, "1")
    if not given.isdecimal() or int(given) < 1:
        raise UserError(f"{SHARE} is '{given}': give the number of jobs that may share a GPU, 1 or more.")
    return int(given)


def name_cuda_devices() -> list[str]:
    """Return a name for each device that torch sees, the same in every job however it numbers what it sees.

    A cluster may show each job its own device alone, as number 0; identifiers differ. Parts of an NVIDIA device
    (MIG) share its identifier, but differ by the names that CUDA_VISIBLE_DEVICES gives.
    """
    import torch

    given = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    names = [str(torch.cuda.get_device_properties(n).uuid) for n in range(torch.cuda.device_count())]
    parts = {n: name.replace("/", "-") for n, name in enumerate(given) if name.startswith("MIG-")}
    return [parts.get(n, name) for n, name in enumerate(names)]


@contextlib.contextmanager
def lease_slot(names: Sequence[str], jobs: int) -> Iterator[int]:
    """Wait for a device that fewer than `jobs` processes of this user lease, and yield its position in `names`.

    Free devices are taken before shared ones.
    """
    from filelock import FileLock, Timeout  # the Snakefile imports this module with no package but its own

    folder = Path(tempfile.gettempdir()) / f"videofer-gpu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    slots = itertools.product(range(jobs), enumerate(names))
    locks = [(number, FileLock(folder / f"{name}.{slot}.lock")) for slot, (number, name) in slots]
    for attempt in itertools.count():
        for number, lock in locks:
            with contextlib.suppress(Timeout), lock.acquire(timeout=0):
                yield number
                return
        if attempt == 0:
            log.info("waiting for a GPU: %d jobs may run on the %d of this machine", len(locks), len(names))
        time.sleep(POLL_SECONDS)
