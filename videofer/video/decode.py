"""Decode any video or sequence of pictures to grey frames with their own time stamps: the step decode_video."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from videofer.core.artifacts import stream_arrays
from videofer.core.clip import rejection_kept
from videofer.core.errors import RejectedClip
from videofer.video.limits import USUAL, Limits, check_count
from videofer.video.pictures import is_sequence, read_pictures
from videofer.video.probe import VideoInfo
from videofer.video.reader import FilmReader

log = logging.getLogger(__name__)

# A file that holds less than this part of the frames it promises is cut off: who labelled it saw another film.
COMPLETE = 0.5


def decode_video(
    video: str | Path,
    out: str | Path,
    *,
    rotation: int | None,
    start: int | None,
    end: int | None,
    half: str | None,
    rate: float | None,
    max_height: int | None,
    min_frames: int,
    max_frames: int | None,
    timeout: float,
    memory_mb: int,
    code: str,
) -> None:
    """Decode one clip to a 'frames' artifact; a clip that cannot be used is written with its sentence.

    It holds frames (T, H, W) uint8 and times (T,) float64 in seconds. Raises OverLimit if decoding takes longer
    than `timeout` seconds or the machine lacks memory.
    """
    turn = rotation or 0
    parameters = {"start": start or 0, "end": end, "rotation": turn, "half": half, "rate": rate}
    parameters |= {"max_height": max_height, "code": code}
    options = {"turn": turn, "start": start, "end": end, "half": half, "max_height": max_height}
    options |= {"min_frames": min_frames, "max_frames": max_frames, "limits": Limits(timeout, memory_mb)}
    with rejection_kept("decode", out, "frames", parameters, [video]):
        remarks: list[str] = []
        if is_sequence(video):
            frames, times = read_pictures(video, **options, rate=rate, remarks=remarks)
        else:
            frames, times = read_frames(video, **options, remarks=remarks)
        shapes = {"frames": (frames.shape, frames.dtype), "times": (times.shape, times.dtype)}
        # A clip's frames can be hundreds of megabytes, of which this makes no copy in memory.
        with stream_arrays(out, "frames", shapes, parameters | {"remarks": remarks}, [video]) as arrays:
            arrays["frames"][:], arrays["times"][:] = frames, times


def read_frames(
    path: str | Path,
    turn: int = 0,
    start: int | None = None,
    end: int | None = None,
    max_height: int | None = None,
    min_frames: int = 1,
    max_frames: int | None = None,
    half: str | None = None,
    limits: Limits = USUAL,
    remarks: list[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Decode a video: (T, H, W) uint8 grey frames (0-255) and their (T,) float64 time stamps in seconds.

    They are those of `FilmReader`, whose options the others are; `remarks` gets what a user should know of them. A
    file that ends early is used if at least half of it is there. Raises RejectedClip, also for more frames than fit
    into memory, and OverLimit.
    """
    first, last = start or 0, end
    if last is None and max_frames is not None:
        last = first + max_frames
    film = FilmReader(
        path, turn=turn, half=half, max_height=max_height, start=first, end=last, limits=limits, timed=True
    )
    limits.check_frames(path, min_frames, film.width, film.height)
    frames, times = [], []
    for _, time, pixels in film:
        frames.append(pixels)
        times.append(time)
        limits.check_frames(path, len(frames) + 1, film.width, film.height)
    check_count(path, film.used + film.corrupt, first, end, min_frames, max_frames)
    check_count(path, film.used, first, None, min_frames, None)
    if end is None:
        _check_complete(path, film.info, first + len(times), times, bool(film.errors))
    for remark in film.list_remarks():
        log.warning("%s", remark)
        if remarks is not None:
            remarks.append(remark)
    size = film.width, film.height
    log.info("%s: %d frames of %dx%d, %.3f to %.3f s", path, len(times), *size, times[0], times[-1])
    return np.stack(frames), np.array(times)


def _check_complete(path: str | Path, info: VideoInfo, count: int, times: Sequence[float], errors: bool) -> None:
    """Raise RejectedClip if a file holds far fewer frames than it promises."""
    # An estimate alone proves nothing: it takes complaints of the decoder, too.
    promised = info.promised if info.counted or errors else None
    # Frames that an AVI left out on purpose leave a gap in time, which the promised number counts in.
    reached = max(count, round(times[-1] * info.rate) + 1)
    if promised is not None and reached < COMPLETE * promised:
        raise RejectedClip(f"{path} is cut off: {reached / promised:.0%} of it is there; copy it again.")
