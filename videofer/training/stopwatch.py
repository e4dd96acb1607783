"""How long a training and its answers take, in seconds that other work on the machine hardly changes."""

import time

import torch


class Stopwatch:
    """Seconds on a torch device: CPU time of this process on the processor, wall time on a GPU."""

    def __init__(self, device: str):
        self.device = torch.device(device)
        self._last = self._read()

    def lap(self, wait: bool = True) -> float:
        """Return the seconds since the last lap, or since the start; what a GPU was asked for is waited for.

        wait: False where that would hold up others who share the GPU.
        """
        now = self._read(wait)
        seconds, self._last = now - self._last, now
        return seconds

    def describe(self) -> str:
        """Say what the seconds are."""
        if self.device.type != "cpu":
            return f"wall time on {self.device.type}"
        threads = torch.get_num_threads()
        return "CPU time of one thread" if threads == 1 else f"CPU time, {threads} threads together"

    def _read(self, wait: bool = True) -> float:
        if self.device.type == "cpu":
            return time.process_time()
        # Jobs for a GPU run on after they are asked for.
        if wait:
            (torch.cuda if self.device.type == "cuda" else torch.mps).synchronize()
        return time.monotonic()
