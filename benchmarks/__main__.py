"""All ratios in one table: `make bench`, under ten minutes. Writes benchmarks/results/cpu.json."""

from itertools import chain
from pathlib import Path

from benchmarks import capsule_core, front_end, overhead
from benchmarks.report import keep, show

if __name__ == "__main__":
    parts = (part.measure() for part in (capsule_core, front_end, overhead))
    keep(show(chain.from_iterable(parts)), Path(__file__).parent / "results" / "cpu.json")
