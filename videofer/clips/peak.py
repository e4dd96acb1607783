"""Choose the peak of an expression and cut the face clip out: the step select_peak."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.clips.fingerprint import fingerprint_video
from videofer.clips.motion import CELLS, measure_change
from videofer.core.artifacts import write_arrays
from videofer.core.errors import RejectedClip, UserError
from videofer.core.rejection import read_accepted, rejection_kept

log = logging.getLogger(__name__)

PLATEAU = 0.9  # windows whose motion reaches this part of the greatest one form the peak's plateau


@dataclass(frozen=True)
class Annotation:
    """Where the list says the expression rises, peaks and falls; frame numbers of the video, from 0."""

    onset: int | None = None
    apex: int | None = None
    offset: int | None = None

    def counted_from(self, start: int) -> "Annotation":
        """Return the same annotation with `start` as frame 0."""
        return Annotation(*(None if n is None else n - start for n in (self.onset, self.apex, self.offset)))

    def centre(self) -> float | None:
        """Return the apex, or else the middle between onset and offset, or None."""
        if self.apex is not None:
            return self.apex
        if self.onset is not None and self.offset is not None:
            return (self.onset + self.offset) / 2
        return None


def measure_motion(frames: np.ndarray, track: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return how far the expression has come in each frame, (T,), in grey levels; nan where there is no face.

    Of frames (T, H, W), a face's track (T, 3) and source (T,), 0 = no face; see `motion.measure_change`.
    """
    motion, there = np.full(len(source), np.nan), source > 0
    motion[there] = measure_change(crop_clip(frames, track, CELLS, 0)[there])
    return motion


def choose_frames(
    source: np.ndarray,
    method: str = "middle",
    length: int = 16,
    min_frames: int = 8,
    annotation: Annotation = Annotation(),
    motion: np.ndarray | None = None,
) -> np.ndarray:
    """Choose `length` frames (T indices) of a clip with source (T,), 0 = no face.

    "middle": consecutive frames around the middle of the sequence (paper section 4.1: "the
    middle 16 frames of peak expressions").
    "apex": around the plateau of the greatest `motion` (T,) (`measure_motion`). "annotated": around the apex that
    the data set states, or the middle between its onset and offset; the middle of the sequence where it states
    neither.
    The frames keep inside the sequence and off those without a face. A run of `min_frames` to `length`
    frames is stretched: each of its frames is repeated as evenly as possible. Raises RejectedClip.
    """
    total = len(source)
    if method not in ("middle", "apex", "annotated"):
        raise UserError(f"readings: clips: peak is {method!r}, but only middle, apex and annotated exist.")
    centre = (total - 1) / 2
    if method == "annotated":
        stated = annotation.centre()
        centre = centre if stated is None else stated
        if not 0 <= centre <= total - 1:
            raise RejectedClip(f"its apex lies outside of the {total} frames of the sequence.")
    runs = _runs(source > 0)
    longest = max(stop - first for first, stop in runs) if runs else 0
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
    annotation: Annotation,
    code: str,
) -> None:
    """Cut the peak of one clip into a 'clip' artifact: clip, landmarks, frame numbers, times and fingerprint."""
    parameters = {"method": method, "length": length, "size": size, "margin": margin}
    parameters |= {"min_frames": min_frames, "code": code}
    with rejection_kept("select", out, "clip", parameters, [frames, faces]):
        found = read_accepted(faces, "faces")
        video = read_accepted(frames, "frames")
        start = video.parameters["start"]
        seen = video["frames"], found["track"], found["source"]
        motion = measure_motion(*seen) if method == "apex" else None
        chosen = choose_frames(found["source"], method, length, min_frames, annotation.counted_from(start), motion)
        track = found["track"][chosen]
        remarks = list(found.parameters["remarks"])
        if method == "annotated" and annotation.centre() is None:
            remarks.append("No apex is annotated: the middle of the sequence is taken.")
        log.info("frames %d to %d of %d", chosen[0] + start, chosen[-1] + start, len(found["source"]))
        arrays = {
            "clip": crop_clip(video["frames"][chosen], track, size, margin),
            "landmarks": map_landmarks(found["landmarks"][chosen], track, size, margin),
            "frames": (chosen + start).astype(np.int32),
            "times": video["times"][chosen],
            "fingerprint": fingerprint_video(video["frames"]),
        }
        write_arrays(out, "clip", arrays, parameters | {"remarks": remarks}, [frames, faces])


def _runs(there: np.ndarray) -> list[tuple[int, int]]:
    """Return (first, stop) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


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
