"""A study killed at twenty moments ends as one that nobody disturbed, byte for byte."""

import contextlib
import os
import random
import signal
import time

import psutil
import pytest
from disturbed_study import new_study

pytestmark = pytest.mark.faults
KILLS = 20
VICTIMS = ("all", "snakemake", "one job")


def kill(process, victim: str, rng: random.Random) -> None:
    """Kill Snakemake and its jobs, Snakemake alone, or one of its jobs."""
    jobs = []
    with contextlib.suppress(psutil.NoSuchProcess):
        jobs = [p for p in psutil.Process(process.pid).children(recursive=True) if "python" in p.name()]
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif victim == "snakemake" or not jobs:
        process.kill()
    else:
        with contextlib.suppress(psutil.NoSuchProcess):
            rng.choice(jobs).kill()
        return
    process.wait()


def end_orphans(process) -> None:
    """End what is left of a run's process group, as a restart of the machine would; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        # One that waits for the disk dies when that is done, with the file renamed that it was about to rename.
        for _ in range(100):
            os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.1)


def test_killed_at_twenty_moments_it_ends_with_the_same_bytes(undisturbed, tmp_path):
    study, rng = new_study(tmp_path / "project"), random.Random(2026)
    killed, orphans = [], []
    for number in range(KILLS):
        process = study.start()
        time.sleep(rng.uniform(3, 14))
        if process.poll() is None:
            kill(process, VICTIMS[number % len(VICTIMS)], rng)
            killed.append(number)
        if process.poll() is None:  # a job died: the others go on for a moment
            time.sleep(rng.uniform(0, 2))
            process.kill()
            process.wait()
        orphans.append(process)
    status, output = study.run()
    for process in orphans:
        end_orphans(process)
    assert status == 0, output
    assert len(killed) >= KILLS // 2  # else the study was over too soon to tell anything
    assert study.digests() == undisturbed.digests()
    assert not list((study.results / "resume").glob("*"))
    assert not list((study.results / "frames").glob("*"))
    left = [path for path in study.results.rglob(".*") if path.is_file() and path.name != ".snakemake_timestamp"]
    assert left == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_stopped_by_a_signal_it_goes_on(undisturbed, tmp_path, stop):
    """SIGTERM and Ctrl-C to the whole group, as a cluster or a terminal sends them, while networks train."""
    study = new_study(tmp_path / "project")
    process = study.start()
    while process.poll() is None and not list((study.results / "runs").rglob("model.safetensors")):
        time.sleep(0.1)
    os.killpg(process.pid, stop)
    process.wait(timeout=120)
    assert process.returncode != 0
    status, output = study.run()
    assert status == 0, output
    assert study.digests() == undisturbed.digests()


def test_a_clock_that_jumps_back_costs_time_only(undisturbed, spare):
    """Half of the files get times of last year, as if the clock had been wrong while they were made."""
    files = sorted(path for path in spare.results.rglob("*") if path.is_file() and "videos" not in path.parts)
    rng = random.Random(7)
    for path in rng.sample(files, len(files) // 2):
        os.utime(path, (time.time() - 365 * 86400,) * 2)
    status, output = spare.run()
    assert status == 0, output
    assert spare.digests() == undisturbed.digests()
    assert "Nothing to be done" in spare.run()[1]
