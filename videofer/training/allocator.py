"""Memory that a training frees and takes again at every step stays in the process."""

import ctypes
import sys

# glibc's malloc.h: the parameter's number, and the bytes given to it.
TRIM_THRESHOLD = (-1, 512 * 2**20)  # of free memory at the heap's end, above which it goes back to the system
TOP_PAD = (-2, 64 * 2**20)  # by which the heap grows beyond what was asked for
MMAP_THRESHOLD = (-3, 32 * 2**20)  # from which a block is mapped by itself; glibc allows no more


def keep_freed_memory() -> bool:
    """Let glibc's malloc keep what is freed, up to 512 MiB, and tell whether it does.

    By default each step's tensors go back to the system, which clears their pages anew for the next step. Does
    nothing where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    return all(libc.mallopt(*setting) == 1 for setting in (TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD))
