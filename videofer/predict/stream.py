"""Read a video frame by frame, in constant memory, with the pixels and times that the training's clips had."""

import logging
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np

from videofer.core.errors import RejectedClip
from videofer.core.ffmpeg import ffmpeg_banner, ffmpeg_executable, keep_every_frame, to_grey
from videofer.video.limits import USUAL, fit_size
from videofer.video.probe import Prober, file_url, reader_options

log = logging.getLogger(__name__)

STANDARD_INPUT = "-"
# Of the time between two frames at the training's rate: frames that come sooner than that are passed over.
SOONER = 0.75


@dataclass(frozen=True)
class Frame:
    """One frame: its number in the video from 0, time in seconds, and pixels (H, W) uint8 grey."""

    number: int
    time: float
    pixels: np.ndarray


class VideoStream:
    """The frames of a video, one after the other.

    shown: (width, height) as a player shows it, known once the first frame is read; frames are scaled down to
    `max_height`, aspect kept. promised: frames the file announces, or None. Raises RejectedClip.
    """

    def __init__(self, path: str | Path, max_height: int | None = 480):
        self.path = path
        self.promised: int | None = None
        self._scale: tuple[int, int] | None = None
        self.shown: tuple[int, int] | None = None
        self._max_height = max_height
        if str(path) != STANDARD_INPUT:
            with Prober(USUAL) as prober:
                info = prober.probe(path)
            self.promised, self.shown = info.promised, info.shown_size()
            self._scale = fit_size(*self.shown, None, max_height)

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame. Of a damaged file the frames that can be had are used, and ffmpeg's words logged."""
        process = self._start()
        messages = _Messages(process.stderr)
        number = 0
        try:
            size = self._read_header(process)
            while size is not None and (pixels := _read_frame(process.stdout, *size)) is not None:
                time = messages.next_time()
                if time is None:
                    raise RejectedClip(f"{self.path}: ffmpeg gave frame {number} without a time stamp.")
                yield Frame(number, time, pixels)
                number += 1
            process.wait()
        finally:
            process.kill()
            process.wait()
            messages.join()
            process.stdout.close()
        for line in messages.errors:
            log.warning("ffmpeg: %s", line)
        if number == 0:
            said = f" (ffmpeg: {messages.errors[-1]})" if messages.errors else ""
            raise RejectedClip(f"{self.path} gives no frame{said}: copy or convert it again.")

    def _start(self) -> subprocess.Popen:
        piped = str(self.path) == STANDARD_INPUT
        stream = ffmpeg.input(
            "pipe:0" if piped else file_url(self.path), **reader_options("pipe" if piped else "file")
        )["V:0"]  # V: no cover pictures
        # As decode_video scales; a stream that cannot be looked into beforehand is scaled by a formula.
        height = f"min(ih,{self._max_height})" if self._max_height else "ih"
        size = self._scale or (f"2*round({height}*dar/2)", f"2*round({height}/2)")
        command = (
            to_grey(stream, *size)
            .output("pipe:1", format="yuv4mpegpipe", pix_fmt="gray", **keep_every_frame(ffmpeg_banner()))
            .global_args("-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info")
            .compile(cmd=ffmpeg_executable())
        )
        source = sys.stdin if piped else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        USUAL.limit_memory(process.pid)
        return process

    def _read_header(self, process: subprocess.Popen) -> tuple[int, int] | None:
        """Return (width, height) of the coming frames, or None where there are none."""
        found = re.match(rb"YUV4MPEG2 W(\d+) H(\d+)", process.stdout.readline())
        if found is None:
            return None
        size = int(found[1]), int(found[2])
        self.shown = self.shown or size
        return size


def keep_rate(frames: Iterator[Frame], rate: float) -> Iterator[Frame]:
    """Pass over frames that come much faster than `rate` a second: of 50 or 60 every other one, if it is 25."""
    last = -np.inf
    for frame in frames:
        if frame.time - last >= SOONER / rate or frame.time < last:
            last = frame.time
            yield frame


def _read_frame(pipe, width: int, height: int) -> np.ndarray | None:
    if not pipe.readline():
        return None
    pixels = pipe.read(width * height)
    return np.frombuffer(pixels, np.uint8).reshape(height, width) if len(pixels) == width * height else None


class _Messages(threading.Thread):
    """Reads what ffmpeg says beside its frames: their times, and its complaints of the file."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self._pipe = pipe
        self._times: queue.Queue[float | None] = queue.Queue()
        self.errors: list[str] = []
        self.start()

    def next_time(self) -> float | None:
        """Return the time of the next frame in seconds, or None after the last one."""
        return self._times.get()

    def run(self) -> None:
        base = None
        with self._pipe:
            for raw in self._pipe:
                line = raw.decode("utf-8", "replace").rstrip()
                if found := re.search(r"\bconfig in time_base: (\d+)/(\d+)", line):
                    base = int(found[1]), int(found[2])
                elif (found := re.search(r"\bn: *\d+ pts: *(-?\d+)", line)) and base:
                    self._times.put(int(found[1]) * base[0] / base[1])
                elif re.match(r"(?!\[yuv4mpegpipe|\[out#).*\[(error|fatal)\]", line):
                    self.errors.append(line)
        self._times.put(None)
