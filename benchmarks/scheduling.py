"""CPU seconds and largest memory of Snakemake's own process, without its jobs, over the number of clips.

python -m benchmarks.scheduling FOLDER COUNT...: for each count, `plan` is a dry run of the real workflow on a list
of so many videos, and `jobs` runs stand-ins of the three rules of a clip (decode_video, detect_faces, select_peak:
script, parameters, log and benchmark each), whose script only touches its output.
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
PER_CLIP = 3
STAND_IN = """
CLIPS = [f"c{{number:05}}" for number in range({count})]

rule all:
    input: expand("clips/{{clip}}", clip=CLIPS)

rule decode:
    input: "videos/{{clip}}.avi"
    output: temp("frames/{{clip}}")
    log: "logs/decode/{{clip}}.log"
    benchmark: "logs/decode/{{clip}}.tsv"
    params: part=lambda w: dict(start=None, end=None, rotation=None), video=dict(max_height=480), code="0123"
    script: "touch.sh"

rule detect:
    input: "frames/{{clip}}"
    output: "faces/{{clip}}"
    log: "logs/detect/{{clip}}.log"
    benchmark: "logs/detect/{{clip}}.tsv"
    params: faces=dict(detector="hog"), stated=lambda w: dict(face_x=None, rotation=None), code="0123"
    priority: 1
    script: "touch.sh"

rule select:
    input: frames="frames/{{clip}}", faces="faces/{{clip}}"
    output: "clips/{{clip}}"
    log: "logs/select/{{clip}}.log"
    benchmark: "logs/select/{{clip}}.tsv"
    params: clips=dict(length=16), annotation=lambda w: dict(onset=None, apex=None), code="0123"
    priority: 2
    script: "touch.sh"
"""
SCRIPT = '#!/bin/bash\n: > "${snakemake_output[0]}"\n'


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


def prepare_jobs(folder: Path, count: int) -> list[str]:
    """Write the stand-in workflow; return the command that runs it."""
    (folder / "Snakefile").write_text(STAND_IN.format(count=count))
    (folder / "touch.sh").write_text(SCRIPT)
    return ["--scheduler", "greedy"]


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
    """Print a line for each way and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the files are made; removed afterwards")
    parser.add_argument("counts", type=int, nargs="+", help="numbers of clips")
    given = parser.parse_args()
    print("clips   what   CPU s   wall s      MiB   CPU ms a job of a clip", flush=True)
    for count in given.counts:
        for what, prepare in (("plan", prepare_plan), ("jobs", prepare_jobs)):
            folder = given.folder / f"{what}-{count}"
            make_videos(folder, count)
            cpu, wall, memory = run(folder, prepare(folder, count))
            each = 1000 * cpu / (PER_CLIP * count)
            print(f"{count:<7} {what} {cpu:8.1f} {wall:8.1f} {memory:8.0f} {each:8.1f}", flush=True)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
