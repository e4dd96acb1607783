"""The capsule core on a GPU against the textbook form, and ways to train many runs on one GPU.

python -m benchmarks.gpu: writes benchmarks/results/gpu.json. The opponent of the ways is one plain job after
another: a process for each run, every operation launched by itself. Times are those of the trainings, without the
start of Python and torch, which each job pays once, and reckoned up to the MMI-sized matrix.
"""

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from benchmarks.gpu_trainings import BATCH, VERSIONS, count_operations, time_jobs
from videofer.training.stopwatch import Stopwatch

from benchmarks.capsule_core import time_layers, time_steps
from benchmarks.report import keep, show
from benchmarks.rows import Row
from videofer.training.precision import choose_precision

STEPS = {"D": (8, None), "S": (8, None), "M": (8, None), "paper": (8, None)}  # preset -> clips a step, bar
PRESETS = {"D": None, "paper": 1 / 5}  # preset -> bar of the trainings side by side
CLIPS, EPOCHS, ROUNDS = 208, 2, 3
MATRIX = 4 * 10 * 40  # variants, folds, epochs: of the MMI-sized study
SIDE, PRODUCTS = 8192, 20  # of the matrices whose product says what the device can do


@dataclass(frozen=True)
class Way:
    """Processes at once, runs side by side in each, and whether their steps are recorded."""

    name: str
    jobs: int
    runs: int
    recorded: bool = True


PLAIN = Way("one plain job after another", 1, 1, recorded=False)
WAYS = (
    Way("one job after another, steps recorded", 1, 1),
    Way("4 jobs at once, steps recorded", 4, 1),
    Way("10 runs side by side, operations launched", 1, 10, recorded=False),
    Way("10 runs side by side, steps recorded", 1, 10),  # the last is held to the bar
)


def compare_ways(
    preset: str, device: str, bar: float | None, clips: int = CLIPS, epochs: int = EPOCHS, rounds: int = ROUNDS
) -> Iterator[Row]:
    """Yield each way's time for the matrix against the plain way's, turn by turn; of the last, how busy it was."""
    times: dict[Way, list[float]] = {way: [] for way in (PLAIN, *WAYS)}
    for _ in range(rounds):
        for way, taken in times.items():
            seconds, busy = time_jobs(way.jobs, way.runs, way.recorded, preset, device, epochs, clips)
            taken.append(seconds / (way.jobs * way.runs * epochs))
    for way in WAYS:
        ratios = [ours / plain for ours, plain in zip(times[way], times[PLAIN], strict=True)]
        ours, plain = (statistics.median(times[one]) * MATRIX / 60 for one in (way, PLAIN))
        yield Row(
            f"MMI-sized matrix, preset {preset}, {way.name}", PLAIN.name, ours, plain, "min",
            statistics.median(ratios), min(ratios), max(ratios), bar if way == WAYS[-1] else None,
        )  # fmt: skip
    if busy is not None:
        yield Row(
            f"time that the device is busy, preset {preset}, {way.name}", "all", busy, 100, "%", *[busy / 100] * 3
        )
    steps = (clips - clips // 8) * VERSIONS / BATCH
    rates = [count_operations(preset) * steps / seconds / 1e12 for seconds in times[way]]
    limit = measure_limit(device)
    rate = statistics.median(rates)
    yield Row(
        f"operations a second, preset {preset}, {way.name}", f"products of matrices, side {SIDE}", rate, limit,
        "TFLOP/s", rate / limit, min(rates) / limit, max(rates) / limit,
    )  # fmt: skip


def measure_limit(device: str, side: int = SIDE) -> float:
    """Return the TFLOP/s of large products of matrices in the precision that trainings take there."""
    kind = getattr(torch, choose_precision("auto", device))
    matrix = torch.ones(side, side, device=device, dtype=kind)
    matrix @ matrix
    watch = Stopwatch(device)
    for _ in range(PRODUCTS):
        matrix @ matrix
    return PRODUCTS * 2 * side**3 / watch.lap() / 1e12


def measure(device: str) -> Iterator[Row]:
    """Yield all figures of a device."""
    yield from time_layers(device)
    yield from time_steps(STEPS, device)
    for preset, bar in PRESETS.items():
        yield from compare_ways(preset, device, bar)


if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit("There is no NVIDIA GPU here: `make bench` measures the processor.")
    keep(show(measure("cuda")), Path(__file__).parent / "results" / "gpu.json", "cuda")
