"""How large decoded clips may be, and what reading one video may take of time and memory."""

import contextlib
import resource
from dataclasses import dataclass
from pathlib import Path

from videofer.core.errors import RejectedClip, UserError

COPIES = 3  # of the decoded frames in memory, at most, while they are written


class OverLimit(UserError):
    """A video that takes longer than the time limit, or more memory than the machine has; a retry may succeed."""


@dataclass(frozen=True)
class Limits:
    """What reading one video may take: `timeout` in seconds of the clock, `memory_mb` in megabytes."""

    timeout: float
    memory_mb: int

    @property
    def frame_bytes(self) -> int:
        """Return how many bytes the decoded frames of a clip may have."""
        return self.memory_mb * 10**6 // COPIES

    def limit_memory(self, pid: int) -> None:
        """Let a process allocate no more than `memory_mb`; without effect where the system cannot."""
        if not hasattr(resource, "prlimit"):  # only Linux can limit another process
            return
        with contextlib.suppress(ProcessLookupError):  # it has ended
            limit, hard = self.memory_mb * 10**6, resource.prlimit(pid, resource.RLIMIT_DATA)[1]
            limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))

    def time_over(self, path: str | Path) -> OverLimit:
        """Return the error for a video that takes too long."""
        return OverLimit(
            f"{path} cannot be read within {self.timeout:g} s (video: timeout): run again, raise the limit, or "
            "convert the file."
        )

    def memory_over(self, path: str | Path, killed: bool = False) -> OverLimit | RejectedClip:
        """Return the error for a video for which memory ran out, because of `memory_mb` or of the machine.

        killed: its reader was ended from outside, as by a system without memory.
        """
        granted = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
        if killed or any(0 <= limit < self.memory_mb * 10**6 for limit in granted):  # -1: no limit
            return OverLimit(
                f"{path} needs more memory than this machine grants, which is less than the {self.memory_mb} MB of "
                "video: memory_mb: run again with fewer jobs at once, or on another machine."
            )
        return RejectedClip(
            f"{path} needs more memory than {self.memory_mb} MB (video: memory_mb): raise it or convert the file."
        )

    def check_frames(self, path: str | Path, frames: int, width: int, height: int) -> None:
        """Raise RejectedClip if so many grey frames do not fit."""
        if frames * width * height > self.frame_bytes:
            raise RejectedClip(
                f"{path} has more frames of {width}x{height} than fit into memory (video: memory_mb is "
                f"{self.memory_mb}): lower video.max_height, or give its clips start and end."
            )


# Where no study's configuration sets them, as in prediction.
USUAL = Limits(timeout=600, memory_mb=4000)


def fit_size(width: int, height: int, half: str | None, max_height: int | None) -> tuple[int, int]:
    """Return (width, height) of the wanted `half` of a picture, scaled down to `max_height`, aspect kept."""
    if half is not None:
        width = max(1, width // 2)
    if max_height is None or height <= max_height:
        return width, height
    scale = max_height / height
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(max_height / 2))


def check_count(
    path: str | Path, count: int, first: int, end: int | None, min_frames: int, max_frames: int | None
) -> None:
    """Raise RejectedClip if `count` frames from `first` on are too few, too many, or end before `end`."""
    if max_frames is not None and count > max_frames:
        raise RejectedClip(
            f"{path} has more than {max_frames} frames (video: max_frames): give its clips start and end."
        )
    if end is not None and count < end - first + 1:
        raise RejectedClip(f"{path} has {first + count} frames, but frames {first} to {end} were asked for.")
    if count < min_frames:
        shown = f"{count} frame{'' if count == 1 else 's'}"
        raise RejectedClip(f"{path} is too short: {shown}, {min_frames} needed (video: min_frames).")
