"""Pictures and folders of them."""

from pathlib import Path

import numpy as np

from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES
from videofer.video.decode import _open, probe_pictures, read_pictures

__all__ = ["is_picture", "is_sequence", "probe_pictures", "read_pictures", "read_still"]


def is_sequence(path: str | Path) -> bool:
    """Return whether `read_pictures` reads a path: a folder."""
    return Path(path).is_dir()


def is_picture(path: str | Path) -> bool:
    """Return whether a file is a single still picture."""
    return Path(path).suffix.lower() in PICTURES and Path(path).is_file()


def read_still(path: str | Path) -> np.ndarray:
    """Read a single picture: (H, W) uint8 grey (0-255), upright; raises RejectedClip."""
    if Path(path).stat().st_size == 0:
        raise RejectedClip(f"{path} is empty (0 bytes): copy the file again.")
    return np.asarray(_open(Path(path)))
