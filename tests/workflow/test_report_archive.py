"""Snakemake's own report as one archive: made without a network, complete, with every caption."""

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from videofer.report.figures.study import EXPLAINED, VARIANT
from videofer.report.page.sections import read_sections

pytestmark = pytest.mark.workflow
TEXTS = Path(__file__).parents[2] / "workflow/report"
OFFLINE = ("unshare", "--map-root-user", "--net")  # Linux: a network namespace without any interface


def can_unshare() -> bool:
    """Return whether this system lets us run a command without a network."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*OFFLINE, "true"], capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def archive(project):
    """Complete the smoke experiment, make the archive without a network where that can be had, and unpack it."""
    project.snakemake()
    path = project.results / "report.zip"
    command = project.command("--report", str(path))
    done = subprocess.run(
        [*(OFFLINE if can_unshare() else ()), *command], cwd=project.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    zipfile.ZipFile(path).extractall(project.folder / "unpacked")
    return project, project.folder / "unpacked/report"


def test_every_figure_table_and_the_page_are_in_it(archive):
    project, folder = archive
    archived = {(path.name, path.read_bytes()) for path in (folder / "data").rglob("*.*")}
    for kind, suffix in (("figures", "svg"), ("tables", "csv"), ("report", "html")):
        made = [path for path in (project.results / kind).rglob(f"*.{suffix}") if path.stem != "near-duplicates"]
        assert made and all((path.name, path.read_bytes()) in archived for path in made)


def test_captions_stand_in_it(archive):
    page = (archive[1] / "report.html").read_text(encoding="utf-8")
    text = " ".join(page.replace("\\n", " ").split())
    assert "dtagn/joint" in text
    # Extras have none: the smoke experiment does not ask for them.
    sections = [section for section in read_sections(TEXTS / "sections.yaml") if not section.optional]
    for name in (*(name for section in sections for name in section.figures), *VARIANT, *EXPLAINED):
        caption = re.split("[`*]", (TEXTS / f"{name}.rst").read_text(encoding="utf-8"))[0]
        # The page holds captions as JSON, everything beyond ASCII as \\u and digits.
        assert json.dumps(" ".join(caption.split()))[1:-1][:50] in text, name


def test_it_takes_nothing_from_elsewhere(archive):
    text = (archive[1] / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']?https?:", text) == []


def test_the_page_of_a_real_run_has_all_its_parts(archive):
    page = (archive[0].results / "report/index.html").read_text(encoding="utf-8")
    for section in read_sections(TEXTS / "sections.yaml"):
        assert f'<section id="{section.id}"' in page
    for rule in ("render_clip", "cut_clips", "train_fold"):
        assert f">{rule}</th>" in page
    assert len(page) < 5_000_000
