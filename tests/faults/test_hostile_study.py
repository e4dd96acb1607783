"""Videos and people with hostile names, and files that are no videos, through the real workflow."""

import csv
import os
import shutil

import pytest
import yaml
from disturbed_study import new_study

from videofer.core.artifacts import read_arrays, read_table

pytestmark = pytest.mark.faults
NAMES = ("$(touch pwned).avi", "`touch pwned`;touch pwned #.avi", 'quote"s \'n\' <B>.avi', "\N{GRINNING FACE}.avi",
         "-rf ~.avi", "..avi", "a'$HOME'.avi", "%s%n %d.avi", "=cmd|' .avi", "x" * 240 + ".avi", "new\nline.avi",
         "{braces}.avi", "<results>.avi")  # fmt: skip
PEOPLE = ("$(touch pwned)", "../../<script>alert(1)</script>", r"$\frac{1}{0}$ | \N{GRINNING FACE}")
LABELS = ("angry", "happy", "sad", "surprise")


def test_nothing_runs_and_nothing_is_written_elsewhere(undisturbed, tmp_path):
    study = new_study(tmp_path / "project")
    films, rows = study.folder / "films", []
    films.mkdir()
    for number, name in enumerate(NAMES):
        person, label = number // len(LABELS) % len(PEOPLE), LABELS[number % len(LABELS)]
        shutil.copy(undisturbed.results / f"videos/S{person + 1:03d}-{label}.avi", films / name)
        rows.append((name, PEOPLE[person], label))
    os.mkfifo(films / "pipe.avi")
    (films / "zeros.avi").symlink_to("/dev/zero")
    (films / "list.avi").write_text("ffconcat version 1.0\nfile '../videos/x.avi'\n")
    (films / "folder.avi").mkdir()
    rows += [
        (name, PEOPLE[0], "sad") for name in ("pipe.avi", "zeros.avi", "list.avi", "folder.avi", "../../etc/passwd")
    ]
    with (films / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("path", "subject", "label"), *rows])
    overlay = yaml.safe_load((study.folder / "small.yaml").read_text())
    overlay["dataset"] = {"kind": "table", "path": "films/list.csv", "classes": [*LABELS]}
    (study.folder / "small.yaml").write_text(yaml.safe_dump(overlay))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    status, output = study.run()
    assert status == 0, output
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    own = (study.results, study.folder / ".snakemake")
    outside = [path for path in written if not any(path.is_relative_to(folder) for folder in own)]
    assert [path for path in outside if "__pycache__" not in path.parts] == []
    assert not list(tmp_path.rglob("pwned*"))
    clips = read_arrays(study.results / "clips.safetensors", "clips")
    assert len(clips["clip"]) == len(NAMES) - 3
    assert set(clips.parameters["subjects"]) == set(PEOPLE)
    rejected = read_table(study.results / "rejected.tsv", "rejected")
    assert len(rejected) == 3 + 5 and not rejected.reason.str.contains("\n").any()
    page = (study.results / "report/index.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page and "pwned" in page
