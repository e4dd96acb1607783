"""Augmentation: exactly the paper's eight versions of a clip (section 4.1)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.artifacts import read_arrays, write_arrays

# Version 0 is the original, version 1 its mirror image, then the rotations in the paper's order (degrees,
# counter-clockwise). "The final data volume is 8 times": the mirror image itself is not rotated.
ANGLES = (0, 0, 5, 10, 15, -5, -10, -15)
MIRRORED = 1


def augment_clips(clips_path: str | Path, out: str | Path, size: int, corners: str, code: str) -> None:
    """Write the eight versions of all clips: (N, T, S, S) -> (N, 8, T, size, size) uint8, originals first."""
    clips = read_arrays(clips_path, "clips")
    versions = np.stack([augment_clip(clip, size, corners) for clip in clips["clip"]])
    parameters = {"angles": ANGLES, "mirrored": MIRRORED, "size": size, "corners": corners, "code": code}
    write_arrays(out, "augmented", {"clip": versions}, parameters, inputs=[clips_path])


def augment_clip(clip: np.ndarray, size: int, corners: str) -> np.ndarray:
    """Return the eight versions of one clip: (T, S, S) uint8 -> (8, T, size, size), all frames treated alike.

    corners "face" turns the wider crop, whose margin fills the corners (a square of 48 turned by 15 degrees needs
    59 of the 64 pixels); "black" turns the inner square alone, as an image library does by default.
    """
    if corners == "black":
        clip = crop_centre(clip, size)
    versions = [np.stack([rotate(frame, angle, size) for frame in clip]) for angle in ANGLES]
    versions[MIRRORED] = versions[MIRRORED][..., ::-1]
    return np.stack(versions)


def rotate(frame: np.ndarray, angle: float, size: int) -> np.ndarray:
    """Turn a square frame counter-clockwise about its centre and return its inner `size` x `size` pixels."""
    if angle == 0:
        return crop_centre(frame, size)
    turned = Image.fromarray(frame).rotate(angle, resample=Image.Resampling.BICUBIC)
    return crop_centre(np.asarray(turned), size)


def crop_centre(frames: np.ndarray, size: int) -> np.ndarray:
    """Return the central square of the last two axes."""
    top = (frames.shape[-1] - size) // 2
    return frames[..., top : top + size, top : top + size]


def training_samples(clips: Sequence[int]) -> np.ndarray:
    """List the (clip, version) pairs of training clips: (8 * len(clips), 2), each version of each clip once."""
    return np.array([(clip, version) for clip in clips for version in range(len(ANGLES))], dtype=np.int64)
