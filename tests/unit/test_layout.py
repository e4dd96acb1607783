"""The code is laid out as docs/code-layout.md says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "videofer"
ROOMS = [path.name for path in LIBRARY.iterdir() if (path / "__init__.py").is_file()]
RULES = {
    name: path
    for path in (ROOT / "workflow/rules").rglob("*.smk")
    for name in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_imports_run_one_way():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_lists_the_rooms_in_the_order_of_their_imports():
    page = (ROOT / "docs/code-layout.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    layers = re.search(r"^layers = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)[1]
    assert listed == re.findall(r'"(\w+)"', layers)[::-1]
    assert sorted(listed) == sorted(ROOMS)


def test_nothing_lies_outside_of_a_room():
    assert {path.name for path in LIBRARY.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_files_stay_small():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in LIBRARY.rglob("*.py")}
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}
    scripts = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob("workflow/scripts/*/*.py")
    }
    assert {path: lines for path, lines in scripts.items() if lines > 25} == {}


def test_every_step_is_a_rule_and_a_script_in_the_room_of_one_name():
    scripts = {path.stem: path.parent.name for path in ROOT.glob("workflow/scripts/*/*.py")}
    targets = {"landmarks", "people"}
    assert set(scripts) == set(RULES) - targets
    assert set(scripts.values()) <= set(ROOMS)
    for rule in set(RULES) - targets:
        room = RULES[rule].relative_to(ROOT / "workflow/rules").parts[0].removesuffix(".smk")
        assert room == scripts[rule], rule
