"""CITATION.cff follows the schema of its format, and the changelog the form that it names."""

import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from fetched_wheel import CACHE as FETCHED
from fetched_wheel import fetch_wheel
from jsonschema import Draft7Validator, FormatChecker

from videofer.core import __version__

ROOT = Path(__file__).parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
# The package that carries the schema; not installed, since it needs an older jsonschema.
PACKAGE, SCHEMA = "cffconvert==2.0.0", "cffconvert/schemas/1.2.0/schema.json"
CACHE = FETCHED / "citation"


@pytest.fixture(scope="module")
def schema():
    """Fetch the wheel once; without a network the schema is not tested."""
    wheel = fetch_wheel(PACKAGE, CACHE, "SCHEMA")
    with zipfile.ZipFile(wheel) as archive:
        return json.loads(archive.read(SCHEMA))


def list_faults(schema, citation) -> list[str]:
    validator = Draft7Validator(schema, format_checker=FormatChecker())
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(citation)]


def test_the_citation_is_valid(schema):
    assert list_faults(schema, CITATION) == []


def test_the_schema_does_refuse(schema):
    assert list_faults(schema, CITATION | {"cff-version": "2.0.0"})
    assert list_faults(schema, CITATION | {"license": "Mine"})
    assert list_faults(schema, {key: value for key, value in CITATION.items() if key != "authors"})


def test_it_agrees_with_the_package():
    assert (CITATION["version"], CITATION["license"]) == (__version__, PROJECT["license"])
    (author,) = CITATION["authors"]
    assert f"Copyright (c) 2026 {author['name']}\n" in (ROOT / "LICENSE").read_text()
    (paper,) = CITATION["references"]
    assert [name["family-names"] for name in paper["authors"]] == ["Liu", "Long", "Xu", "Yang", "Xu", "Yao", "Shu"]


def test_the_changelog_keeps_to_its_form():
    heads = re.findall(r"^## (.+)$", CHANGES, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head) for head in heads[1:])
    kinds = set(re.findall(r"^### (.+)$", CHANGES, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    released = [head[1 : head.index("]")] for head in heads[1:]]
    assert __version__ in released or f"What becomes {__version__}" in CHANGES
