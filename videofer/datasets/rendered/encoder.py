"""Write frames as a video file with ffmpeg: the same frames give the same bytes."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

import ffmpeg
import numpy as np

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.core.ffmpeg import ffmpeg_executable

QUALITY = 3  # of mpeg4: 2 is the best, 31 the worst


def encode_video(frames: Iterable[np.ndarray], path: str | Path, width: int, height: int, fps: float) -> None:
    """Encode frames uint8 (height, width, 3) RGB as MPEG-4 in an AVI file, put in place when it is complete.

    One thread and no time stamp in the file. Raises OSError if the disk is full, UserError with ffmpeg's
    own words if it fails otherwise.
    """
    with atomic_path(path) as temporary:
        process = (
            ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", r=fps)
            .output(
                str(temporary),
                vcodec="mpeg4",
                vtag="xvid",
                qscale=QUALITY,
                threads=1,
                fflags="+bitexact",
                **{"flags:v": "+bitexact", "map_metadata": -1},
            )
            .global_args("-loglevel", "error")
            .overwrite_output()
            .run_async(cmd=ffmpeg_executable(), pipe_stdin=True, pipe_stderr=True)
        )
        try:
            for frame in frames:
                process.stdin.write(np.ascontiguousarray(frame))
        except BrokenPipeError:
            pass  # ffmpeg ended early; its message and exit status say why
        except BaseException:
            process.kill()
            process.wait()
            raise
        message = process.communicate()[1].decode(errors="replace").strip()
        if process.returncode != 0:
            if os.strerror(errno.ENOSPC) in message:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            raise UserError(f"ffmpeg could not write {path}: {message}")
