"""Read a video frame by frame, in constant memory, with the pixels and times that the training's clips had."""

import logging
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from videofer.clips.pace import keep_pace
from videofer.core.artifacts import atomic_path
from videofer.core.errors import RejectedClip, UserError
from videofer.core.ffmpeg import ffmpeg_executable
from videofer.video.reader import FilmReader

log = logging.getLogger(__name__)

STANDARD_INPUT = "-"
CODEC = {"vcodec": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p"}  # keeps up with a camera


@dataclass(frozen=True)
class Frame:
    """One frame: its number in the video from 0, time in seconds, and pixels (H, W) uint8 grey.

    scale: pixels of the video, as a player shows it, over those of the frame; steps: of the clock since the frame
    that was used before it (`pace.keep_pace`), None after a pause.
    """

    number: int
    time: float
    pixels: np.ndarray
    scale: float = 1.0
    steps: int | None = 1


class VideoStream:
    """The frames of a video in order, scaled down to `max_height`, aspect kept; all but those that are damaged.

    shown: (width, height) as a player shows it; promised: frames the file announces, or None; remarks: what a user
    should know of it, in sentences, once all frames are read; start, end: seconds, what lies outside is not
    yielded. Raises RejectedClip, also for a film that ends before the start.
    """

    def __init__(self, path: str | Path, max_height: int, start: float = 0.0, end: float | None = None):
        self._film = FilmReader(path, max_height=max_height)
        self._start, self._end = start, end
        info = self._film.info
        self.shown, self.promised = self._film.shown, info.promised
        if end is not None:
            self.promised = info.promised and min(info.promised, ceil(end * (info.rate or 25)) + 1)
            self._film.info = replace(info, promised=None)  # what lies behind the end is not lost
        self.remarks: list[str] = []
        self.still = False

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame."""
        scale = self.shown[1] / self._film.height
        with closing(iter(self._film)) as frames:
            read = (Frame(number, time, pixels, scale) for number, time, pixels in frames)
            yield from keep_part(read, self._start, self._end, self._film.path)
        self.remarks = self._film.list_remarks()
        for remark in self.remarks:
            log.warning("%s", remark)


def keep_part(frames: Iterable[Frame], start: float, end: float | None, path: str | Path) -> Iterator[Frame]:
    """Yield the frames from second `start` to `end`; raises RejectedClip if they end before the start."""
    time = 0.0
    for frame in frames:
        time = frame.time
        if end is not None and time > end:
            return
        if time >= start:
            yield frame
    if time < start:
        raise RejectedClip(f"{path} ends at {time:.1f} s, before --start {start:g}: give an earlier start.")


def keep_rate(frames: Iterable[Frame], rate: float) -> Iterator[Frame]:
    """Yield the frames to use at `rate` steps a second, with their steps."""
    for frame, steps in keep_pace(frames, lambda frame: frame.time, rate):
        yield replace(frame, steps=steps)


def is_camera(path: str) -> bool:
    """Return whether a path of the command line is the number of a camera: digits that name no file."""
    return path.isascii() and path.isdigit() and not Path(path).exists()


def keep_pipe(source: IO[bytes], out: Path) -> Path:
    """Copy a film that comes through a pipe to its end into `out`, in one step, and return it.

    It is then read like any other: twice where films are annotated, and with its index, which may come last.
    Raises UserError if nothing comes.
    """
    with atomic_path(out) as temporary, temporary.open("wb") as file:
        shutil.copyfileobj(source, file)
        if file.tell() == 0:
            raise UserError("Nothing came through the pipe: check the command that writes into it.")
    return out


def find_camera(number: int) -> dict[str, str]:
    """Return ffmpeg's input for a camera of Linux (Video4Linux); raises UserError if there is none."""
    device = Path(f"/dev/video{number}")
    if not device.exists():
        connected = sorted(path.name.removeprefix("video") for path in device.parent.glob("video*"))
        known = f"connected: {', '.join(connected)}" if connected else "none is connected to this machine"
        raise UserError(f"There is no camera {number} ({device} does not exist): {known}.")
    return {"filename": str(device), "format": "v4l2"}


def record_camera(number: int, seconds: float, out: Path) -> Path:
    """Film so many seconds with a camera into `out`, in one step, and return it.

    Frames keep the times at which the camera took them. Raises UserError if there is no such camera, or it cannot
    be read.
    """
    if not 0 < seconds < float("inf"):
        raise UserError(f"--seconds is {seconds:g}: give how long the camera is to film, such as 30.")
    source = find_camera(number)
    with atomic_path(out) as temporary:
        command = (
            ffmpeg.input(**source)
            .output(str(temporary), t=seconds, **CODEC)
            .global_args("-hide_banner", "-nostats", "-nostdin", "-loglevel", "error")
            .overwrite_output()
            .compile(cmd=ffmpeg_executable())
        )
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if ran.returncode or temporary.stat().st_size == 0:
            reason = ran.stderr.strip().partition("\n")[0].rpartition("] ")[2] or "it gave no picture"
            raise UserError(
                f"Camera {number} ({source['filename']}) cannot be read ({reason}): close other programs that use "
                "it, and check that you may read it."
            )
    return out
