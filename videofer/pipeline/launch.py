"""Start Snakemake here, clearing what a killed run left: python -m videofer.pipeline.launch --cores all."""

import fcntl
import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

from videofer.core.artifacts import UNFINISHED


def launch(arguments: list[str]) -> None:
    """Replace this process by Snakemake; ends with one sentence if a run is at work here.

    Snakemake's own lock does not tell a killed run from a living one. This one is the kernel's, on an open file
    that Snakemake's process inherits, and goes with it. A run without it is found among this machine's processes.
    """
    folder, busy = Path(".snakemake"), f"Another run is at work in {Path.cwd()}: wait for it, or stop it first."
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / "videofer.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        sys.exit(f"{Path.cwd()} cannot be written to ({error.strerror}): free some space, or copy the project.")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(busy)
    snakemake = [sys.executable, "-m", "snakemake"]
    if any(folder.glob("locks/*")):
        for process in psutil.process_iter(["cmdline", "cwd"]):
            snakemakes = [word for word in process.info["cmdline"] or [] if Path(word).name == "snakemake"]
            if snakemakes and process.info["cwd"] == str(Path.cwd()):
                sys.exit(busy)
        print("Clearing the lock of a run that was killed.")
        subprocess.run([*snakemake, "--unlock", "--quiet", "all"], check=False, stdout=subprocess.DEVNULL)
    remove_unfinished("results")  # also of a job that was killed alone, which leaves no lock
    os.set_inheritable(handle, True)
    os.execv(sys.executable, [*snakemake, *arguments])


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
