"""A folder such as snakedeploy makes: config/, profiles/ and a workflow/Snakefile of a few lines."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sample_videos import grey_ramp, write_video

ROOT = Path(__file__).resolve().parents[2]
SNAKEFILE = f"""
configfile: "config/config.yaml"

module videofer:
    snakefile:
        {str(ROOT / "workflow/Snakefile")!r}
    config:
        config

use rule * from videofer
"""

pytestmark = pytest.mark.workflow


def test_the_deployed_folder_plans_the_demo_and_runs_videos_of_its_own(tmp_path):
    for part in ("config", "profiles"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/Snakefile").write_text(SNAKEFILE)
    planned = snakemake(tmp_path, "-n")
    assert re.search(r"render_clip +96", planned) and "build_report" in planned

    (tmp_path / "films").mkdir()
    rows = ["path,subject,label"]
    for number, label in enumerate(["happy", "sad"] * 3):
        write_video(tmp_path / f"films/{number}.avi", grey_ramp(16 + number), [i / 25 for i in range(16 + number)])
        rows.append(f"films/{number}.avi,P{number // 2},{label}")
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    config = (tmp_path / "config/config.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("name: rendered ", "name: mine "),
        ("kind: rendered ", "kind: table "),
        ("path: null  ", "path: list.csv  "),
        ("count: 5 ", "count: 3 "),
        ("[angry, disgust, fear, happy, sad, surprise]", "[happy, sad]"),
    ):
        config = config.replace(old, new, 1)
    (tmp_path / "config/config.yaml").write_text(config, encoding="utf-8")
    snakemake(tmp_path, "results/mine/manifest.tsv")
    assert "\tfilms/5.avi\t" in (tmp_path / "results/mine/manifest.tsv").read_text()


def snakemake(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "1"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
