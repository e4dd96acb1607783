"""CPU seconds and largest memory of Snakemake's plan of the real workflow, over the number of clips.

python -m benchmarks.scheduling FOLDER COUNT...: for each count, a dry run on a list of so many videos of 91 people.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from videofer.core.study import CLASSES

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "videofer", "envs")


def make_videos(folder: Path, count: int) -> None:
    """Write `count` empty files with names of videos."""
    (folder / "videos").mkdir(parents=True)
    for number in range(count):
        (folder / f"videos/c{number:05}.avi").touch()


def prepare_plan(folder: Path, count: int) -> list[str]:
    """Copy the workflow beside a list of videos; return the command that plans it."""
    rows = [f"videos/c{n:05}.avi,P{n % 91},{CLASSES[n % 6]}" for n in range(count)]
    (folder / "list.csv").write_text("\n".join(["path,subject,label", *rows]) + "\n")
    (folder / "mine.yaml").write_text("name: mine\ndataset: {kind: table, path: list.csv}\n")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, folder / part)
    triggers = ["--rerun-triggers", "mtime", "params", "input", "software-env"]
    return ["--dry-run", "--configfile", "mine.yaml", *triggers]


def run(folder: Path, arguments: Sequence[str]) -> tuple[float, float, float]:
    """Run Snakemake in a folder; return its own CPU seconds, wall seconds and largest memory in MiB."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all", *arguments]
    start, seconds, largest = time.monotonic(), 0.0, 0.0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            time.sleep(0.1)
            with suppress(OSError):  # it has just ended
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
                peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
                if peak:
                    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                    largest = int(peak[1]) / 1024
    if process.returncode:
        sys.exit(f"snakemake {' '.join(arguments)} ended with {process.returncode}")
    return seconds, time.monotonic() - start, largest


def main() -> None:
    """Print a line for each count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the files are made; removed afterwards")
    parser.add_argument("counts", type=int, nargs="+", help="numbers of clips")
    given = parser.parse_args()
    print("clips   CPU s   wall s      MiB", flush=True)
    for count in given.counts:
        folder = given.folder / f"plan-{count}"
        make_videos(folder, count)
        cpu, wall, memory = run(folder, prepare_plan(folder, count))
        print(f"{count:<7} {cpu:5.1f} {wall:8.1f} {memory:8.0f}", flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
