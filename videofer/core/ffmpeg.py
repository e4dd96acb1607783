"""Which ffmpeg runs, and what its version needs."""

import logging
import re
import shutil
import subprocess
from functools import cache

log = logging.getLogger(__name__)


@cache
def ffmpeg_executable() -> str:
    """Return the system's ffmpeg, or else that of the package imageio-ffmpeg."""
    found = shutil.which("ffmpeg")
    if found is None:
        from imageio_ffmpeg import get_ffmpeg_exe

        found = get_ffmpeg_exe()
    log.info("ffmpeg: %s", found)
    return found


@cache
def ffmpeg_banner() -> str:
    """Return the line in which this ffmpeg names its version."""
    command = [ffmpeg_executable(), "-version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[0]


def keep_every_frame(banner: str) -> dict[str, str]:
    """Return the option by which an ffmpeg neither repeats nor drops frames of a variable frame rate."""
    version = re.search(r"version n?(\d+)\.(\d+)", banner)
    # -fps_mode came with 5.1; builds from git carry no number and are newer than that.
    old = version is not None and (int(version[1]), int(version[2])) < (5, 1)
    return {"vsync": "passthrough"} if old else {"fps_mode": "passthrough"}
