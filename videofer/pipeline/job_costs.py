"""What a job cost: CPU time, wall time and peak memory, said in the last line of its log."""

import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

COST = re.compile(r"took ([\d.]+) s of CPU time, ([\d.]+) s in all, and (\d+) MiB of memory$")


def describe_cost() -> str:
    """Say what this process and its children have cost since the process was started, imports included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    wall = time.time() - psutil.Process().create_time()
    memory = max(_own_peak() or used[0].ru_maxrss, used[1].ru_maxrss) / 1024
    return f"took {cpu:.2f} s of CPU time, {wall:.2f} s in all, and {memory:.0f} MiB of memory"


def read_costs(logs: str | Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield rule, CPU seconds, seconds in all and MiB of every job whose log under `logs` tells them.

    The rule is what a log's path begins with: {rule}.log or {rule}/**/*.log.
    """
    for path in sorted(Path(logs).rglob("*.log")):
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 200))
            lines = log.read().decode("utf-8", "replace").splitlines()
        found = COST.search(lines[-1]) if lines else None
        if found:
            rule = path.relative_to(logs).parts[0].removesuffix(".log")
            yield rule, *map(float, found.groups())


def _own_peak() -> int | None:
    # A process inherits ru_maxrss from the one that started it; the kernel's VmHWM is its own. Both in KiB.
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found[1]) if found else None
