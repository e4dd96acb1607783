"""Perceptual hashes of videos: the same recording gives nearly the same bits whatever its file looks like."""

import imagehash
import numpy as np
from PIL import Image

FRAMES = 16  # spread evenly over the video
SIDE = 16  # of the hash: 16 x 16 bits a frame


def hash_video(frames: np.ndarray) -> np.ndarray:
    """Return a perceptual hash of 16 whole frames, evenly spread: (T, H, W) uint8 -> (16, 32) uint8, packed bits.

    The hash keeps the signs of a frame's lowest cosine frequencies, which compression, scaling and brightness
    hardly change (pHash, as in the package ImageHash).
    """
    chosen = ((np.arange(FRAMES) + 0.5) * len(frames) / FRAMES).astype(int)
    bits = [imagehash.phash(Image.fromarray(frames[frame]), hash_size=SIDE).hash for frame in chosen]
    return np.packbits(np.reshape(bits, (FRAMES, -1)), axis=1)


def hash_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distances between all pairs of videos: (N, 16, 32) and (M, 16, 32) uint8 -> (N, M) in 0..1.

    Of a pair it is the median over one video's frames of the share of bits that differ from the most similar
    frame of the other, so that a cut or shifted copy is still found; the smaller of both directions counts.
    """
    # Words of 64 bits: (N, 16, 4), and of the second (4, 16, M), the longest axis last.
    a, b = (np.ascontiguousarray(hashes).view(np.uint64) for hashes in (first, second))
    b = np.ascontiguousarray(b.transpose(2, 1, 0))
    distances = np.empty((len(a), b.shape[-1]), np.float32)
    for row, video in enumerate(a):
        differ = sum(
            np.bitwise_count(word[:, None, None] ^ others).astype(np.uint16)
            for word, others in zip(video.T, b, strict=True)
        )
        forth, back = differ.min(axis=1), differ.min(axis=0)  # of (16, 16, M)
        distances[row] = np.minimum(np.median(forth, axis=0), np.median(back, axis=0))
    return distances / (8 * first.shape[2])
