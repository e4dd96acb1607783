"""From the frames of a face to the clips that a model answers: cut, placed and scaled as in the training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from videofer.clips.augment import augment_landmarks, crop_centre
from videofer.clips.peak import crop_clip, map_landmarks
from videofer.faces.detect import steady_track
from videofer.predict.bundle.contents import Preparation
from videofer.predict.quality import Quality, measure_quality
from videofer.predict.tracking import Seen, Track

# Frames before and after a window that its face square is smoothed over; the training had the whole sequence.
CONTEXT = 16


@dataclass(frozen=True)
class Window:
    """A face over some frames, ready to be answered.

    face: its lasting number; numbers, times (T,): of the frames; boxes (T, 4): the face square in each frame, left,
    top, right, bottom in pixels of the video; clip (T, 48, 48) uint8; landmarks (T, 68, 2) in pixels of the clip.
    """

    face: int
    numbers: np.ndarray
    times: np.ndarray
    boxes: np.ndarray
    clip: np.ndarray
    landmarks: np.ndarray
    quality: Quality


def is_due(track: Track, preparation: Preparation, ended: bool) -> bool:
    """Tell whether `take_windows` would give a window, so that the face needs its number now."""
    known = track.passed + len(track.seen)
    if track.windows + preparation.length + (0 if ended else CONTEXT) <= known:
        return True
    return ended and (track.windows > 0 or known >= preparation.min_frames)


def take_windows(
    track: Track, preparation: Preparation, stride: int, scale: float, ended: bool
) -> Iterator[Window]:
    """Yield the windows of a track that can be cut now, one each `stride` frames, and forget what none needs again.

    scale: pixels of the video over those of the frames. A window is cut once CONTEXT frames after it are known. Of
    an ended track all are cut, the last one so that it ends with the track; one of `min_frames` frames or more that
    is shorter than a window is stretched, as `peak.choose_frames` does.
    """
    length = preparation.length
    known = track.passed + len(track.seen)
    while track.windows + length + (0 if ended else CONTEXT) <= known:
        start = track.windows - track.passed
        yield cut_window(track, np.arange(start, start + length), preparation, scale)
        track.windows += stride
        forget = max(0, track.windows - CONTEXT - track.passed)
        # The last window of all may reach back from the track's end.
        forget = min(forget, max(0, len(track.seen) - length - CONTEXT))
        track.passed += forget
        del track.seen[:forget]
    if not ended:
        return
    reached = track.windows - stride + length
    if track.windows > 0 and reached < known:
        yield cut_window(track, np.arange(known - length, known) - track.passed, preparation, scale)
    elif track.windows == 0 and known >= preparation.min_frames:
        yield cut_window(track, ((np.arange(length) + 0.5) * known / length).astype(np.int64), preparation, scale)


def cut_window(track: Track, places: np.ndarray, preparation: Preparation, scale: float) -> Window:
    """Cut the frames at `places` (T,) of what is kept of a track."""
    first = max(0, int(places[0]) - CONTEXT)
    around: list[Seen] = track.seen[first : int(places[-1]) + 1 + CONTEXT]
    chosen = places - first
    landmarks = np.stack([one.landmarks for one in around])
    square = steady_track(np.stack([one.box for one in around]), landmarks, preparation.track)
    square = square.astype(np.float32)[chosen]  # as a 'faces' artifact keeps it
    seen = [around[place] for place in chosen]
    size, margin = preparation.size, preparation.margin
    clip = crop_centre(crop_clip(np.stack([one.frame.pixels for one in seen]), square, size, margin), size)
    mapped = map_landmarks(landmarks[chosen], square, size, margin)
    centre, side = square[:, :2].astype(np.float64), square[:, 2:].astype(np.float64)
    return Window(
        face=track.face,
        numbers=np.array([one.frame.number for one in seen]),
        times=np.array([one.frame.time for one in seen]),
        boxes=np.concatenate([centre - side / 2, centre + side / 2], axis=1) * scale,
        clip=np.ascontiguousarray(clip),
        landmarks=augment_landmarks(mapped[None], size + 2 * margin, size)[0, 0],
        quality=measure_quality(seen, float(side[0, 0]), scale, clip),
    )
