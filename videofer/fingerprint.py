"""Perceptual fingerprints of videos: the same recording gives nearly the same bits whatever its file looks like."""

import imagehash
import numpy as np
from PIL import Image

FRAMES = 16  # spread evenly over the video
SIDE = 16  # of the hash: 16 x 16 bits a frame


def fingerprint_video(frames: np.ndarray) -> np.ndarray:
    """Return a perceptual hash of 16 whole frames, evenly spread: (T, H, W) uint8 -> (16, 32) uint8, packed bits.

    The hash keeps the signs of a frame's lowest cosine frequencies, which compression, scaling and brightness
    hardly change (pHash, as in the package ImageHash).
    """
    chosen = ((np.arange(FRAMES) + 0.5) * len(frames) / FRAMES).astype(int)
    bits = [imagehash.phash(Image.fromarray(frames[frame]), hash_size=SIDE).hash for frame in chosen]
    return np.packbits(np.reshape(bits, (FRAMES, -1)), axis=1)


def fingerprint_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distances between all pairs of videos: (N, 16, 32) and (M, 16, 32) uint8 -> (N, M) in 0..1.

    Of a pair it is the median over one video's frames of the share of bits that differ from the most similar
    frame of the other, so that a cut or shifted copy is still found; the smaller of both directions counts.
    """
    # With bits as +1 and -1, a dot product is 256 - 2 x (number of bits that differ).
    a, b = (1 - 2 * np.unpackbits(f, axis=2).astype(np.float32) for f in (first, second))
    bits = a.shape[2]
    distances = np.empty((len(a), len(b)), np.float32)
    for row, video in enumerate(a):
        differ = (bits - np.einsum("tk,nsk->nts", video, b, optimize=True)) / 2 / bits
        forth, back = differ.min(axis=2), differ.min(axis=1)
        distances[row] = np.minimum(np.median(forth, axis=1), np.median(back, axis=1))
    return distances
