"""The site of `make docs`: all pages, no warning, nothing from a network, links that lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="the site is NOT TESTED: make docs installs mkdocs")
pytest.importorskip("mkdocstrings", reason="the site is NOT TESTED: make docs installs mkdocstrings")
ROOT = Path(__file__).parents[2]


def build(folder: Path, **environment: str) -> dict[str, str]:
    """Return the pages of the site by path."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    built = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}


def test_the_site_needs_no_network_and_its_links_lead_somewhere(tmp_path):
    pages = build(tmp_path)
    for name, page in pages.items():
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="?([^" >]+)|<link[^>]* href="?([^" >]+)', page)
        assert not [source for source in map("".join, loaded) if re.match("(https?:)?//", source)], name
        article = page[page.find("<article") : page.find("</article>")]
        for target in re.findall(r'(?:href|src)="([^"#?]+)', article):
            if name != "404.html" and not re.match(r"https?:|mailto:", target):
                assert (tmp_path / name).parent.joinpath(target).exists(), f"{name} links to {target}"
    assert "Recognizer.load" in pages["reference.html"] and "figure-models.svg" in pages["gallery.html"]
    assert {"project.html", "contributing.html", "changelog.html"} <= set(pages)


def test_files_that_are_no_pages_are_found_in_the_repository(tmp_path):
    pages = build(tmp_path, REPOSITORY_URL="https://forge.example/us/videofer")
    assert 'href="https://forge.example/us/videofer/blob/main/pyproject.toml"' in pages["code-layout.html"]
    assert 'href="https://forge.example/us/videofer/blob/main/LICENSE"' in pages["project.html"]
