"""Probe videos in a child process, which a hostile file may crash, stall or fill without harm to this one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from videofer.core.errors import RejectedClip
from videofer.video.limits import Limits
from videofer.video.probe import VideoInfo, check_file, count_frames, probe_video

COMMAND = (sys.executable, "-P", "-m", "videofer.video.prober")  # -P: not what lies in the current folder


class Prober(contextlib.AbstractContextManager):
    """A child process that probes one video after the other, replaced if it does not survive one."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self._process: subprocess.Popen | None = None

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(BrokenPipeError), process:
                pass  # closes its pipes and waits for it

    def probe(self, path: str | Path) -> VideoInfo:
        """Return what `probe_video` returns.

        Raises RejectedClip, also if the child crashes or needs more memory than it may; OverLimit if it takes too
        long or the machine lacks memory.
        """
        return VideoInfo(**self._ask("probe", path))

    def count(self, path: str | Path) -> tuple[int, float]:
        """Return what `count_frames` returns; raises as `probe`."""
        return tuple(self._ask("count", path))

    def _ask(self, question: str, path: str | Path):
        check_file(path)
        if self._process is None:
            self._process = subprocess.Popen(
                [*COMMAND, str(self.limits.timeout), str(self.limits.memory_mb)],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii",
            )  # fmt: skip
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([question, str(path)]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if line.endswith("\n"):
            answer = json.loads(line)
            if "rejected" in answer:
                raise RejectedClip(answer["rejected"])
            if "memory" in answer:
                raise self.limits.memory_over(path)
            return answer["result"]
        status = self._process.wait()
        self.close()
        if status == -signal.SIGALRM:
            raise self.limits.time_over(path)
        if status == -signal.SIGKILL:
            raise self.limits.memory_over(path, killed=True)
        if status < 0:
            raise RejectedClip(f"{path} brings libav down ({signal.Signals(-status).name}): convert it again.")
        raise RuntimeError(f"the process that probes videos ended with code {status}")


def serve(limits: Limits) -> None:
    """Answer the questions on standard input, one JSON line each, until it ends or SIGALRM ends this process."""
    import av  # noqa: F401 - not within the limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    limits.limit_memory(os.getpid())
    for line in sys.stdin:
        question, path = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, limits.timeout)
        try:
            answer = {"result": asdict(probe_video(path)) if question == "probe" else count_frames(path)}
        except RejectedClip as error:
            answer = {"rejected": str(error)}
        except MemoryError:
            answer = {"memory": True}
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(Limits(float(sys.argv[1]), int(sys.argv[2])))
