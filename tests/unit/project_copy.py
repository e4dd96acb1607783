"""A copy of the project's files that tests may run and change."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "config", "workflow", "videofer", "profiles", "envs", "experiments")


def copy_project(folder: Path) -> Path:
    """Copy what a run needs into the new folder `folder` and return it."""
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / part, folder / part)
    return folder
