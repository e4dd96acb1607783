"""Film with a camera of this machine: the recording is then read like any other video."""

import subprocess
from pathlib import Path

import ffmpeg

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.core.ffmpeg import ffmpeg_executable

CODEC = {"vcodec": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p"}  # keeps up with a camera


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
