"""Decode any video or sequence of pictures to grey frames with their own time stamps: the step decode_video."""

import logging
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import ffmpeg
import numpy as np

from videofer.core.artifacts import stream_arrays
from videofer.core.clip import rejection_kept
from videofer.core.errors import RejectedClip
from videofer.core.ffmpeg import ffmpeg_banner, ffmpeg_executable, keep_every_frame, to_grey
from videofer.video.limits import USUAL, Limits, check_count, fit_size
from videofer.video.pictures import is_sequence, read_pictures
from videofer.video.probe import Prober, VideoInfo, file_url, reader_options

log = logging.getLogger(__name__)

# Turns of a frame on top of the rotation flag of the file, degrees clockwise -> ffmpeg's transpose filters.
TURNS: Mapping[int, tuple[str, ...]] = {0: (), 90: ("clock",), 180: ("clock", "clock"), 270: ("cclock",)}
# A file that holds less than this part of the frames it promises counts as cut off.
COMPLETE = 0.9
MOST_ERRORS = 20  # of one file in the log
NO_MEMORY = r"Cannot allocate memory|get_buffer\(\) failed"
# The filter showinfo writes lines in pieces, between which a message of another thread comes without its tag.
SLIPPED = r"showinfo.* (?:type:\S[ \t]++|(?: ?color_\w++:[a-z\d-]*+)++)(\S.*)$"


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
        if is_sequence(video):
            frames, times = read_pictures(video, **options, rate=rate)
        else:
            frames, times = read_frames(video, **options)
        shapes = {"frames": (frames.shape, frames.dtype), "times": (times.shape, times.dtype)}
        # A clip's frames can be hundreds of megabytes, of which this makes no copy in memory.
        with stream_arrays(out, "frames", shapes, parameters, [video]) as arrays:
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
) -> tuple[np.ndarray, np.ndarray]:
    """Decode a video: (T, H, W) uint8 grey frames (0-255) and their (T,) float64 time stamps in seconds.

    Every frame of the file comes out once, at its own time, whatever its rate. The file's rotation flag is
    obeyed, then the frame is turned `turn` degrees clockwise; of what is then upright, the `half` (left or right)
    is kept; pixels become square. `start` and `end` (counted from 0, both included) cut a part out. A file that
    ends early is used if at least 90 % of it is there. Raises RejectedClip, also for more frames than fit into
    memory, and OverLimit.
    """
    with Prober(limits) as prober:
        info = prober.probe(path)
    width, height = fit_size(*info.shown_size(turn), half, max_height)
    limits.check_frames(path, min_frames, width, height)
    first, wanted = start or 0, None if end is None else end - (start or 0) + 1
    if wanted is None and max_frames is not None:
        wanted = max_frames + 1
    pixels, messages = _run_ffmpeg(_ffmpeg_stream(path, turn, half, first, wanted, width, height), path, limits)
    frames = np.frombuffer(pixels, np.uint8)
    frames = frames[: len(frames) // (width * height) * width * height].reshape(-1, height, width)
    # What the filter showinfo listed: each frame's pts, which counts in its time base.
    base = re.search(r"\bconfig in time_base: (\d+)/(\d+)", messages)
    stamps = re.findall(r"\bn: *\d+ pts: *(-?\d+)", messages) if base else []
    times = np.array([int(stamp) for stamp in stamps[: len(frames)]], np.float64)
    if base:
        times = times * int(base[1]) / int(base[2])
    errors = list_errors(messages)
    for number, line in enumerate(errors[:MOST_ERRORS], start=1):
        log.warning("ffmpeg, error %d of %d: %s", number, len(errors), line)
    if any(re.search(NO_MEMORY, line) for line in errors):
        raise limits.memory_over(path)
    # ffmpeg stops before the frame that would pass its limit.
    limits.check_frames(path, len(frames) + 1, width, height)
    if len(frames) == 0:
        reason = f" (ffmpeg: {errors[-1]})" if errors else ""
        raise RejectedClip(f"{path} gives no frame{reason}.")
    if len(times) != len(frames):
        raise RejectedClip(f"{path}: ffmpeg gave {len(frames)} frames but {len(times)} time stamps.")
    check_count(path, len(frames), first, end, min_frames, max_frames)
    if end is None:
        _check_complete(path, info, first + len(times), times, bool(errors))
    log.info("%s: %d frames of %dx%d, %.3f to %.3f s", path, len(frames), width, height, times[0], times[-1])
    return frames, times


def _ffmpeg_stream(path, turn: int, half: str | None, first: int, wanted: int | None, width: int, height: int):
    stream = ffmpeg.input(file_url(path), **reader_options())["V:0"]  # V: no cover pictures
    if first or wanted is not None:
        part = {"start_frame": first} | ({} if wanted is None else {"end_frame": first + wanted})
        stream = stream.filter("trim", **part)
    for direction in TURNS[turn]:
        stream = stream.filter("transpose", direction)
    if half is not None:
        stream = stream.filter("crop", "floor(iw/2)", "ih", "0" if half == "left" else "iw-floor(iw/2)", "0")
    return to_grey(stream, width, height)


def _run_ffmpeg(stream, path: str | Path, limits: Limits) -> tuple[bytes, str]:
    """Return the pixels of a stream and the messages of ffmpeg; raises OverLimit."""
    output = {"format": "rawvideo", "pix_fmt": "gray", "fs": limits.frame_bytes}
    process = (
        stream.output("pipe:", **output, **keep_every_frame(ffmpeg_banner()))
        .global_args("-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info")
        .run_async(cmd=ffmpeg_executable(), pipe_stdout=True, pipe_stderr=True)
    )
    limits.limit_memory(process.pid)
    try:
        pixels, messages = process.communicate(timeout=limits.timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise limits.time_over(path) from None
    if process.returncode == -signal.SIGKILL:
        raise limits.memory_over(path, killed=True)
    text = messages.decode("utf-8", "replace")
    if process.returncode:
        text += f"\n[fatal] ffmpeg ended with code {process.returncode}"
    return pixels, text


def list_errors(messages: str) -> list[str]:
    """Return the errors that ffmpeg reported of its input."""
    tagged = [line for line in messages.splitlines() if re.match(r"(?!\[rawvideo|\[out#).*\[(error|fatal)\]", line)]
    return tagged + re.findall(SLIPPED, messages, re.MULTILINE)


def _check_complete(path: str | Path, info: VideoInfo, count: int, times: np.ndarray, errors: bool) -> None:
    """Raise RejectedClip if a file holds far fewer frames than it promises; warn if it is damaged otherwise."""
    # An estimate alone proves nothing: it takes complaints of the decoder, too.
    promised = info.promised if info.counted or errors else None
    # Frames that an AVI left out on purpose leave a gap in time, which the promised number counts in.
    reached = max(count, round(times[-1] * info.rate) + 1)
    if promised is not None and reached < COMPLETE * promised:
        raise RejectedClip(f"{path} is cut off: {reached / promised:.0%} of it is there; copy it again.")
    if errors:
        log.warning("%s is damaged, but %d frames could be decoded and are used", path, count)
