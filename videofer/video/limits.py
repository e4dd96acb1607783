"""How large and how long decoded clips may be, and what reading one of them may cost."""

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from videofer.core.errors import RejectedClip

try:
    from resource import RLIM_INFINITY, RLIMIT_DATA, prlimit
except ImportError:  # only Linux can limit another process
    prlimit = None

COPIES = 3  # in which decoded frames are held at most while they are written


class OverBudget(RejectedClip):
    """A video that took more time or memory than it may; another machine, or a free one, might not say so."""


@dataclass(frozen=True)
class Budget:
    """What one video may take: seconds of the clock, and megabytes of memory."""

    timeout: float = 600
    memory_mb: int = 4000

    def hold(self, process: subprocess.Popen) -> None:
        """Let a child process allocate no more than `memory_mb`; without effect where the system cannot."""
        if prlimit is None:
            return
        with contextlib.suppress(ProcessLookupError):  # over already
            _, allowed = prlimit(process.pid, RLIMIT_DATA)
            wanted = self.memory_mb * 10**6
            limit = wanted if allowed == RLIM_INFINITY else min(wanted, allowed)
            prlimit(process.pid, RLIMIT_DATA, (limit, limit))

    def memory_lacks(self, path: str | Path) -> OverBudget:
        """Return the error for a video that needs more memory."""
        return OverBudget(
            f"{path} needs more memory than {self.memory_mb} MB (video: memory_mb): raise it or convert the file."
        )

    @property
    def frame_bytes(self) -> int:
        """Return how many bytes the decoded frames of a clip may have."""
        return self.memory_mb * 10**6 // COPIES

    def check_frames(self, path: str | Path, frames: int, width: int, height: int) -> None:
        """Raise RejectedClip if so many grey frames do not fit."""
        if frames * width * height > self.frame_bytes:
            raise RejectedClip(
                f"{path} has more frames of {width}x{height} than fit into memory (video: memory_mb is "
                f"{self.memory_mb}): lower video.max_height, or give its clips start and end."
            )


USUAL = Budget()


def fit_size(width: int, height: int, half: str | None, max_height: int | None) -> tuple[int, int]:
    """Return (width, height) of the wanted `half` of a picture, scaled down to `max_height`, aspect kept."""
    if half is not None:
        width = max(1, width // 2)
    if max_height is None or height <= max_height:
        return width, height
    scale = max_height / height
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(max_height / 2))


def check_count(
    path: str | Path, got: int, first: int, end: int | None, min_frames: int, max_frames: int | None
) -> None:
    """Raise RejectedClip if `got` frames from `first` on are too few, too many, or end before `end`."""
    if max_frames is not None and got > max_frames:
        raise RejectedClip(
            f"{path} has more than {max_frames} frames (video: max_frames): give its clips start and end."
        )
    if end is not None and got < end - first + 1:
        raise RejectedClip(f"{path} has {first + got} frames, but frames {first} to {end} were asked for.")
    if got < min_frames:
        raise RejectedClip(f"{path} has {got} frames, fewer than {min_frames} (video: min_frames).")
