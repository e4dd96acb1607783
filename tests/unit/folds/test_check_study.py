"""What a run would use of a data set is said before it runs."""

import pandas as pd
import pytest
from sample_videos import grey_ramp, write_video

from videofer.__main__ import main


@pytest.fixture
def films(tmp_path, monkeypatch):
    """Write a list of three people, two films each, a copy, a film that is cut off, and rows with a mistake."""
    rows = ["path,subject,label"]
    for number in range(6):
        write_video(tmp_path / f"{number}.mkv", grey_ramp(20 + number), [t / 25 for t in range(20 + number)])
        rows.append(f"{number}.mkv,P{number // 2},{('happy', 'sad')[number % 2]}")
    (tmp_path / "copy.mkv").write_bytes((tmp_path / "0.mkv").read_bytes())
    (tmp_path / "cut.mkv").write_bytes((tmp_path / "1.mkv").read_bytes()[:100])
    rows += ["copy.mkv,P0,happy", "cut.mkv,P3,sad", "absent.mkv,P3,sad", "0.mkv,P0,joyful"]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndataset: {kind: table, path: list.csv, classes: [happy, sad]}\nfolds: {count: 3}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_study_is_described_before_it_runs(films, capsys):
    assert main(["check", "mine.yaml", "--out", "checked.csv"]) == 0
    printed = capsys.readouterr().out
    for line in (
        "6 clips of 3 people can be used, 4 cannot.",
        "P2       1      1",
        "all      3      3",
        "  copy.mkv is the same video as 0.mkv.",
        "  list.csv, row 10: the file absent.mkv does not exist.",
        "A face shows in the middle of 0 of 6 clips looked into.",
        "Folds: 3 (subjects).",
        "Faces in 135 frames take about ",
    ):
        assert line in printed, printed
    table = pd.read_csv("checked.csv", keep_default_na=False)
    assert table["frames"].tolist() == ["20", "21", "22", "23", "24", "25", "", "", "", ""]
    assert table["face"].tolist() == ["not found"] * 6 + [""] * 4
    assert table["reason"].ne("").sum() == 4 and table["reason"][9].startswith("copy.mkv is the same")


def test_where_a_run_would_fail_the_status_is_1(films, capsys):
    assert main(["check", "list.csv", "--label", "joyful=happy"]) == 1
    printed = capsys.readouterr().out
    assert "A run would fail: config: dataset.classes names angry, disgust, fear, surprise" in printed
    assert main(["check", "list.csv", "--label", "joyful"]) == 1
    assert "--label joyful names no class: write your word" in capsys.readouterr().err
    assert main(["check", "none.csv"]) == 1
    assert "none.csv does not exist: give a list" in capsys.readouterr().err


@pytest.mark.parametrize(("out", "why"), [
    (".", "a folder has this name"),
    ("list.csv/checked.csv", "a file has this name, where a folder is needed"),
])  # fmt: skip
def test_a_table_that_cannot_be_written_is_one_sentence(films, capsys, out, why):
    assert main(["check", "mine.yaml", "--out", out]) == 1
    assert why in capsys.readouterr().err


def test_one_class_alone_is_noticed(films, capsys):
    rows = (films / "list.csv").read_text().splitlines()
    (films / "list.csv").write_text("\n".join(rows[:6]) + "\n")
    main(["check", "mine.yaml"])
    assert "With clips of one class alone: P2." in capsys.readouterr().out
