"""Choose the peak of an expression and cut the face clip out: the step select_peak."""

import logging
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.clips.pace import FEWEST, lay_out
from videofer.core.artifacts import write_arrays
from videofer.core.clip import read_accepted, rejection_kept
from videofer.core.errors import RejectedClip

log = logging.getLogger(__name__)

PLATEAU = 0.9  # windows whose motion reaches this part of the greatest one form the peak's plateau
HASH_FRAMES, HASH_SIDE = 16, 16  # frames spread evenly over the video, and 16 x 16 bits of each
# Motion is measured on pictures of the face, not on its landmarks, which are whole pixels and jump with the box
# that their search starts from: two versions of a clip agree to hundredths of a frame.
CELLS = 32  # a side of the pictures, whose square is the face track's
SMOOTHING = 1.0  # standard deviation of the Gaussian over frames, rows and columns
NEUTRAL_FRAMES = 5  # the first ones are taken to be neutral


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
    rate: float | None,
    onset: int | None,
    apex: int | None,
    offset: int | None,
    code: str,
) -> None:
    """Cut the peak of one clip into a 'clip' artifact: clip, landmarks, frame numbers, times, hash ("fingerprint").

    rate: steps a second in which time is counted (`pace.lay_out`); None: each frame is a step, whenever it comes.
    onset, apex, offset: frame numbers of the video, from 0, that the data set states, or None; see `choose_frames`.
    """
    parameters = {"method": method, "length": length, "size": size, "margin": margin}
    parameters |= {"min_frames": min_frames, "rate": rate, "code": code}
    with rejection_kept("select", out, "clip", parameters, [frames, faces]):
        face = read_accepted(faces, "faces")
        video = read_accepted(frames, "frames")
        pixels, source, start = video["frames"], face["source"], video.parameters["start"]
        remarks, order = list(face.parameters["remarks"]), lay_out(video["times"], rate)
        motion = stated = None
        if method == "apex":
            used = np.unique(order[order >= 0])
            motion = np.full(len(source), np.nan)
            used = used if len(used) < len(source) else slice(None)  # of which there is no copy
            motion[used] = measure_motion(pixels[used], face["track"][used], source[used])
        elif method == "annotated":
            if apex is not None:
                stated = apex - start
            elif onset is not None and offset is not None:
                stated = (onset + offset) / 2 - start
            else:
                remarks.append("No apex is annotated: the middle of the sequence is taken.")
        chosen = choose_frames(source, method, length, min_frames, stated, motion, order)
        different, needed = len(np.unique(chosen)), min(FEWEST, min_frames, length)
        if different < needed:
            apart = np.diff(video["times"][chosen[0] : max(chosen[-1], chosen[0] + 1) + 1]).max()
            raise RejectedClip(
                f"its frames are {apart:.1f} s apart: {length} steps of 1/{rate:g} s show {different}, {needed} "
                "are needed (clips: rate)."
            )
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
    order: np.ndarray | None = None,
) -> np.ndarray:
    """Choose `length` frames (T indices) of a clip with source (T,), 0 = no face.

    order (S,): the frame that each step of the clock shows, -1 in a pause, which ends a run; None: each is a step.
    "middle": consecutive steps around the middle of the sequence (paper section 4.1: "the middle 16 frames of peak
    expressions"). "apex": around the plateau of the greatest `motion` (T,). "annotated": around `stated`, the frame
    of the apex or the middle between onset and offset; the middle of the sequence where that is None.
    The steps keep inside the sequence and off those without a face. A run of at least `min_frames` frames that has
    fewer than `length` steps is stretched: each is repeated as evenly as possible. Raises RejectedClip.
    """
    if stated is not None and not 0 <= stated <= len(source) - 1:
        raise RejectedClip(f"its apex lies outside of the {len(source)} frames of the sequence.")
    order = np.arange(len(source)) if order is None else order
    centre = (len(order) - 1) / 2 if stated is None else _find_step(order, stated)
    there = (order >= 0) & (source[order] > 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    runs = edges.reshape(-1, 2).tolist()  # first step with a face, and the first without one after it
    frames = max((len(np.unique(order[first:stop])) for first, stop in runs), default=0)
    if frames < min_frames:
        raise RejectedClip(
            f"the face shows in {frames} frames in a row, fewer than {min_frames} (clips: min_frames)."
        )
    longest = max(stop - first for first, stop in runs)
    if longest < length:
        first = next(first for first, stop in runs if stop - first == longest)
        log.warning("%d frames in a row are stretched to %d", longest, length)
        return order[first + ((np.arange(length) + 0.5) * longest / length).astype(np.int64)]
    starts = np.concatenate([np.arange(first, stop - length + 1) for first, stop in runs])
    if method == "apex":
        centre = _plateau_centre(motion[order], starts, length)
    start = starts[np.argmin(np.abs(starts + (length - 1) / 2 - centre))]
    return order[start : start + length]


def _find_step(order: np.ndarray, frame: float) -> float:
    """Return where a frame, or a time between two, lies on the clock, in steps: amid those that show it."""
    steps = np.flatnonzero(order >= 0)
    frames, first, count = np.unique(order[steps], return_index=True, return_counts=True)
    return float(np.interp(frame, frames, steps[first] + (count - 1) / 2))


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


def measure_motion(frames: np.ndarray, track: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return the change of the face from its rest in each frame, (T,), in grey levels; nan where there is no face.

    Of frames (T, H, W), a face's track (T, 3) and source (T,), 0 = no face; see `measure_change`.
    """
    motion, there = np.full(len(source), np.nan), source > 0
    motion[there] = measure_change(crop_clip(frames, track, CELLS, 0)[there])
    return motion


def measure_change(pictures: np.ndarray) -> np.ndarray:
    """Return how far the faces in pictures (T, N, N) are from their rest, (T,), in grey levels, root mean square.

    Rest is the median of the first five. What small movements of the head and changes of the light do to a
    picture is taken out. Of what is left, the part along its first principal component counts: the single change
    that explains most of the clip, in which blinks and the camera's noise have little share.
    """
    from scipy.ndimage import gaussian_filter  # 0.2 s, which a job that needs no motion saves

    smooth = gaussian_filter(pictures.astype(np.float64), SMOOTHING, mode="nearest")
    rest = np.median(smooth[:NEUTRAL_FRAMES], axis=0)
    # A disc (N, N) within the square that fades to its rim: hair and background beyond do not count.
    middles = np.linspace(-1, 1, len(rest) + 1)[:-1] + 1 / len(rest)
    weights = (1 + np.cos(np.pi * np.minimum(np.hypot(middles[:, None], middles), 1))) / 2
    # Pictures (10, N, N) whose sums are what head and light do while they change little: more light, more contrast,
    # a slope of the light each way; a shift, a rotation, another size, a shear, as in the tangent distance (Simard,
    # LeCun and Denker 1993).
    down, right = np.gradient(rest)
    y, x = np.meshgrid(*2 * [np.linspace(-1, 1, len(rest))], indexing="ij")
    light = [np.ones_like(rest), rest, x, y]
    nuisance = np.stack([*light, right, down, x * right, y * down, y * right, x * down])
    basis, _ = np.linalg.qr((nuisance * weights).reshape(-1, rest.size).T)
    changes = ((smooth - rest) * weights).reshape(len(smooth), -1)
    changes -= (changes @ basis) @ basis.T
    courses, strengths, _ = np.linalg.svd(changes, full_matrices=False)
    course = courses[:, 0] * strengths[0] / np.linalg.norm(weights)
    return course * np.sign(course[np.argmax(np.abs(course))])


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


def hash_video(frames: np.ndarray) -> np.ndarray:
    """Return a perceptual hash of 16 whole frames, evenly spread: (T, H, W) uint8 -> (16, 32) uint8, packed bits.

    The hash keeps the signs of a frame's lowest cosine frequencies, which compression, scaling and brightness
    hardly change (pHash, as in the package ImageHash).
    """
    import imagehash  # of the pipeline's packages: predict cuts clips without them

    chosen = ((np.arange(HASH_FRAMES) + 0.5) * len(frames) / HASH_FRAMES).astype(int)
    bits = [imagehash.phash(Image.fromarray(frames[frame]), hash_size=HASH_SIDE).hash for frame in chosen]
    return np.packbits(np.reshape(bits, (HASH_FRAMES, -1)), axis=1)
