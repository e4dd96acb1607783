"""Read a video frame by frame, in constant memory, with the pixels and times that the training's clips had."""

import logging
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from videofer.core.artifacts import atomic_path
from videofer.core.errors import RejectedClip, UserError
from videofer.core.ffmpeg import ffmpeg_banner, ffmpeg_executable, keep_every_frame, to_grey
from videofer.video.limits import USUAL, fit_size
from videofer.video.probe import Prober, file_url, reader_options

log = logging.getLogger(__name__)

STANDARD_INPUT = "-"
CODEC = {"vcodec": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p"}  # keeps up with a camera
# Of the time between two frames at the training's rate: frames that come sooner than that are skipped.
SOONER = 0.75


@dataclass(frozen=True)
class Frame:
    """One frame: its number in the video from 0, time in seconds, and pixels (H, W) uint8 grey.

    scale: pixels of the video, as a player shows it, over those of the frame.
    """

    number: int
    time: float
    pixels: np.ndarray
    scale: float = 1.0


class VideoStream:
    """The frames of a video in order, scaled down to `max_height`, aspect kept.

    shown: (width, height) as a player shows it, known once the first frame is read; promised: frames the file
    announces, or None. Raises RejectedClip.
    """

    def __init__(self, path: str | Path, max_height: int):
        self.path = str(path)
        self.promised: int | None = None
        self.shown: tuple[int, int] | None = None
        # A pipe cannot be probed beforehand: ffmpeg computes its size.
        self._size = f"2*round(min(ih,{max_height})*dar/2)", f"2*round(min(ih,{max_height})/2)"
        if self.path != STANDARD_INPUT:
            with Prober(USUAL) as prober:
                info = prober.probe(path)
            self.promised, self.shown = info.promised, info.shown_size()
            self._size = fit_size(*self.shown, None, max_height)

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame; of a damaged file those that can be decoded, and ffmpeg's messages are logged."""
        process = self._start()
        times, errors, number = queue.Queue(), [], 0
        # In a thread: ffmpeg stops while nobody reads its messages.
        reader = threading.Thread(target=read_messages, args=(process.stderr, times, errors), daemon=True)
        reader.start()
        try:
            header = re.match(rb"YUV4MPEG2 W(\d+) H(\d+)", process.stdout.readline())
            width, height = (int(header[1]), int(header[2])) if header else (0, 0)
            self.shown = self.shown or (width, height)
            # Each frame has a line before its pixels.
            while header and process.stdout.readline():
                pixels = process.stdout.read(width * height)
                if len(pixels) < width * height:
                    break
                time = times.get()
                if time is None:
                    raise RejectedClip(f"{self.path}: ffmpeg gave frame {number} without a time stamp.")
                frame = np.frombuffer(pixels, np.uint8).reshape(height, width)
                yield Frame(number, time, frame, self.shown[1] / height)
                number += 1
            process.wait()
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()
        for line in errors:
            log.warning("ffmpeg: %s", line)
        if number == 0:
            reason = f" (ffmpeg: {errors[-1]})" if errors else ""
            raise RejectedClip(f"{self.path} gives no frame{reason}: copy or convert it again.")

    def _start(self) -> subprocess.Popen:
        piped = self.path == STANDARD_INPUT
        url, protocol = ("pipe:0", "pipe") if piped else (file_url(self.path), "file")
        command = (
            to_grey(ffmpeg.input(url, **reader_options(protocol))["V:0"], *self._size)  # V: no cover pictures
            .output("pipe:1", format="yuv4mpegpipe", pix_fmt="gray", **keep_every_frame(ffmpeg_banner()))
            .global_args("-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info")
            .compile(cmd=ffmpeg_executable())
        )
        source = sys.stdin if piped else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        USUAL.limit_memory(process.pid)
        return process


def read_messages(pipe: IO[bytes], times: queue.Queue, errors: list[str]) -> None:
    """Read ffmpeg's messages to their end: the time of each frame in seconds, then None; complaints of the file."""
    base = None
    with pipe:
        for raw in pipe:
            line = raw.decode("utf-8", "replace").rstrip()
            if found := re.search(r"\bconfig in time_base: (\d+)/(\d+)", line):
                base = int(found[1]), int(found[2])
            elif (found := re.search(r"\bn: *\d+ pts: *(-?\d+)", line)) and base:
                times.put(int(found[1]) * base[0] / base[1])
            elif re.match(r"(?!\[yuv4mpegpipe|\[out#).*\[(error|fatal)\]", line):
                errors.append(line)
    times.put(None)


def keep_rate(frames: Iterable[Frame], rate: float) -> Iterator[Frame]:
    """Skip frames that come much faster than `rate` a second: of 50 or 60 every other one, if it is 25."""
    last = -np.inf
    for frame in frames:
        if frame.time - last >= SOONER / rate or frame.time < last:
            last = frame.time
            yield frame


def is_camera(path: str) -> bool:
    """Return whether a path of the command line is the number of a camera: digits that name no file."""
    return path.isascii() and path.isdigit() and not Path(path).exists()


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
