"""Cut the square face track out of frames, and move its landmarks along."""

import numpy as np
from PIL import Image


def crop_clip(frames: np.ndarray, track: np.ndarray, size: int, margin: int) -> np.ndarray:
    """Cut the square face track (T, 3) out of frames (T, H, W): (T, size + 2 margin, ...) uint8.

    The face box is scaled to `size` pixels, sub-pixel exact and antialiased, with `margin` pixels more on
    every side; beyond the frame its edge pixels are repeated.
    """
    pixels = size + 2 * margin
    clip = np.empty((len(frames), pixels, pixels), np.uint8)
    for frame, (x, y, side), cropped in zip(frames, track.astype(np.float64), clip, strict=True):
        half = side * pixels / size / 2
        height, width = frame.shape
        # The antialiasing filter reaches beyond the box by up to one pixel of the result.
        reach = half + side / size + 1
        pad = max(0, int(np.ceil(max(reach - x, reach - y, x + reach - width, y + reach - height))))
        image = Image.fromarray(np.pad(frame, pad, mode="edge"))
        box = (x - half + pad, y - half + pad, x + half + pad, y + half + pad)
        cropped[:] = image.resize((pixels, pixels), Image.Resampling.BILINEAR, box=box)
    return clip


def map_landmarks(landmarks: np.ndarray, track: np.ndarray, size: int, margin: int) -> np.ndarray:
    """Map landmarks (T, 68, 2) from frame pixels to the pixels of `crop_clip`.

    A landmark of dlib names the middle of a pixel, whose left edge is 0.5 before it; the result does, too.
    """
    x, y, side = track.astype(np.float64).T
    scale = (size / side)[:, None, None]
    centre = np.stack([x, y], axis=1)[:, None]
    return ((landmarks + 0.5 - centre) * scale + (size + 2 * margin) / 2 - 0.5).astype(np.float32)
