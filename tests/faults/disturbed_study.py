"""Small studies in a copy of the project, and those of their results that no fault may change."""

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from project_copy import copy_project

# The demo's chain, every rule of it, with two models and two epochs.
SMALL = {
    "name": "small",
    "rendered": {"subjects": 3, "seed": 1},
    "folds": {"count": 3},
    "training": {"epochs": 2, "device": "cpu"},
    "seeds": [0],
}
MODELS = {"capsule-lstm": {"variants": ["margin-ce"]}, "majority": {"variants": ["plain"]}}
# These contain seconds of the clock; all other files of a study have the same bytes each time.
TIMED = ("run.json", "models.csv", "table-4.2-cost")


@dataclass(frozen=True)
class Study:
    """A copy of the project with a study that takes a minute or two."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results" / "small"

    def command(self, *arguments: str) -> list[str]:
        options = ["--cores", "2", "--configfile", "small.yaml"]
        return [sys.executable, "-m", "videofer.pipeline.launch", *arguments, *options]

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start the study in a process group of its own; its output goes to output.txt.

        Ctrl-C reaches it even where the tests ignore it, as in a shell's background.
        """
        with (self.folder / "output.txt").open("a") as output:
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the study; returns its exit status and output."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def digests(self) -> dict[str, str]:
        """Return path -> sha256 of all that must be the same whatever disturbed the study."""
        parts = ("videos", "clips", "runs", "metrics", "tables", "figures")
        files = [path for part in parts for path in (self.results / part).rglob("*") if path.is_file()]
        files += [path for path in self.results.glob("*.*") if path.suffix in (".tsv", ".safetensors")]
        return {
            str(path.relative_to(self.results)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if not path.name.startswith(TIMED)
        }


def new_study(folder: Path) -> Study:
    """Copy the project's files to `folder`, with the overlay of the small study."""
    copy_project(folder)
    models = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["models"]
    small = SMALL | {"models": dict.fromkeys(models) | MODELS}
    (folder / "small.yaml").write_text(yaml.safe_dump(small), encoding="utf-8")
    return Study(folder)
