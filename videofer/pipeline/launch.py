"""Start Snakemake here, clearing what a killed run left: python -m videofer.pipeline.launch --cores all."""

import fcntl
import getpass
import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

from videofer.core.artifacts import UNFINISHED
from videofer.core.errors import UserError
from videofer.pipeline.overlays import read_command, read_overlay, write_command


def launch(arguments: list[str]) -> None:
    """Replace this process by Snakemake; ends with one sentence if a run is at work here or a file cannot be used.

    Snakemake's own lock does not tell a killed run from a living one. This one is the kernel's, on an open file
    that Snakemake's process inherits, and goes with it. A run without it is found among this machine's processes.
    """
    known, rest = read_command(arguments)
    try:
        for file in known.configfile:
            read_overlay(file)
    except UserError as error:
        sys.exit(str(error))
    place = Path(known.directory).resolve()
    folder, busy = place / ".snakemake", f"Another run is at work in {place}: wait for it, or stop it first."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "videofer.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        sys.exit(f"{place} cannot be written to ({error.strerror}): free some space, or use --directory.")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(busy)
    settle_home(folder)
    snakemake = [sys.executable, "-m", "snakemake"]
    if any(folder.glob("locks/*")):
        for process in psutil.process_iter(["cmdline", "cwd"]):
            snakemakes = [word for word in process.info["cmdline"] or [] if Path(word).name == "snakemake"]
            if snakemakes and process.info["cwd"] == str(place):
                sys.exit(busy)
        print("Clearing the lock of a run that was killed.")
        where = ["--directory", str(place), *(["--snakefile", known.snakefile] if known.snakefile else [])]
        subprocess.run([*snakemake, "--unlock", "--quiet", "all", *where], check=False, stdout=subprocess.DEVNULL)
    remove_unfinished(place / "results")  # also of a job that was killed alone, which leaves no lock
    os.set_inheritable(handle, True)
    os.execv(sys.executable, [*snakemake, *(arguments if "--" in arguments else write_command(known, rest))])


def settle_home(folder: Path) -> None:
    """Let Snakemake use `folder` as its cache where there is no home folder that can be written to."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME") or "/") / ".cache")
    there = next(path for path in (cache, *cache.parents) if os.access(path, os.F_OK))
    if not os.access(there, os.W_OK | os.X_OK):
        os.environ["XDG_CACHE_HOME"] = str(folder.absolute())
    try:
        getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in `docker run --user 1234`
        os.environ["LOGNAME"] = str(os.geteuid())


def remove_unfinished(folder: str | Path) -> None:
    """Remove the temporary files below `folder` whose writers, processes of this machine, are gone.

    Those of other machines stay: jobs of a cluster may still be writing them.
    """
    for path in Path(folder).rglob(".videofer-*"):
        writer = UNFINISHED.fullmatch(path.name)
        if writer and writer["machine"] == platform.node() and not psutil.pid_exists(int(writer["process"])):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    launch(sys.argv[1:])
