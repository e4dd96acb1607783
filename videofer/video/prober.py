"""Look at videos in a process of its own, which a hostile file may crash, stall or fill without harm here."""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from videofer.core.errors import RejectedClip
from videofer.video.limits import USUAL, Budget, OverBudget
from videofer.video.probe import VideoInfo, count_frames, probe_video

READY = "ready\n"
GRACE = 5  # seconds
COMMAND = (sys.executable, "-m", "videofer.video.prober")


class Prober:
    """A child process that answers one question at a time, replaced if it does not survive a video."""

    def __init__(self, budget: Budget = USUAL):
        self.budget = budget
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Prober":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def look(self, path: str | Path) -> VideoInfo:
        """Return what `probe_video` tells; raises RejectedClip, if the child dies or is too slow OverBudget."""
        told = self._ask("look", path)
        return VideoInfo(**told | {"pixel_aspect": Fraction(told["pixel_aspect"])})

    def count(self, path: str | Path) -> tuple[int, float]:
        """Return what `count_frames` tells; raises as `look`."""
        return tuple(self._ask("count", path))

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()

    def _start(self) -> subprocess.Popen:
        root = str(Path(__file__).resolve().parents[2])
        places = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        process = self._process = subprocess.Popen(
            COMMAND, env=os.environ | {"PYTHONPATH": places},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii",
        )  # fmt: skip
        if process.stdout.readline() != READY:
            self.close()
            raise RuntimeError("the process that looks at videos did not start")
        self.budget.hold(process)
        return process

    def _ask(self, question: str, path: str | Path):
        process = self._process or self._start()
        late = threading.Event()
        timer = threading.Timer(self.budget.timeout, lambda: (late.set(), process.kill()))
        timer.start()
        answer = ""
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps([question, str(path), self.budget.timeout]) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
        finally:
            timer.cancel()
        if not answer.endswith("\n"):
            self.close()
            if late.is_set():
                raise OverBudget(
                    f"{path} cannot be read within {self.budget.timeout:g} s (video: timeout): convert it again."
                )
            raise OverBudget(f"{path} brings libav down: convert it again.")
        told = json.loads(answer)
        if "memory" in told:
            raise self.budget.memory_lacks(path)
        if "rejected" in told:
            raise RejectedClip(told["rejected"])
        return told["told"]


def _answer(question: str, path: str) -> dict:
    try:
        if question == "count":
            return {"told": count_frames(path)}
        told = asdict(probe_video(path))
        return {"told": told | {"pixel_aspect": str(told["pixel_aspect"])}}
    except RejectedClip as error:
        return {"rejected": str(error)}
    except MemoryError:
        return {"memory": True}


def _serve() -> None:
    """Answer the questions on standard input, one JSON line each, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    sys.stdout.write(READY)
    sys.stdout.flush()
    for line in sys.stdin:
        question, path, timeout = json.loads(line)
        signal.alarm(math.ceil(timeout) + GRACE)  # ends this process should the parent be gone
        # JSON in ASCII: a name that is no UTF-8 goes through as it is.
        print(json.dumps(_answer(question, path)), flush=True)
        signal.alarm(0)


if __name__ == "__main__":
    _serve()
