"""Memory that a training frees and takes again at every step stays in the process."""

import contextlib
import ctypes

# glibc's malloc.h: a parameter's number, and its value in bytes.
SETTINGS = (
    (-1, 512 * 2**20),  # M_TRIM_THRESHOLD: free memory at the heap's end above which it goes back to the system
    (-3, 32 * 2**20),  # M_MMAP_THRESHOLD: from which a block is mapped by itself; glibc allows no more
)


def keep_freed_memory() -> None:
    """Let glibc's malloc keep what is freed, up to 512 MiB; elsewhere do nothing.

    By default each step's tensors go back to the system, which clears their pages anew for the next step:
    `python -m benchmarks.training_job` measures what that costs.
    """
    with contextlib.suppress(OSError, AttributeError):  # no glibc
        libc = ctypes.CDLL("libc.so.6")
        for parameter, value in SETTINGS:
            libc.mallopt(parameter, value)
