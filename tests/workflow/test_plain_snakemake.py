"""What people who know Snakemake expect: plain Snakemake plans the demo; the workflow is a module of another."""

import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distributions, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from project_copy import copy_project
from sample_videos import grey_ramp, write_video

ROOT = Path(__file__).resolve().parents[2]
MODULE = """
configfile: "mine.yaml"
module videofer:
    snakefile: {snakefile}
    config: config["faces"]
    prefix: "expressions"
use rule * from videofer as videofer_*
rule all:
    default_target: True
    input: rules.videofer_all.input
"""
MINE = (
    "faces:\n  name: mine\n  dataset: {kind: table, path: list.csv, classes: [happy, sad]}\n  folds: {count: 3}\n"
)

pytestmark = pytest.mark.workflow


def run(folder: Path, *arguments: str, path: Path | None = None) -> str:
    """Run plain Snakemake in a folder, `path` being all of PYTHONPATH, and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "1"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def list_foreign_modules() -> list[str]:
    """Return the modules that are installed here, but neither by Snakemake nor by its plugins, which it imports."""
    plugins = [dist.name for dist in distributions() if re.match(r"snakemake[-_]\w+[-_]plugin", dist.name)]
    pending, brought = ["snakemake", *plugins], set()
    while pending:
        name = pending.pop().lower().replace("_", "-")
        if name in brought:
            continue
        brought.add(name)
        try:
            needed = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        pending += [need.name for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    owners = packages_distributions().items()
    normal = {module: {each.lower().replace("_", "-") for each in owned} for module, owned in owners}
    return sorted(
        m for m, owned in normal.items() if not owned & brought and m not in ("videofer", "pip", "setuptools")
    )


def test_plain_snakemake_plans_the_demo(tmp_path):
    foreign = list_foreign_modules()
    assert {"numpy", "torch"} <= set(foreign)
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {foreign!r}:\n"
        "            raise ModuleNotFoundError('No module named ' + name, name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    planned = run(ROOT, "-n", "--directory", str(tmp_path / "work"), path=tmp_path)
    assert "train_fold" in planned and "build_report" in planned


@pytest.fixture
def forge(tmp_path, monkeypatch) -> str:
    """Return the `snakefile:` of the project on a forge, which git takes from this disk instead."""
    project = copy_project(tmp_path / "project")
    commands = (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "all"])
    for command in commands:
        author = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *author, *command], cwd=project, check=True, capture_output=True)
    settings = f'[url "{project.as_uri()}"]\n\tinsteadOf = https://github.com/someone/videofer\n'
    (tmp_path / "gitconfig").write_text(settings)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return 'github("someone/videofer", path="workflow/Snakefile", branch="main")'


@pytest.mark.parametrize("hosted", [False, True])
def test_the_workflow_is_a_module_of_another_with_a_prefix(tmp_path, hosted, request):
    snakefile = request.getfixturevalue("forge") if hosted else repr(str(ROOT / "workflow/Snakefile"))
    (tmp_path / "films").mkdir()
    rows = ["path,subject,label"]
    for number, label in enumerate(["happy", "sad"] * 3):
        film = f"films/{number}.avi"
        write_video(tmp_path / film, grey_ramp(16 + number), [frame / 25 for frame in range(16 + number)])
        rows.append(f"{film},P{number // 2},{label}")
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "Snakefile").write_text(MODULE.format(snakefile=snakefile))
    manifest = "expressions/results/mine/manifest.tsv"
    run(tmp_path, manifest)
    assert "\tfilms/5.avi\t" in (tmp_path / manifest).read_text()
    assert not (tmp_path / "results").exists()
    assert "videofer_build_report" in run(tmp_path, "-n")
    for triggers in ([], ["--rerun-triggers", "mtime"]):
        assert "Nothing to be done" in run(tmp_path, "-n", manifest, *triggers)
