"""A Slurm of one node, and a small study: finished on this machine alone, and not begun, for the cluster."""

import copy
import importlib.util
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from project_copy import copy_project
from slurm_node import SlurmNode, missing_for_slurm

# One network, one model without epochs, six clips of two classes: the least that passes every kind of step.
SMALL = {
    "name": "small",
    "dataset": {"classes": ["happy", "sad"]},
    "models": {
        "capsule-lstm": {"variants": ["margin-reconstruction-ce"]},
        **dict.fromkeys(("3dcnn", "il-cnn", "dtagn", "frames-landmarks", "lbp-top-svm")),
    },
}
TARGETS = ("tables/table-4.1.csv", "tables/table-4.2.csv", "metrics/predictions.csv")


@dataclass(frozen=True)
class Study:
    """A copy of the project with the small study in it."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results/small"

    def command(self, *arguments: str) -> list[str]:
        chosen = any(argument.startswith("results/") for argument in arguments)
        targets = [] if chosen else [f"results/small/{name}" for name in TARGETS]
        overlays = ["--configfile", "experiments/smoke.yaml", "small.yaml"]
        return [sys.executable, "-m", "videofer.pipeline.launch", *arguments, *targets, *overlays]

    def write_profile(self, name: str, **changed) -> None:
        """Write a changed copy of a shipped profile, as docs/clusters.md says."""
        path = self.folder / f"profiles/{name}/config.yaml"
        settings = yaml.safe_load(path.read_text())
        for key, value in copy.deepcopy(changed).items():
            key = key.replace("_", "-")
            settings[key] = settings.get(key, {}) | value if isinstance(value, dict) else value
        (self.folder / f"profiles/my-{name}").mkdir()
        (self.folder / f"profiles/my-{name}/config.yaml").write_text(yaml.safe_dump(settings))


def new_study(folder: Path) -> Study:
    copy_project(folder)
    (folder / "small.yaml").write_text(yaml.safe_dump(SMALL))
    return Study(folder)


class Run:
    """A run of the workflow in the background; its jobs end with it."""

    def __init__(self, study: Study, slurm: SlurmNode, *arguments: str):
        self.log = study.folder / "run.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                study.command(*arguments), cwd=study.folder, env=slurm.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def running(self) -> bool:
        assert self.process.poll() in (None, 0), self.log.read_text()[-6000:]
        return self.process.poll() is None

    def finish(self, seconds: float) -> str:
        """Wait for the end and return all that was printed; the run must succeed."""
        self.process.wait(timeout=seconds)
        text = self.log.read_text()
        assert self.process.returncode == 0, text[-6000:]
        return text

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    missing = missing_for_slurm()
    if missing is None and importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        missing = "Snakemake's plugins are missing: make cluster"
    if missing:
        pytest.skip(f"NO CLUSTER WAS TESTED: {missing}")
    with SlurmNode(tmp_path_factory.mktemp("slurm"), cores=4, gpus=2) as node:
        yield node


@pytest.fixture
def start(slurm):
    """Start runs of the workflow that the test need not end."""
    runs = []

    def start_run(study, *arguments):
        runs.append(Run(study, slurm, *arguments))
        return runs[-1]

    yield start_run
    for run in runs:
        run.end()


@pytest.fixture(scope="session")
def local(slurm, tmp_path_factory) -> Study:
    """The study, finished on this machine alone."""
    study = new_study(tmp_path_factory.mktemp("local") / "a project")
    done = subprocess.run(
        study.command("--cores", "2"), cwd=study.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return study


@pytest.fixture(scope="session")
def study(slurm, tmp_path_factory) -> Study:
    """The study, not begun, for the cluster."""
    return new_study(tmp_path_factory.mktemp("cluster") / "a project")
