"""The checks of a forge are those of .ci/run, and what it reads of the project is in the form that it wants."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
JOBS = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
STEPS = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
TARGETS = re.compile(r"^make ([\w-]+)", re.MULTILINE)


def test_the_forge_makes_what_the_project_s_own_script_makes():
    theirs = {target for step in STEPS for target in TARGETS.findall(step)}
    script = re.sub(r"#.*", "", (ROOT / ".ci/run").read_text())
    ours = set(re.findall(r"^make ([\w-]+)", script, re.MULTILINE))
    assert theirs == ours
    phony = set(" ".join(re.findall(r"^\.PHONY: (.+)", (ROOT / "Makefile").read_text(), re.MULTILINE)).split())
    assert {"lint", "test", "dry-run", "docs"} <= theirs <= phony


def test_the_forge_tests_with_every_python_from_the_oldest_that_the_package_takes():
    versions = JOBS["test"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=(.+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert versions[0] == oldest and versions == sorted(set(versions))


def test_every_pinned_tool_that_the_forge_installs_has_its_pin():
    pins = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    installs = [words for step in STEPS for words in re.findall(r"pip install -c constraints.txt (.+)", step)]
    assert installs and {name for words in installs for name in words.split()} <= pins


def test_the_issue_forms_ask_something():
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        if path.name != "config.yml":
            assert form["name"] and form["description"]
            fields = [field["id"] for field in form["body"]]
            assert fields and len(fields) == len(set(fields))
