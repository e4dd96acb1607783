"""The examples of each --help can be typed as they stand; docs/use-a-model.md describes every file and column."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from videofer.__main__ import COMMANDS, main
from videofer.predict.command import make_parser, name_files
from videofer.predict.prediction import PLACE, QUALITY

PAGE = (Path(__file__).parents[3] / "docs/use-a-model.md").read_text(encoding="utf-8")


def list_examples(name):
    text = importlib.import_module(COMMANDS[name][0]).__doc__
    found = re.findall(rf"^ *(?:.*\| )?videofer {name} (.*)$", text, re.MULTILINE)
    assert len(found) >= 3
    return [shlex.split(line) for line in found]


@pytest.mark.parametrize("arguments", list_examples("predict"))
def test_predict_takes_them(arguments):
    assert make_parser().parse_args(arguments).paths


@pytest.mark.parametrize("arguments", list_examples("export"))
def test_export_takes_them(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 1
    assert "results/rendered holds no trainings" in capsys.readouterr().err


def test_every_file_and_column_is_described():
    options = make_parser().parse_args(["holiday.mp4", "--frames", "--annotate", "--plot", "--report"])
    for path in name_files("holiday.mp4", options).values():
        assert f"| `{path.name}` |" in PAGE
    for column in (*PLACE[1:], *QUALITY, "reason"):
        assert f"`{column}`" in PAGE
