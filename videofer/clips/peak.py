"""Choose the peak of an expression and cut the face clip out: the step select_peak."""

import logging
from pathlib import Path

import numpy as np

from videofer.clips.crop import crop_clip, map_landmarks
from videofer.clips.expression_motion import measure_motion
from videofer.clips.perceptual_hash import hash_video
from videofer.core.artifacts import write_arrays
from videofer.core.clip import read_accepted, rejection_kept
from videofer.core.errors import RejectedClip, UserError

log = logging.getLogger(__name__)

PLATEAU = 0.9  # windows whose motion reaches this part of the greatest one form the peak's plateau


def select_peak(
    frames: str | Path,
    faces: str | Path,
    out: str | Path,
    *,
    method: str,
    length: int,
    size: int,
    margin: int,
    min_frames: int,
    onset: int | None,
    apex: int | None,
    offset: int | None,
    code: str,
) -> None:
    """Cut the peak of one clip into a 'clip' artifact: clip, landmarks, frame numbers, times, hash ("fingerprint").

    onset, apex, offset: frame numbers of the video, from 0, that the data set states, or None; see `choose_frames`.
    """
    parameters = {"method": method, "length": length, "size": size, "margin": margin}
    parameters |= {"min_frames": min_frames, "code": code}
    with rejection_kept("select", out, "clip", parameters, [frames, faces]):
        face = read_accepted(faces, "faces")
        video = read_accepted(frames, "frames")
        pixels, source, start = video["frames"], face["source"], video.parameters["start"]
        remarks = list(face.parameters["remarks"])
        motion = stated = None
        if method == "apex":
            motion = measure_motion(pixels, face["track"], source)
        elif method == "annotated":
            if apex is not None:
                stated = apex - start
            elif onset is not None and offset is not None:
                stated = (onset + offset) / 2 - start
            else:
                remarks.append("No apex is annotated: the middle of the sequence is taken.")
        chosen = choose_frames(source, method, length, min_frames, stated, motion)
        track = face["track"][chosen]
        log.info("frames %d to %d of %d", chosen[0] + start, chosen[-1] + start, len(source))
        arrays = {
            "clip": crop_clip(pixels[chosen], track, size, margin),
            "landmarks": map_landmarks(face["landmarks"][chosen], track, size, margin),
            "frames": (chosen + start).astype(np.int32),
            "times": video["times"][chosen],
            "fingerprint": hash_video(pixels),
        }
        write_arrays(out, "clip", arrays, parameters | {"remarks": remarks}, [frames, faces])


def choose_frames(
    source: np.ndarray,
    method: str,
    length: int,
    min_frames: int,
    stated: float | None = None,
    motion: np.ndarray | None = None,
) -> np.ndarray:
    """Choose `length` frames (T indices) of a clip with source (T,), 0 = no face.

    "middle": consecutive frames around the middle of the sequence (paper section 4.1: "the middle 16 frames of peak
    expressions"). "apex": around the plateau of the greatest `motion` (T,). "annotated": around `stated`, the frame
    of the apex or the middle between onset and offset; the middle of the sequence where that is None.
    The frames keep inside the sequence and off those without a face. A run of `min_frames` to `length`
    frames is stretched: each of its frames is repeated as evenly as possible. Raises RejectedClip.
    """
    total = len(source)
    if method not in ("middle", "apex", "annotated"):
        raise UserError(f"readings: clips: peak is {method!r}, but only middle, apex and annotated exist.")
    centre = (total - 1) / 2 if stated is None else stated
    if not 0 <= centre <= total - 1:
        raise RejectedClip(f"its apex lies outside of the {total} frames of the sequence.")
    edges = np.flatnonzero(np.diff(np.concatenate(([False], source > 0, [False])).astype(np.int8)))
    runs = edges.reshape(-1, 2).tolist()  # first frame with a face, and the first without one after it
    longest = max((stop - first for first, stop in runs), default=0)
    if longest < min_frames:
        raise RejectedClip(
            f"the face shows in {longest} frames in a row, fewer than {min_frames} (clips: min_frames)."
        )
    if longest < length:
        first = next(first for first, stop in runs if stop - first == longest)
        log.warning("%d frames in a row are stretched to %d", longest, length)
        return first + ((np.arange(length) + 0.5) * longest / length).astype(np.int64)
    starts = np.concatenate([np.arange(first, stop - length + 1) for first, stop in runs])
    if method == "apex":
        centre = _plateau_centre(motion, starts, length)
    start = starts[np.argmin(np.abs(starts + (length - 1) / 2 - centre))]
    return np.arange(start, start + length)


def _plateau_centre(motion: np.ndarray, starts: np.ndarray, length: int) -> float:
    """Return the frame, and part of one, in the middle of the windows that reach PLATEAU of the strongest one."""
    strength = np.array([motion[start : start + length].mean() for start in starts])
    best = int(np.argmax(strength))
    least = PLATEAU * strength[best]

    def reach(step: int) -> float:
        """Return where the plateau ends: between two windows of one run, where the line through both crosses."""
        end = best
        while 0 <= end + step < len(starts) and starts[end + step] == starts[end] + step:
            if strength[end + step] < least:
                return starts[end] + step * (strength[end] - least) / (strength[end] - strength[end + step])
            end += step
        return starts[end]

    return (reach(-1) + reach(1) + length - 1) / 2
