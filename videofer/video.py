"""Decode any video to grey frames with their own time stamps: the step decode_video."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import numpy as np

from videofer.artifacts import write_arrays
from videofer.errors import RejectedClip, UserError
from videofer.ffmpeg_binary import ffmpeg_banner, ffmpeg_executable, keep_every_frame
from videofer.rejection import rejection_kept

log = logging.getLogger(__name__)

# Turns of a frame on top of the rotation flag of the file, degrees clockwise -> ffmpeg's transpose filters.
TURNS: Mapping[int, tuple[str, ...]] = {0: (), 90: ("clock",), 180: ("clock", "clock"), 270: ("cclock",)}
# A file that holds less than this part of the frames it promises counts as cut off.
COMPLETE = 0.9


@dataclass(frozen=True)
class VideoInfo:
    """What the container says about its first video stream."""

    codec: str
    rate: float  # frames a second; of an AVI, slots for frames, which may stay empty
    width: int  # pixels as stored, before rotation
    height: int
    pixel_aspect: Fraction  # width of a pixel / its height
    rotation: int  # degrees clockwise that a player turns the frames
    promised: int | None  # frames the header announces
    counted: bool  # True: the header holds that number itself; False: it follows from duration and rate

    def shown_size(self, turn: int = 0) -> tuple[int, int]:
        """Return (width, height) in square pixels after the file's rotation and a further `turn`."""
        size = (round(self.width * self.pixel_aspect), self.height)
        return size if (self.rotation + turn) % 180 == 0 else size[::-1]


def file_url(path: str | Path) -> str:
    """Return a path such that libav reads a leading '-' or a ':' as part of the name."""
    return f"file:{path}"


def open_video(path: str | Path) -> tuple[av.container.InputContainer, av.video.stream.VideoStream]:
    """Open a video with PyAV and return its container and first moving picture; raises RejectedClip."""
    path = Path(path)
    if path.stat().st_size == 0:
        raise RejectedClip(f"{path} is empty (0 bytes): copy the file again.")
    try:
        container = av.open(file_url(path))
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RejectedClip(f"{path} cannot be read as a video ({reason}): copy or convert it again.") from None
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams:
        container.close()
        raise RejectedClip(f"{path} holds no video stream (only sound?): give the file that has the picture.")
    return container, streams[0]


def probe_video(path: str | Path) -> VideoInfo:
    """Read size, rate, codec and rotation of a video, decoding one frame; raises RejectedClip if none decodes."""
    container, stream = open_video(path)
    with container:
        promised, counted = _promised_frames(container, stream)
        rate = stream.average_rate or stream.guessed_rate
        try:
            first = next(container.decode(stream), None)
        except av.FFmpegError:
            first = None
        if first is None:
            raise RejectedClip(f"{path} holds no frame that can be decoded: copy or convert it again.")
        return VideoInfo(
            codec=stream.codec_context.name,
            rate=float(rate or 0),
            width=first.width,
            height=first.height,
            pixel_aspect=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            rotation=-round(first.rotation) % 360,  # libav counts anticlockwise
            promised=promised,
            counted=counted,
        )


def count_frames(path: str | Path) -> tuple[int, float]:
    """Return the number of frames of a video and their mean rate (0 if unknown).

    Reads the packets only: nothing is decoded, memory stays flat. Raises RejectedClip.
    """
    container, stream = open_video(path)
    count, first, last = 0, None, None
    with container:
        try:
            for packet in container.demux(stream):
                if packet.size == 0 or packet.is_discard:  # the end, or a frame that an edit list hides
                    continue
                count += 1
                if packet.pts is not None:
                    first = packet.pts if first is None else min(first, packet.pts)
                    last = packet.pts if last is None else max(last, packet.pts)
        except av.FFmpegError as error:
            raise RejectedClip(f"{path} cannot be read to its end ({error.strerror}).") from None
        if first is None or last == first:
            return count, float(stream.average_rate or 0)
        return count, (count - 1) / float((last - first) * stream.time_base)


