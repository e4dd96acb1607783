"""Starting Snakemake: a killed run's lock is cleared, a living run's is respected."""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from videofer.core.artifacts import atomic_path
from videofer.pipeline.launch import remove_unfinished

ROOT = Path(__file__).resolve().parents[3]
SNAKEFILE = """
rule all:
    output: "done.txt"
    shell: "touch started.txt; while [ ! -e go.txt ]; do sleep 0.1; done; touch done.txt"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    return tmp_path


def start(folder, program="videofer.pipeline.launch", **environment):
    return subprocess.Popen(
        [sys.executable, "-m", program, "--cores", "1", "--rerun-incomplete"], cwd=folder, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert path.exists()


def leave_unfinished(folder: Path) -> Path:
    """Let a job die while it writes; returns what it leaves, the only file of `folder`."""
    write = "from videofer.core.artifacts import atomic_path as a; import os\nwith a('a.json'): os._exit(9)"
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", write], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})
    (left,) = folder.iterdir()
    return left


@pytest.mark.parametrize("program", ["videofer.pipeline.launch", "snakemake"])
def test_a_second_run_is_refused_and_a_killed_one_is_taken_over(folder, program):
    first = start(folder, program)
    wait_for(folder / "started.txt", first)
    second = start(folder)
    output, _ = second.communicate(timeout=60)
    assert second.returncode != 0 and output.startswith("Another run is at work in")
    assert first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert list((folder / ".snakemake/locks").iterdir())
    left = leave_unfinished(folder / "results/runs")
    (folder / "go.txt").touch()
    third = start(folder)
    output, _ = third.communicate(timeout=60)
    assert third.returncode == 0, output
    assert "Clearing the lock" in output and (folder / "done.txt").exists() and not left.exists()


def test_a_project_that_cannot_be_written_to_is_one_sentence(folder):
    (folder / ".snakemake").write_text("a file in the place of the folder")
    output, _ = start(folder).communicate(timeout=60)
    assert "cannot be written to (" in output and "Traceback" not in output


def test_no_home_folder_is_needed(folder):
    """Of somebody whose home cannot be made, as in a container that runs under a number."""
    (folder / "go.txt").touch()
    (folder / "file").touch()
    process = start(folder, HOME=str(folder / "file/home"), XDG_CACHE_HOME="")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and (folder / "done.txt").exists(), output


def test_only_files_whose_writers_are_gone_are_removed(tmp_path):
    """A second start finds files of killed jobs, of jobs at work, and of a cluster's other machines."""
    killed = leave_unfinished(tmp_path / "x")
    elsewhere = killed.with_name(killed.name.replace(platform.node(), "another-node"))
    elsewhere.touch()
    (tmp_path / ".hidden").touch()
    with atomic_path(tmp_path / "x/b.json") as at_work:
        at_work.write_text("half")
        remove_unfinished(tmp_path)
        assert sorted(path.name for path in (tmp_path / "x").iterdir()) == sorted([at_work.name, elsewhere.name])
    assert (tmp_path / "x/b.json").read_text() == "half" and (tmp_path / ".hidden").exists()
