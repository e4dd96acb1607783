"""Start Snakemake here, clearing the lock that a killed run left: python -m videofer.launch --cores all"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path


def launch(arguments: list[str]) -> None:
    """Replace this process by Snakemake; ends with one sentence if a run started this way is at work here.

    Snakemake's own lock does not tell a killed run from a living one. This one can: it is a kernel lock on an
    open file that Snakemake's process inherits, so it goes when that process goes.
    """
    folder = Path(".snakemake")
    folder.mkdir(exist_ok=True)
    handle = os.open(folder / "videofer.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another run is at work in {Path.cwd()}: wait for it, or stop it first.")
    snakemake = [sys.executable, "-m", "snakemake"]
    if any(folder.glob("locks/*")):
        print("Clearing the lock of a run that was killed.")
        subprocess.run([*snakemake, "--unlock", "--quiet", "all"], check=False, stdout=subprocess.DEVNULL)
    os.set_inheritable(handle, True)
    os.execv(sys.executable, [*snakemake, *arguments])


if __name__ == "__main__":
    launch(sys.argv[1:])
