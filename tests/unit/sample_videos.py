"""Small real videos for the tests: frames of known grey at known times."""

import subprocess
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

TIME_BASE = Fraction(1, 1000)
# The part of a video that decode_video takes: all of it, as it is.
WHOLE = {"rotation": None, "start": None, "end": None, "half": None, "rate": None}


def grey_ramp(frames: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Return (T, H, W) uint8: frame t is all grey 40 + 2 t, but for a brighter left upper quarter."""
    pictures = np.empty((frames, height, width), np.uint8)
    pictures[:] = (40 + 2 * np.arange(frames))[:, None, None]
    pictures[:, : height // 2, : width // 2] += 60
    return pictures


def write_video(path: Path, pictures: Iterable[np.ndarray], times: Sequence[float], codec: str = "libx264") -> Path:
    """Encode pictures (H, W), as many as `times` (seconds, rounded to 1 ms) at which they are shown."""
    pictures = iter(pictures)
    first = next(pictures)
    with av.open(f"file:{path}", "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = first.shape
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        for picture, time in zip(chain([first], pictures), times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, axis=2), "rgb24")
            frame.pts, frame.time_base = round(time * 1000), TIME_BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def run_ffmpeg(*arguments: str | Path) -> None:
    """Run the pinned ffmpeg, whose options do not change from machine to machine."""
    subprocess.run([get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, arguments)], check=True)


def truncate(source: Path, target: Path, part: float) -> Path:
    """Copy the first `part` of a file's bytes."""
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * part)])
    return target
