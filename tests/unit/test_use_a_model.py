"""The commands of docs/use-a-model.md and of each --help can be typed as they stand."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from videofer.__main__ import COMMANDS
from videofer.predict.command import name_files, parse
from videofer.predict.prediction import PLACE, QUALITY

PAGE = (Path(__file__).parents[2] / "docs/use-a-model.md").read_text(encoding="utf-8")
DOCS = [PAGE, *(importlib.import_module(COMMANDS[name][0]).__doc__ for name in ("predict", "export"))]


def list_commands(name):
    found = [
        line for text in DOCS for line in re.findall(rf"^ *(?:.*\| )?videofer {name} (.*)$", text, re.MULTILINE)
    ]
    assert len(found) >= 4
    return [shlex.split(line) for line in found]


@pytest.mark.parametrize("arguments", list_commands("predict"))
def test_predict_takes_them(arguments):
    assert parse(arguments).paths


@pytest.mark.parametrize("arguments", list_commands("export"))
def test_export_takes_them(arguments, tmp_path, monkeypatch, capsys):
    from videofer.__main__ import main

    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 1
    assert "results/rendered holds no trainings" in capsys.readouterr().err


def test_every_file_and_column_is_described():
    options = parse(["holiday.mp4", "--frames", "--annotate", "--plot", "--report"])
    for path in name_files("holiday.mp4", options).values():
        assert f"| `{path.name}` |" in PAGE
    for column in (*PLACE[1:], *QUALITY, "reason"):
        assert f"`{column}`" in PAGE
