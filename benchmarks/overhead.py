"""What a run costs beside its work: the start of a job's Python, and Snakemake's plan of the demo."""

import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence

from benchmarks.rows import Row

ROUNDS = 5
PLAIN = [sys.executable, "-c", "import numpy, json"]
STARTS = {
    "start of a job that cuts clips": (
        "import videofer.pipeline.jobs, videofer.clips.cut",
        PLAIN,
        "Python with numpy",
    ),
    "start of a training": (
        "import videofer.pipeline.jobs, videofer.training.train_fold",
        [sys.executable, "-c", "import torch, pandas"],
        "Python with torch and pandas",
    ),
}
PLAN = [sys.executable, "-m", "videofer.pipeline.launch", "--dry-run", "--quiet", "all"]


def spend(command: Sequence[str]) -> float:
    """Return the CPU seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_commands(
    name: str, ours: Sequence[str], opponent: str, theirs: Sequence[str], rounds: int = ROUNDS
) -> Row:
    """Run both commands turn by turn, after one round that only fills the caches of the disk."""
    times = [(spend(ours), spend(theirs)) for _ in range(rounds + 1)][1:]
    mine, others = zip(*times, strict=True)
    ratios = [a / b for a, b in times]
    return Row(
        name, opponent, 1000 * statistics.median(mine), 1000 * statistics.median(others), "ms of CPU time",
        statistics.median(ratios), min(ratios), max(ratios),
    )  # fmt: skip


def measure() -> Iterator[Row]:
    """Yield the CPU time of starting jobs and of planning, over that of what cannot be left out of it."""
    for name, (statement, theirs, opponent) in STARTS.items():
        yield compare_commands(name, [sys.executable, "-c", statement], opponent, theirs)
    bare = [sys.executable, "-m", "snakemake", "--version"]
    yield compare_commands("Snakemake's plan of the demo", PLAN, "starting Snakemake", bare)
