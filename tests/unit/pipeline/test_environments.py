"""Each rule's environment of envs/ brings all that its script imports; videofer itself comes from the checkout.

Snakemake hands its own search path to a script in an environment, after the environment's own packages, and
workflow/Snakefile puts the project's folder on it.
"""

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
# An extra of pyproject.toml, for pictures; what the Snakefile reads label tables with, before there are jobs.
OPTIONAL = {"pillow_heif", "openpyxl"}
# What they import is named by the configuration: any file of their folder with this line.
REGISTRIES = {"videofer.models.registry": "\nMODEL = ", "videofer.datasets.registry": "\nDATASET = "}
ENVIRONMENTS = {path.stem: path for path in (ROOT / "envs").glob("*.yaml")}


def list_rules() -> list[tuple[str, str]]:
    """Return (environment, path of the script) of every rule that has a script."""
    pairs = set()
    for rules in (ROOT / "workflow/rules").rglob("*.smk"):
        for block in re.split(r"^(?=\s*(?:rule|checkpoint) \w*)", rules.read_text(), flags=re.MULTILINE):
            for script in re.findall(r'script:\s*"([^"]+)"', block):
                environment = re.search(r"envs/(\w+)\.yaml", block)
                assert environment, f"{script} has no environment"
                pairs.add((environment[1], str((rules.parent / script).resolve())))
    return sorted(pairs)


@cache
def find_module(name: str) -> Path | None:
    path = ROOT / name.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def list_imports(path: Path) -> set[str]:
    """Return the modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def needed_packages(script: str) -> set[str]:
    """Return the import names, of neither Python nor this project, that a script reaches through the library."""
    waiting, seen, packages = [Path(script)], set(), set()
    while waiting:
        names = list_imports(waiting.pop())
        packages |= {name.split(".")[0] for name in names}
        for name in names | {name.rpartition(".")[0] for name in names}:
            path = find_module(name) if name.startswith("videofer") else None
            others = path.parent.glob("*.py") if path and name in REGISTRIES else []
            for other in filter(None, (path, *(o for o in others if REGISTRIES[name] in o.read_text()))):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
    return packages - set(sys.stdlib_module_names) - {"videofer", "snakemake"} - OPTIONAL


def brought(environment: str) -> set[str]:
    """Return the distributions that an environment's pip part installs, with all that they require."""
    dependencies = yaml.safe_load(ENVIRONMENTS[environment].read_text())["dependencies"]
    (waiting,) = (entry["pip"][:] for entry in dependencies if isinstance(entry, dict))
    found = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += requires(name) or []
    return found


@pytest.mark.parametrize(("environment", "script"), list_rules(), ids=lambda value: Path(value).stem)
def test_the_environment_brings_what_the_script_imports(environment, script):
    owners = packages_distributions()
    have = brought(environment)
    missing = [
        name
        for name in sorted(needed_packages(script))
        if not have & {canonicalize_name(owner) for owner in owners.get(name, [name, f"{name}-bin"])}
    ]
    assert missing == [], f"name them in envs/{environment}.yaml, with the versions of constraints.txt"
