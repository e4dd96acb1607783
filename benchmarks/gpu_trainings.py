"""Real trainings of the Capsule-LSTM on random clips, timed: jobs in turn, jobs that share a device, side by side.

python -m benchmarks.gpu_trainings PRESET DEVICE RUNS EPOCHS CLIPS: one job, which says when it is ready and waits
for a line; `time_jobs` starts as many as are asked for.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from videofer.models.interface import Schedule, Split, Task
from videofer.models.registry import load_model
from videofer.pipeline.config import model_settings
from videofer.training.accumulation import Parts
from videofer.training.loop import fit_all, make_optimiser
from videofer.training.precision import choose_precision
from videofer.training.step import SWITCH, Step

VERSIONS, BATCH, VARIANT = 8, 8, "margin-reconstruction-ce"


def make_tasks(preset: str, device: str, runs: int, epochs: int, clips: int, resume: Path) -> list[Task]:
    """Return tasks of different seeds on the same random clips of 16 frames, an eighth of them for validation.

    resume: folder of their states.
    """
    import yaml

    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    options = model_settings(config, "capsule-lstm")["options"] | {"size": preset}
    pixels = torch.randint(0, 256, (clips, VERSIONS, 16, 48, 48), dtype=torch.uint8).to(device)
    numbers = torch.arange(clips)
    held_out = clips // 8
    samples = torch.cartesian_prod(numbers[held_out:], torch.arange(VERSIONS)).to(device)
    judged = torch.stack([numbers[:held_out], torch.zeros(held_out, dtype=torch.int64)], 1).to(device)
    data = (pixels, torch.zeros(clips, VERSIONS, 16, 68, 2, device=device), (numbers % 6).to(device))
    schedule = Schedule(epochs, BATCH, 1e-4, precision=choose_precision("auto", device))
    splits = Split(*data, samples), Split(*data, judged)
    return [
        Task(VARIANT, options, 6, *splits, schedule, (0, number), device, resume / str(number))
        for number in range(runs)
    ]


def train(preset: str, device: str, runs: int, epochs: int, clips: int) -> None:
    """Be one job: say that all is ready, wait for a line, train all runs side by side."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with tempfile.TemporaryDirectory() as folder:
        tasks = make_tasks(preset, device, runs, epochs, clips, Path(folder))
        print("ready", flush=True)
        input()
        fit_all(load_model("capsule-lstm"), tasks, at_once=runs)


def time_jobs(
    jobs: int, runs: int, recorded: bool, preset: str, device: str, epochs: int, clips: int
) -> tuple[float, float | None]:
    """Return the wall seconds that `jobs` processes of so many runs each train for, begun at once, and how busy the
    device was meanwhile in % (None if nobody tells).
    """
    command = [sys.executable, "-m", "benchmarks.gpu_trainings", preset, device, *map(str, (runs, epochs, clips))]
    environment = os.environ | {SWITCH: str(int(recorded)), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(jobs)
    ]
    for process in processes:
        if not process.stdout.readline():
            raise RuntimeError(f"a training beside {jobs * runs - 1} others did not begin")
    with Utilisation() as busy:
        start = time.monotonic()
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
        seconds = time.monotonic() - start
    if any(process.returncode for process in processes):
        raise RuntimeError(f"a training beside {jobs * runs - 1} others failed")
    return seconds, busy.mean


class Utilisation:
    """What nvidia-smi says of how busy the first device is, averaged while the block runs; mean None without it."""

    def __init__(self):
        self.said: list[float] = []
        self.mean: float | None = None

    def __enter__(self) -> "Utilisation":
        command = [
            "nvidia-smi",
            "--id=0",
            "--query-gpu=utilization.gpu",
            "--format=csv,noheader,nounits",
            "-lms",
            "200",
        ]
        try:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        except FileNotFoundError:
            self.process = None
            return self
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.reader.join()
            self.mean = sum(self.said) / len(self.said) if self.said else None

    def _read(self) -> None:
        self.said = [float(line) for line in self.process.stdout if line.strip().isdigit()]


def count_operations(preset: str) -> int:
    """Return the floating-point operations of a training step's convolutions and matrix products."""
    (task,) = make_tasks(preset, "cpu", 1, 1, 8, Path())
    learner = load_model("capsule-lstm").learner(task)
    schedule = Schedule(1, BATCH, 1e-4)
    step = Step(learner, task.training, schedule, make_optimiser(learner.network, schedule), Parts())
    with FlopCounterMode(display=False) as counter:
        step(torch.arange(BATCH))
    return counter.get_total_flops()


if __name__ == "__main__":
    train(*sys.argv[1:3], *map(int, sys.argv[3:]))
