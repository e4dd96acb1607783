"""From the frames of a face to the clips that a model classifies: cut, placed and scaled as in the training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from videofer.clips.augment import augment_landmarks, crop_centre
from videofer.clips.peak import crop_clip, map_landmarks
from videofer.faces.detect import steady_track
from videofer.predict.bundle.contents import Preparation
from videofer.predict.quality import Quality, measure_quality
from videofer.predict.tracking import Track

# Frames before and after a window that its face square is smoothed over; the training had the whole sequence.
CONTEXT = 16


@dataclass(frozen=True)
class Window:
    """A face over T frames of a video, and what the model makes of it.

    face: its lasting number; numbers, times (T,): of the frames; boxes (T, 4): the face square in each frame, left,
    top, right, bottom in pixels of the video; probabilities (J,) of the classes, None until it is classified.
    """

    face: int
    numbers: np.ndarray
    times: np.ndarray
    boxes: np.ndarray
    quality: Quality
    probabilities: np.ndarray | None = None


def list_windows(track: Track, preparation: Preparation, stride: int, ended: bool) -> Iterator[np.ndarray]:
    """Yield the windows of a track that can be cut now, as positions (T,) in its observations.

    They start `stride` frames apart. A window is complete once CONTEXT frames after it are known. Of an ended track
    all are complete, the last one so that it ends with the track; a track of `min_frames` frames or more that is
    shorter than a window is stretched, as `peak.choose_frames` does. Observations that no later window needs are
    dropped after each.
    """
    length = preparation.length
    while track.next_window + length + (0 if ended else CONTEXT) <= len(track):
        start = track.next_window - track.dropped
        yield np.arange(start, start + length)
        track.next_window += stride
        unneeded = track.next_window - CONTEXT - track.dropped
        # The last window of all may reach back from the track's end.
        unneeded = max(0, min(unneeded, len(track.observations) - length - CONTEXT))
        track.dropped += unneeded
        del track.observations[:unneeded]
    if not ended:
        return
    if track.next_window == 0 and len(track) >= preparation.min_frames:
        yield ((np.arange(length) + 0.5) * len(track) / length).astype(np.int64)
    elif 0 < track.next_window < len(track) - length + stride:
        yield np.arange(len(track) - length, len(track)) - track.dropped


def cut_window(
    track: Track, positions: np.ndarray, preparation: Preparation
) -> tuple[Window, np.ndarray, np.ndarray]:
    """Cut one window, the observations at `positions` (T,), of a track.

    Returns it with its clip (T, 48, 48) uint8 and landmarks (T, 68, 2) in pixels of the clip.
    """
    first = max(0, int(positions[0]) - CONTEXT)
    around = track.observations[first : int(positions[-1]) + 1 + CONTEXT]
    chosen = positions - first
    landmarks = np.stack([face.landmarks for face in around])
    square = steady_track(np.stack([face.box for face in around]), landmarks, preparation.track)
    square = square.astype(np.float32)[chosen]  # as a 'faces' artifact keeps it
    faces = [around[position] for position in chosen]
    size, margin = preparation.size, preparation.margin
    clip = crop_clip(np.stack([face.frame.pixels for face in faces]), square, size, margin)
    clip = np.ascontiguousarray(crop_centre(clip, size))
    mapped = map_landmarks(landmarks[chosen], square, size, margin)
    centre, side = square[:, :2].astype(np.float64), square[:, 2:].astype(np.float64)
    window = Window(
        face=track.face,
        numbers=np.array([face.frame.number for face in faces]),
        times=np.array([face.frame.time for face in faces]),
        boxes=np.concatenate([centre - side / 2, centre + side / 2], axis=1) * faces[0].frame.scale,
        quality=measure_quality(faces, float(side[0, 0]), clip),
    )
    return window, clip, augment_landmarks(mapped[None], size + 2 * margin, size)[0, 0]
