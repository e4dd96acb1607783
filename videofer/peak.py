"""Choose the peak of an expression and cut the face clip out: the step select_peak."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from videofer.artifacts import write_arrays
from videofer.errors import RejectedClip, UserError
from videofer.fingerprint import fingerprint_video
from videofer.rejection import read_accepted, rejection_kept
from videofer.tracks import EYE_CORNERS, RIGID

log = logging.getLogger(__name__)

# Landmarks, iBUG numbering: 0-16 jaw, 17-26 brows, 27-30 nose bridge, 31-35 nostrils, 36-47 eyes, 48-67 mouth.
EXPRESSIVE = [*range(17, 27), *range(31, 36), *range(48, 68)]  # no eyelids: a blink is not an expression
NEUTRAL_FRAMES = 5  # the clip's first frames are taken to be neutral
MEDIAN_WINDOW = 5  # frames
PLATEAU = 0.95  # windows whose motion reaches this part of the greatest one form the peak's plateau


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


def align_landmarks(landmarks: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Move, turn and scale landmarks (T, 68, 2) so that their rigid points fit those of `reference` (68, 2).

    Least squares over the similarity transforms (Procrustes; Umeyama 1991). Points are complex numbers
    here: a similarity is z -> a z + b, and `a` follows from one complex regression.
    """
    points = landmarks[..., 0] + 1j * landmarks[..., 1]
    target = reference[RIGID, 0] + 1j * reference[RIGID, 1]
    rigid = points[:, RIGID]
    middle = rigid.mean(axis=1, keepdims=True)
    centred = rigid - middle
    turn = (centred.conj() @ (target - target.mean())) / (np.abs(centred) ** 2).sum(axis=1)
    aligned = turn[:, None] * (points - middle) + target.mean()
    return np.stack([aligned.real, aligned.imag], axis=-1)


def measure_motion(landmarks: np.ndarray) -> np.ndarray:
    """Return how far brows, nostrils and mouth are from their rest, (T,), in distances between the eyes.

    Rest is the median of the first five frames that show a face. Head motion and scale are taken out
    by `align_landmarks`, the jitter of single frames by a running median; nan where there is no face.
    """
    motion = np.full(len(landmarks), np.nan)
    there = np.flatnonzero(np.isfinite(landmarks[:, 0, 0]))
    points = landmarks[there].astype(np.float64)
    reference = np.median(points[:NEUTRAL_FRAMES], axis=0)
    eyes = np.linalg.norm(reference[EYE_CORNERS[0]] - reference[EYE_CORNERS[1]])
    padded = np.pad(align_landmarks(points, reference), ((MEDIAN_WINDOW // 2,) * 2, (0, 0), (0, 0)), mode="reflect")
    smooth = np.median(sliding_window_view(padded, MEDIAN_WINDOW, axis=0), axis=-1)
    rest = np.median(smooth[:NEUTRAL_FRAMES], axis=0)
    motion[there] = np.linalg.norm(smooth - rest, axis=-1)[:, EXPRESSIVE].mean(axis=1) / eyes
    return motion


def choose_frames(
    landmarks: np.ndarray,
    source: np.ndarray,
    method: str = "middle",
    length: int = 16,
    min_frames: int = 8,
    annotation: Annotation = Annotation(),
) -> np.ndarray:
    """Choose `length` frames (T indices) of a clip with landmarks (T, 68, 2) and source (T,), 0 = no face.

    "middle": consecutive frames around the middle of the sequence (paper section 4.1: "the
    middle 16 frames of peak expressions").
    "apex": around the plateau of the greatest landmark motion. "annotated": around the apex that the data set
    states, or the middle between its onset and offset; the middle of the sequence where it states neither.
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
        centre = _plateau_centre(measure_motion(landmarks), starts, length)
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
        chosen = choose_frames(
            found["landmarks"], found["source"], method, length, min_frames, annotation.counted_from(start)
        )
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
    strength = np.array([motion[start : start + length].mean() for start in starts])
    best = int(np.argmax(strength))
    high = strength >= PLATEAU * strength[best]
    first = last = best
    while first > 0 and high[first - 1] and starts[first - 1] == starts[first] - 1:
        first -= 1
    while last + 1 < len(high) and high[last + 1] and starts[last + 1] == starts[last] + 1:
        last += 1
    return (starts[first] + starts[last] + length - 1) / 2
