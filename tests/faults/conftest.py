"""A study that nobody disturbs, to compare with, one to be damaged, and disks that fill."""

import shutil
import subprocess
from pathlib import Path

import pytest
from disturbed_study import Study, new_study


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Study:
    """Return a study that ran once, to its end."""
    study = new_study(tmp_path_factory.mktemp("undisturbed") / "project")
    status, output = study.run()
    assert status == 0, output
    return study


@pytest.fixture(scope="module")
def spare(undisturbed, tmp_path_factory) -> Study:
    """Return a copy of the undisturbed study, which the tests of a module may damage."""
    return Study(shutil.copytree(undisturbed.folder, tmp_path_factory.mktemp("spare") / "project"))


@pytest.fixture
def small_disk(tmp_path):
    """Yield the function (megabytes) -> folder on a disk of that size; only root may mount one."""
    mounted = []

    def mount(folder: Path, megabytes: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "tmpfs", str(folder)],
            capture_output=True,
        )
        if done.returncode != 0:
            pytest.skip("only root can mount a small disk")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
