"""Augmentation: exactly the paper's eight versions of a clip (section 4.1)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.core.artifacts import read_arrays, stream_arrays
from videofer.core.landmarks import MIRROR_ORDER

# Version 0 is the original, version 1 its mirror image, then the rotations in the paper's order (degrees,
# counter-clockwise). "The final data volume is 8 times": the mirror image itself is not rotated.
ANGLES = (0, 0, 5, 10, 15, -5, -10, -15)
MIRRORED = 1


def augment_clips(clips_path: str | Path, out: str | Path, size: int, corners: str, code: str) -> None:
    """Write the eight versions of all clips with their landmarks, originals first.

    clip (N, T, S, S) -> (N, 8, T, size, size) uint8; landmarks (N, T, 68, 2) in pixels of the S x S frame ->
    (N, 8, T, 68, 2) float32 in pixels of the size x size frame, as x and y.
    """
    clips = read_arrays(clips_path, "clips")
    count, frames, side = clips["clip"].shape[:3]
    shapes = {
        "clip": ((count, len(ANGLES), frames, size, size), np.uint8),
        "landmarks": ((count, len(ANGLES), *clips["landmarks"].shape[1:]), np.float32),
    }
    parameters = {"angles": ANGLES, "mirrored": MIRRORED, "size": size, "corners": corners, "code": code}
    with stream_arrays(out, "augmented", shapes, parameters, inputs=[clips_path]) as rows:
        for number, (clip, landmarks) in enumerate(zip(clips["clip"], clips["landmarks"], strict=True)):
            rows["clip"][number] = augment_clip(clip, size, corners)
            rows["landmarks"][number] = augment_landmarks(landmarks[None], side, size)[0]


def augment_clip(clip: np.ndarray, size: int, corners: str) -> np.ndarray:
    """Return the eight versions of one clip: (T, S, S) uint8 -> (8, T, size, size), all frames treated alike.

    corners "face" rotates the wider crop, whose margin fills the corners (a square of 48 rotated by 15 degrees
    needs 59 of the 64 pixels); "black" rotates the inner square alone, as an image library does by default.
    """
    if corners == "black":
        clip = crop_centre(clip, size)
    versions = [np.stack([rotate(frame, angle, size) for frame in clip]) for angle in ANGLES]
    versions[MIRRORED] = versions[MIRRORED][..., ::-1]
    return np.stack(versions)


def augment_landmarks(landmarks: np.ndarray, side: int, size: int) -> np.ndarray:
    """Move landmarks as `augment_clip` moves the frames: (N, T, 68, 2) -> (N, 8, T, 68, 2) float32.

    landmarks: x and y in pixels of the `side` x `side` frame, 0 being the middle of the first pixel; the result
    in pixels of the inner `size` x `size`. In the mirrored version left and right landmarks are exchanged.
    """
    x, y = np.moveaxis(landmarks.astype(np.float64) - (side - 1) / 2, -1, 0)
    versions = []
    for angle in np.deg2rad(ANGLES):  # counter-clockwise to the eye, with y downwards
        rotated = (x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle))
        versions.append(np.stack(rotated, axis=-1))
    versions[MIRRORED] = (versions[MIRRORED] * [-1, 1])[..., MIRROR_ORDER, :]
    return (np.stack(versions, axis=1) + (size - 1) / 2).astype(np.float32)


def rotate(frame: np.ndarray, angle: float, size: int) -> np.ndarray:
    """Rotate a square frame counter-clockwise, in degrees, and return its inner `size` x `size` pixels."""
    if angle == 0:
        return crop_centre(frame, size)
    rotated = Image.fromarray(frame).rotate(angle, resample=Image.Resampling.BICUBIC)
    return crop_centre(np.asarray(rotated), size)


def crop_centre(frames: np.ndarray, size: int) -> np.ndarray:
    """Return the central square of `size` pixels of the last two axes."""
    top = (frames.shape[-1] - size) // 2
    return frames[..., top : top + size, top : top + size]


def training_samples(clips: Sequence[int]) -> np.ndarray:
    """List the (clip, version) pairs of training clips: (8 * len(clips), 2), each version of each clip once."""
    return np.array([(clip, version) for clip in clips for version in range(len(ANGLES))], np.int64).reshape(-1, 2)
