"""Find recordings that were written anew, or under another name, by the perceptual hashes of their frames."""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

# Share of bits that differ. Of 96 rendered clips, twelve of them written anew by other codecs, at half the size,
# cut, brightened or at 15 frames a second were at most 0.03 from the original; any two clips at least 0.14 apart.
# A picture cropped by 5 % (0.15 to 0.18) or mirrored (0.5) is not recognised.
NEAR = 0.08
BLOCK = 256  # clips that are compared with as many others at once
# What is left out is decided by nine tenths of the frames, not by half of them: two clips of a person who sits
# still may begin alike. Of the same copies they were at most 0.03 from the original, of different clips over 0.15.
SAME = 0.05
MOST = 0.9


def find_near_duplicates(hashes: np.ndarray) -> list[tuple[int, int, float]]:
    """Return (position, later position, distance) of videos at most `NEAR` apart, by hashes (N, 16, 32) uint8."""
    found = []
    for top, left in combinations_with_replacement(range(0, len(hashes), BLOCK), 2):
        distance = hash_distances(hashes[top : top + BLOCK], hashes[left : left + BLOCK])
        near = np.argwhere(distance <= NEAR).tolist()
        found += [(top + i, left + j, float(distance[i, j])) for i, j in near if top + i < left + j]
    return sorted(found)


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


def is_copy(first: np.ndarray, second: np.ndarray) -> bool:
    """Return whether one video (16, 32) uint8 has a frame like nearly every frame of the other."""
    differ = np.bitwise_count(first[:, None] ^ second[None]).sum(axis=2) / (8 * first.shape[1])
    return min(np.quantile(differ.min(axis=side), MOST) for side in (0, 1)) <= SAME


def find_copies(hashes: np.ndarray, rows: Sequence) -> dict[int, str]:
    """Return position -> sentence for clips that show the same recording as another one.

    hashes: (N, 16, 32) uint8; rows: the manifest's. Of copies under one subject and label the first stays, under
    different ones none does. Clips of one video file are parts of it, not copies.
    """
    reasons, stays = {}, {}
    named = any(row.subject != row.clip for row in rows)  # else the set names nobody
    for i, j, _ in find_near_duplicates(hashes):
        a, b = rows[i], rows[j]
        if a.video == b.video or not is_copy(hashes[i], hashes[j]):
            continue
        strangers = named and a.subject != b.subject
        if a.label == b.label and not strangers:
            stays[j] = stays.get(i, i)
            first = rows[stays[j]].video
            reasons.setdefault(j, f"{b.video} shows the same recording as {first}, which is used.")
            continue
        what = "subjects" if strangers else "labels"
        pair = " and ".join(f"{row.video} ({row.subject}, {row.label})" for row in (a, b))
        sentence = f"{pair} show one recording under two {what}, one of which must be wrong: keep the right one."
        reasons |= {i: sentence, j: sentence}
    return reasons
