"""Runs the real workflow in a copy of the project."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from project_copy import copy_project


@dataclass(frozen=True)
class Project:
    """A copy of the project that tests may change, with what it has computed."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results" / "smoke"

    def command(self, *arguments: str) -> list[str]:
        overlays = [] if "--configfile" in arguments else ["--configfile", "experiments/smoke.yaml"]
        return [sys.executable, "-m", "videofer.pipeline.launch", *arguments, "--cores", "2", *overlays]

    def snakemake(self, *arguments: str, check: bool = True) -> str:
        """Run Snakemake on the smoke experiment and return all it printed."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    """Copy the project's files to a folder whose name has a space."""
    return Project(copy_project(tmp_path_factory.mktemp("videofer") / "a project"))
