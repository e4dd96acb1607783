"""Read a film frame by frame, as a player shows it: the only reader of pixels and times, here and in prediction."""

import logging
import math
import queue
import re
import signal
import subprocess
import threading
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from videofer.core.errors import RejectedClip
from videofer.core.ffmpeg import ffmpeg_banner, ffmpeg_executable, keep_every_frame
from videofer.video.limits import USUAL, Limits, fit_size
from videofer.video.probe import Prober, file_url, reader_options

log = logging.getLogger(__name__)

# Turns of a frame, degrees clockwise -> ffmpeg's transpose filters.
TURNS: Mapping[int, tuple[str, ...]] = {0: (), 90: ("clock",), 180: ("clock", "clock"), 270: ("cclock",)}
MOST_ERRORS = 20  # of one film in the log
NO_MEMORY = r"Cannot allocate memory|get_buffer\(\) failed"
# What ffmpeg logs of each frame, in this order: that it is corrupt (if it is), that it is decoded (-debug_ts), and
# by the filter metadata its time stamp. That filter writes whole lines, into which no other thread's can slip.
LINES = re.compile(
    r"(?P<corrupt>corrupt decoded frame)|\](?P<decoded> decoder -> )|\] frame:\d+ +pts:(?P<stamp>-?\d+)?"
)
CLOCK = 10**6  # time stamps a second
BACK = 0.5  # seconds: stamps that go further back start anew (two recordings in one file); others are out of order


