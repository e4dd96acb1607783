"""The containers hold videofer and its workflow, the same in both; no engine builds them here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from project_copy import PARTS

ROOT = Path(__file__).resolve().parents[3]
DOCKER = (ROOT / "containers/Dockerfile").read_text()
APPTAINER = (ROOT / "containers/videofer.def").read_text()
IGNORE = (ROOT / "containers/Dockerfile.dockerignore").read_text().splitlines()
LET_THROUGH = [line[1:] for line in IGNORE if line.startswith("!")]
STEPS = re.findall(r"^([A-Z]+) (.+)$", DOCKER.replace("\\\n", ""), re.MULTILINE)


def test_what_is_copied_exists_and_reaches_the_builder():
    assert IGNORE[1] == "*" and IGNORE[-1] == "**/__pycache__"
    sources = [
        word for step, words in STEPS if step == "COPY" and "--from" not in words for word in words.split()[:-1]
    ]
    assert set(sources) - {"."} <= set(LET_THROUGH)
    assert all((ROOT / name).exists() for name in LET_THROUGH)
    assert re.findall(r"^    (\S+) /opt/videofer/$", APPTAINER, re.MULTILINE) == LET_THROUGH


def test_the_base_is_pinned_and_nothing_runs_as_root():
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKER, re.MULTILINE)
    assert re.fullmatch(r"[\w/]+:\d\S+", base) and f"\nFrom: {base}\n" in APPTAINER
    assert {words.split()[0] for step, words in STEPS if step == "FROM"} == {"${BASE}"}
    last_stage = STEPS[max(at for at, (step, _) in enumerate(STEPS) if step == "FROM") :]
    users = [words for step, words in last_stage if step == "USER"]
    assert users and users[-1].split(":")[0] not in ("root", "0")
    assert {step for step, _ in last_stage[last_stage.index(("USER", users[-1])) + 1 :]} <= {"CMD", "ENTRYPOINT"}


def test_both_install_the_same():
    installs = [re.findall(r"/opt/venv/bin/python -m pip install .+", text) for text in (DOCKER, APPTAINER)]
    assert installs[0] == installs[1] and len(installs[0]) == 2


def test_the_image_that_the_workflow_names_is_the_one_that_is_built():
    image = re.search(r'^container: "(\S+)"$', (ROOT / "workflow/Snakefile").read_text(), re.MULTILINE)[1]
    assert f"apptainer build {image} containers/videofer.def" in APPTAINER


def test_the_image_s_files_plan_the_demo_from_another_folder(tmp_path):
    """With the command of the image, on a copy of what the builder is sent, and no checkout on the path."""
    image, work = tmp_path / "image", tmp_path / "work"
    image.mkdir()
    work.mkdir()
    assert set(PARTS) <= set(LET_THROUGH), "what a run needs is not let through"
    for name in LET_THROUGH:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, image / name)
    (command,) = (words for step, words in STEPS if step == "CMD")
    words = [word.replace("/opt/videofer", str(image)) for word in re.findall(r'"([^"]+)"', command)]
    assert words[0] == "snakemake"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    planned = subprocess.run(
        [sys.executable, "-m", *words, "--dry-run", "--quiet", "rules"],
        cwd=work, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    assert "train_fold" in planned.stdout + planned.stderr