def read_frames(
    path: str | Path,
    turn: int = 0,
    start: int | None = None,
    end: int | None = None,
    max_height: int | None = None,
    min_frames: int = 1,
    max_frames: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Decode a video: (T, H, W) uint8 grey frames (0-255) and their (T,) float64 time stamps in seconds.

    Every frame of the file comes out once, at its own time, whatever its rate. The file's rotation flag is
    obeyed, then the frame is turned `turn` degrees clockwise; pixels become square. `start` and `end`
    (counted from 0, both included) cut a part out. A file that ends early is used if at least 90 % of it is
    there. Raises RejectedClip.
    """
    info = probe_video(path)
    width, height = _fitted_size(*info.shown_size(turn), max_height)
    first, wanted = start or 0, None if end is None else end - (start or 0) + 1
    if wanted is None and max_frames is not None:
        wanted = max_frames + 1
    pixels, messages = _run_ffmpeg(path, turn, first, wanted, width, height)
    frames = np.frombuffer(pixels, np.uint8)
    frames = frames[: len(frames) // (width * height) * width * height].reshape(-1, height, width)
    times = _frame_times(messages)[: len(frames)]
    errors = _list_errors(messages)
    for line in errors:
        log.warning("ffmpeg: %s", line)
    if len(frames) == 0:
        said = f" (ffmpeg: {errors[-1]})" if errors else ""
        raise RejectedClip(f"{path} gives no frame{said}.")
    if len(times) != len(frames):
        raise RejectedClip(f"{path}: ffmpeg gave {len(frames)} frames but {len(times)} time stamps.")
    _check_count(path, len(frames), first, end, min_frames, max_frames)
    if end is None:
        _check_complete(path, info, first + len(times), times, bool(errors))
    log.info("%s: %d frames of %dx%d, %.3f to %.3f s", path, len(frames), width, height, times[0], times[-1])
    return frames, times


def decode_video(
    video: str | Path,
    out: str | Path,
    *,
    rotation: int | None,
    start: int | None,
    end: int | None,
    max_height: int | None,
    min_frames: int,
    max_frames: int | None,
    code: str,
) -> None:
    """Decode one clip to a 'frames' artifact; a clip that cannot be used is written with its sentence."""
    turn = rotation or 0
    if turn not in TURNS:
        raise UserError(f"{video}: rotation {turn} is not one of {', '.join(map(str, TURNS))} degrees.")
    parameters = {"start": start or 0, "end": end, "rotation": turn, "max_height": max_height, "code": code}
    with rejection_kept("decode", out, "frames", parameters, [video]):
        frames, times = read_frames(video, turn, start, end, max_height, min_frames, max_frames)
        write_arrays(out, "frames", {"frames": frames, "times": times}, parameters, [video])


def _promised_frames(container, stream) -> tuple[int | None, bool]:
    rate = stream.average_rate
    timed = round(container.duration / 1e6 * rate) if container.duration and rate else None
    if not stream.frames:
        return timed, False
    # An edit list hides frames of an MP4: there the duration is right. That of an AVI follows the file's size.
    if timed and "mov" in container.format.name:
        return min(stream.frames, timed), True
    return stream.frames, True


def _fitted_size(width: int, height: int, max_height: int | None) -> tuple[int, int]:
    if max_height is None or height <= max_height:
        return width, height
    scale = max_height / height
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(max_height / 2))


def _run_ffmpeg(
    path: str | Path, turn: int, first: int, wanted: int | None, width: int, height: int
) -> tuple[bytes, str]:
    stream = ffmpeg.input(file_url(path))["V:0"]  # V: no cover pictures
    if first or wanted is not None:
        part = {"start_frame": first} | ({} if wanted is None else {"end_frame": first + wanted})
        stream = stream.filter("trim", **part)
    for direction in TURNS[turn]:
        stream = stream.filter("transpose", direction)
    # A fixed size also holds when the picture changes its size on the way.
    stream = stream.filter("scale", width, height, flags="area+accurate_rnd+bitexact", out_range="full")
    stream = stream.filter("format", "gray").filter("showinfo", checksum=0)
    process = (
        stream.output("pipe:", format="rawvideo", pix_fmt="gray", **keep_every_frame(ffmpeg_banner()))
        .global_args("-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info")
        .run_async(cmd=ffmpeg_executable(), pipe_stdout=True, pipe_stderr=True)
    )
    pixels, messages = process.communicate()
    text = messages.decode("utf-8", "replace")
    if process.returncode:
        text += f"\n[fatal] ffmpeg ended with code {process.returncode}"
    return pixels, text


def _list_errors(messages: str) -> list[str]:
    """Return the errors that ffmpeg reported of its input; what the output side says tells nothing of the file.

    A message of another thread can slip, without its tag, into the unfinished line of the filter showinfo.
    """
    tagged = [line for line in messages.splitlines() if re.match(r"(?!\[rawvideo|\[out#).*\[(error|fatal)\]", line)]
    return tagged + re.findall(r"showinfo.* type:\S[ \t]+(\S.*)$", messages, re.MULTILINE)


def _frame_times(messages: str) -> np.ndarray:
    """Return the seconds of the frames that the filter showinfo listed; pts counts in its time base."""
    base = re.search(r"\bconfig in time_base: (\d+)/(\d+)", messages)
    if base is None:
        return np.empty(0)
    stamps = re.findall(r"\bn: *\d+ pts: *(-?\d+)", messages)
    return np.array([int(stamp) for stamp in stamps], np.float64) * int(base[1]) / int(base[2])


def _check_complete(path: str | Path, info: VideoInfo, got: int, times: np.ndarray, errors: bool) -> None:
    """Raise RejectedClip if a file holds far fewer frames than it promises; warn if it is damaged otherwise."""
    # An estimate alone proves nothing: it takes complaints of the decoder, too.
    promised = info.promised if info.counted or errors else None
    # Frames that an AVI left out on purpose leave a gap in time, which the promised number counts in.
    reached = max(got, round(times[-1] * info.rate) + 1)
    if promised is not None and reached < COMPLETE * promised:
        raise RejectedClip(f"{path} is cut off: {reached / promised:.0%} of it is there; copy it again.")
    if errors:
        log.warning("%s is damaged, but %d frames could be decoded and are used", path, got)


def _check_count(
    path: str | Path, got: int, first: int, end: int | None, min_frames: int, max_frames: int | None
) -> None:
    if max_frames is not None and got > max_frames:
        raise RejectedClip(
            f"{path} has more than {max_frames} frames (video: max_frames): give its clips start and end."
        )
    if end is not None and got < end - first + 1:
        raise RejectedClip(f"{path} has {first + got} frames, but frames {first} to {end} were asked for.")
    if got < min_frames:
        raise RejectedClip(f"{path} has {got} frames, fewer than {min_frames} (video: min_frames).")