class FilmReader:
    """The frames of a film in order, each with its number and its time: iterate over it.

    A frame is (number, seconds, pixels): numbers from 0, of which those of frames that the decoder marks as
    corrupt are left out; seconds from the start of the file, as players count them, always rising; pixels uint8,
    (H, W) grey 0 to 255, or (H, W, 3) red, green, blue if `colour`. The file's display matrix is obeyed, then the
    frame is turned `turn` degrees clockwise; of what is then upright the `half` (left or right) is kept; pixels
    become square; taller frames are scaled down to `max_height`. `start` and `end`: first and last number, both
    included. Raises RejectedClip and OverLimit.

    timed: whether `limits.timeout` holds for reading, as for a clip; a film may take as long as it needs.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        turn: int = 0,
        half: str | None = None,
        max_height: int | None = None,
        start: int = 0,
        end: int | None = None,
        colour: bool = False,
        limits: Limits = USUAL,
        timed: bool = False,
    ):
        self.path, self.limits = path, limits
        with Prober(limits) as prober:
            self.info = prober.probe(path)
        self.shown = self.info.shown_size(turn)
        self.width, self.height = fit_size(*self.shown, half, max_height)
        self.used = self.corrupt = 0
        self.errors: list[str] = []
        self._times = array("d")  # of all frames, corrupt ones included
        self._turn, self._half, self._start, self._end = turn, half, start, end
        self._colour, self._timed, self._late = colour, timed, False

    def __iter__(self) -> Iterator[tuple[int, float, np.ndarray]]:
        """Yield the frames; after the last, `list_remarks` is complete."""
        shape = (self.height, self.width, 3) if self._colour else (self.height, self.width)
        process = self._start_ffmpeg()
        messages = Messages(process.stderr)
        watch = threading.Timer(self.limits.timeout, self._end_late, [process])
        if self._timed:
            watch.start()
        times = self._count_time(messages.stamps)
        number = self._start - 1
        try:
            for _ in range(self._start):
                next(times, None)
            while len(pixels := process.stdout.read(math.prod(shape))) == math.prod(shape):
                number, time = number + 1, next(times, None)
                if time is None:
                    raise RejectedClip(f"{self.path}: ffmpeg gave frame {number} without a time stamp.")
                self._times.append(time)
                if number in messages.corrupt:
                    self.corrupt += 1
                    continue
                self.used += 1
                yield number, time, np.frombuffer(pixels, np.uint8).reshape(shape)
            process.wait()
        finally:
            watch.cancel()
            process.kill()
            process.wait()
            messages.thread.join()
            process.stdout.close()
        self.errors = messages.errors + [f"ffmpeg ended with code {process.returncode}"] * bool(process.returncode)
        self._check_end(process.returncode)

    def _count_time(self, stamps: queue.Queue[float | None]) -> Iterator[float]:
        """Yield the seconds of each decoded frame, which always rise, from the time stamps."""
        last, shift, step = -np.inf, 0.0, 1 / (self.info.rate or 25)
        while (stamp := stamps.get()) is not None:
            if last < 0 and self.info.untimed and not math.isnan(stamp):
                shift = -stamp
            time = last + step / 2 if math.isnan(stamp) else stamp + shift
            if last - time > BACK:
                shift += last + step - time
                time = last + step
            last = max(0.0, time) if last < 0 else time if time > last else last + step / 2
            yield last

    def describe_damage(self) -> str | None:
        """Return in one sentence how much of a damaged film is lost, or None; once its frames were read."""
        if not self.errors and not self.corrupt:
            return None
        # A rate may be that of slots, most of them empty: what a film loses is counted in its own steps.
        step = float(np.median(np.diff(self._times))) if len(self._times) > 1 else 1 / (self.info.rate or 25)
        seconds = [self._times[-1] - self._times[0] + step if self._times else 0.0]
        if self._start == 0 and self._end is None and self.info.promised and self.info.rate:
            seconds.append(self.info.promised / self.info.rate)
        lost = max(self.corrupt, round(max(seconds) / step) - self.used)
        if lost == 0:
            return f"{self.path} is damaged, but all of its {self.used} frames could be decoded."
        return f"{self.path} is damaged: about {lost} of {lost + self.used} frames are lost."

    def list_remarks(self) -> list[str]:
        """Return what a user should know of the film, in sentences; once its frames were read."""
        damage, slant = self.describe_damage(), self.info.slant
        slanted = f"{self.path} asks to be shown slanted by {slant} degrees: it is turned by right angles alone."
        return [damage] * bool(damage) + [slanted] * bool(slant)

    def _start_ffmpeg(self) -> subprocess.Popen:
        # The matrix is obeyed here: ffmpeg itself would turn by 12 degrees what is 12 degrees off.
        source = ffmpeg.input(file_url(self.path), noautorotate=None, **reader_options())
        stream = source[str(self.info.stream)].filter("settb", f"1/{CLOCK}")
        # Of a frame without metadata none are printed.
        stream = stream.filter("metadata", "add", key="frame", value="decoded").filter("metadata", "print")
        for direction in TURNS[self.info.rotation]:
            stream = stream.filter("transpose", direction)
        if self.info.mirrored:
            stream = stream.filter("hflip")
        if self._start or self._end is not None:
            part = {} if self._end is None else {"end_frame": self._end + 1}
            stream = stream.filter("trim", start_frame=self._start, **part)
        for direction in TURNS[self._turn]:
            stream = stream.filter("transpose", direction)
        if self._half is not None:
            left = "0" if self._half == "left" else "iw-floor(iw/2)"
            stream = stream.filter("crop", "floor(iw/2)", "ih", left, "0")
        # A fixed size also holds when the picture changes its size on the way.
        flags = {"flags": "area+accurate_rnd+bitexact", "out_range": "full"}
        stream = stream.filter("scale", self.width, self.height, **flags)
        pixels = "rgb24" if self._colour else "gray"
        command = (
            stream.filter("format", pixels)
            .output("pipe:", format="rawvideo", pix_fmt=pixels, **keep_every_frame(ffmpeg_banner()))
            .global_args("-hide_banner", "-nostats", "-nostdin", "-debug_ts", "-loglevel", "level+info")
            .compile(cmd=ffmpeg_executable())
        )
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **pipes)
        self.limits.limit_memory(process.pid)
        return process

    def _end_late(self, process: subprocess.Popen) -> None:
        self._late = True
        process.kill()

    def _check_end(self, code: int) -> None:
        if self._late:
            raise self.limits.time_over(self.path)
        if code == -signal.SIGKILL:
            raise self.limits.memory_over(self.path, killed=True)
        for number, line in enumerate(self.errors[:MOST_ERRORS], start=1):
            log.info("ffmpeg, error %d of %d: %s", number, len(self.errors), line)
        if any(re.search(NO_MEMORY, line) for line in self.errors):
            raise self.limits.memory_over(self.path)
        if self.used == 0:
            reason = f"ffmpeg: {self.errors[-1]}" if self.errors else "all that is there is damaged"
            raise RejectedClip(f"{self.path} gives no frame ({reason}): copy or convert it again.")


class Messages:
    """What ffmpeg says while it reads a film, read in a thread, since ffmpeg stops while nobody does.

    stamps: of each frame, seconds or nan, then None; corrupt: which frames, counted from the first decoded; errors:
    what is wrong with the file, a line each.
    """

    def __init__(self, pipe: IO[bytes]):
        self.stamps: queue.Queue[float | None] = queue.Queue()
        self.corrupt: set[int] = set()
        self.errors: list[str] = []
        self.thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self.thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        decoded, corrupt = 0, False
        with pipe:
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip()
                if found := LINES.search(line):
                    if found["corrupt"]:
                        corrupt = True
                    elif found["decoded"]:
                        self.corrupt |= {decoded} if corrupt else set()
                        decoded, corrupt = decoded + 1, False
                    else:
                        self.stamps.put(int(found["stamp"]) / CLOCK if found["stamp"] else math.nan)
                elif re.match(r"(?!\[rawvideo|\[out#).*\[(error|fatal)\]", line):
                    self.errors.append(line)
        self.stamps.put(None)
