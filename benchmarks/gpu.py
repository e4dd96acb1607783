"""The capsule core on a GPU against the textbook form, and what several trainings on one GPU gain.

python -m benchmarks.gpu: writes benchmarks/results/gpu.json. Several trainings are processes of their own, as jobs
of the pipeline are; the ratio is their time side by side over that of as many one after another.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.capsule_core import Step, time_layers, time_steps
from benchmarks.report import keep, show
from benchmarks.rows import Row

STEPS = {"D": (8, None), "S": (8, None), "M": (8, None), "paper": (8, None)}  # preset -> clips a step, bar
TOGETHER, ROUNDS, TAKEN = (2, 4, 8), 3, 200
WARM_UP = 10


def take_steps(preset: str, device: str, steps: int) -> None:
    """Say that all is ready, wait for a line, take so many training steps."""
    step = Step(preset, 8, plain=False, device=device)
    for _ in range(WARM_UP):
        step()
    print("ready", flush=True)
    input()
    for _ in range(steps):
        step()
    step.network.head.bias.detach().cpu()  # waits for the device


def time_together(count: int, preset: str, device: str, steps: int) -> float:
    """Return the wall seconds until `count` processes have taken `steps` training steps each, begun at once."""
    command = [sys.executable, "-m", "benchmarks.gpu", preset, device, str(steps)]
    jobs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    for job in jobs:
        if not job.stdout.readline():
            raise RuntimeError(f"a training beside {count - 1} others did not begin")
    start = time.monotonic()
    for job in jobs:
        job.stdin.write("\n")
        job.stdin.flush()
    for job in jobs:
        job.communicate()
    return time.monotonic() - start


def compare_together(count: int, preset: str, device: str, steps: int = TAKEN, rounds: int = ROUNDS) -> Row:
    """Return the time of `count` trainings side by side over that of as many in turn."""
    pairs = [
        (time_together(count, preset, device, steps), time_together(1, preset, device, steps))
        for _ in range(rounds)
    ]
    ratios = sorted(together / (count * alone) for together, alone in pairs)
    together, alone = sorted(pairs)[rounds // 2]
    return Row(
        f"{count} trainings on one device, preset {preset}", "one after another", 1000 * together,
        1000 * count * alone, "ms", ratios[rounds // 2], ratios[0], ratios[-1],
    )  # fmt: skip


def measure(device: str) -> Iterator[Row]:
    """Yield all figures of a device."""
    yield from time_layers(device)
    yield from time_steps(STEPS, device)
    for preset in ("D", "paper"):
        for count in TOGETHER:
            yield compare_together(count, preset, device)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        take_steps(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    elif not torch.cuda.is_available():
        sys.exit("There is no NVIDIA GPU here: `make bench` measures the processor.")
    else:
        keep(show(measure("cuda")), Path(__file__).parent / "results" / "gpu.json", "cuda")
