"""Tell what of a study is done, what is left, and how long that takes; nothing is run.

examples:
  videofer status
  videofer status --configfile experiments/mmi-sized.yaml --cores 8
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

import yaml

from videofer.errors import UserError
from videofer.job_costs import read_costs

PROFILE = Path("profiles/default/profile.yaml")


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        "videofer status",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Anything else is handed to snakemake, as it would be to run the study.",
    )
    parser.add_argument(
        "--cores", type=int, default=os.cpu_count(), help="that the rest is to run on; by default all"
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command in the folder of the Snakefile; returns 0."""
    options, others = make_parser().parse_known_args(arguments)
    left, folder = ask_snakemake(others)
    print(describe(left, read_seconds(folder / "logs"), options.cores))
    return 0


def ask_snakemake(arguments: Sequence[str]) -> tuple[dict[str, int], Path]:
    """Return rule -> number of jobs left, and the study's folder, by a dry run; raises UserError if that fails."""
    if not Path("Snakefile").is_file():
        raise UserError("There is no Snakefile here: change to the folder that holds it.")
    # The profile's progress bars hide the table of jobs; what else of it decides which jobs run is kept.
    triggers = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["rerun-triggers"]
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "none", "--rerun-triggers", *triggers]
    command += ["--rerun-incomplete", "--dry-run", "--cores", "1", "--nocolor", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    if ran.returncode:
        raise UserError(
            f"snakemake refused: {said.strip().splitlines()[-1] if said.strip() else 'no reason given'}"
        )
    return parse_jobs(said), find_results(said)


def parse_jobs(said: str) -> dict[str, int]:
    """Return rule -> number of jobs from the table that Snakemake heads 'Job stats'; empty if nothing is left."""
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", said, re.MULTILINE)
    rows = [line.split() for line in table[1].splitlines()] if table else []
    return {rule: int(count) for rule, count in rows if rule not in ("total", "all")}


def find_results(said: str) -> Path:
    """Return the folder below results/ that the jobs of a dry run write to, or the newest where none is left."""
    found = re.search(r"\bresults/([\w.-]+)/", said)
    if found:
        return Path("results", found[1])
    folders = sorted(Path("results").glob("*/"), key=lambda folder: folder.stat().st_mtime)
    return folders[-1] if folders else Path("results")


def read_seconds(logs: Path) -> dict[str, list[float]]:
    """Return rule -> seconds of each job that is done, by the last lines of their logs."""
    seconds: dict[str, list[float]] = {}
    for rule, _, wall, _ in read_costs(logs):
        seconds.setdefault(rule, []).append(wall)
    return seconds


def describe(left: Mapping[str, int], seconds: Mapping[str, Sequence[float]], cores: int) -> str:
    """Return a line a rule with jobs done and left, and the time that the rest takes on so many cores.

    The time of a job is the mean of those timed so far; of a rule without any, nothing is known yet.
    """
    if not left:
        return "Everything is done."
    width = max(len(rule) for rule in {*left, *seconds, "rule"})
    lines = [f"{'rule':{width}}  {'done':>6}  {'left':>6}  {'a job':>8}"]
    for rule in [*(rule for rule in seconds if rule not in left), *left]:
        timed = seconds.get(rule, [])
        a_job = f"{mean(timed):.1f} s" if timed else ""
        lines.append(f"{rule:{width}}  {len(timed) or '':>6}  {left.get(rule, 0):>6}  {a_job:>8}")
    rest = sum(count * mean(seconds[rule]) for rule, count in left.items() if seconds.get(rule)) / cores
    unknown = [rule for rule in left if not seconds.get(rule)]
    if len(unknown) < len(left):
        lines.append(f"Left: about {show_time(rest)} on {cores} cores, of the rules that were timed.")
    else:
        lines.append("How long it takes is not known before the first jobs are done.")
    if unknown:
        lines.append(f"Not timed yet: {', '.join(unknown)}.")
    return "\n".join(lines)


def show_time(seconds: float) -> str:
    """Return a time in words, such as 2 h 05 min."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
