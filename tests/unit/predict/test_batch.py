"""Which videos are meant, where their tables go, and which are done."""

import json

import numpy as np
import pandas as pd
import pytest

from videofer.core.errors import UserError
from videofer.predict.batch import Ledger, list_videos, save_table


@pytest.fixture
def tree(tmp_path):
    for name in ("a.mp4", "b.MOV", "deep/c d.avi", "deep/.hidden.mp4", "notes.txt"):
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "films"


def test_files_folders_and_patterns(tree):
    def names(*paths):
        return [source.name for source in list_videos([str(path) for path in paths])]

    assert names(tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]
    assert names(tree / "notes.txt") == ["notes.txt"]  # a named file is taken as it is
    assert names(tree / "*.m*", tree / "**/c*") == ["a.mp4", "c d.avi"]
    assert names(tree / "a.mp4", tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]
    assert names("-") == ["stdin"]


def test_what_is_no_video_or_has_the_name_of_another_is_refused(tree, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.mp4").write_text("another")
    with pytest.raises(UserError, match=r"would share the output a\.mp4"):
        list_videos([str(tree), str(tmp_path / "other")])
    with pytest.raises(UserError, match=r"nothing\*\.mp4 does not exist, and as a pattern"):
        list_videos([str(tree / "nothing*.mp4")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty holds no video"):
        list_videos([str(tmp_path / "empty")])


def test_a_video_is_done_until_it_the_bundle_or_an_option_changes(tree, tmp_path):
    (source,) = list_videos([str(tree / "a.mp4")])
    table = tmp_path / "a.csv"
    ledger = Ledger(tmp_path, "bundle", {"stride": 8})
    assert not ledger.is_done(source, [table])
    table.write_text("")
    ledger.note(source)
    assert Ledger(tmp_path, "bundle", {"stride": 8}).is_done(source, [table])
    assert not Ledger(tmp_path, "bundle", {"stride": 4}).is_done(source, [table])
    assert not Ledger(tmp_path, "other", {"stride": 8}).is_done(source, [table])
    assert not ledger.is_done(source, [table, tmp_path / "a.png"])
    (tree / "a.mp4").write_text("changed")
    assert not ledger.is_done(source, [table])
    (tmp_path / "predicted.json").write_text("{")
    with pytest.raises(UserError, match="damaged: delete it"):
        Ledger(tmp_path, "bundle", {})


def test_a_table_comes_back_from_every_format(tmp_path):
    table = pd.DataFrame({"face": pd.array([1, None], "Int64"), "label": ['froh; "ü"', None], "p": [0.1, np.nan]})
    save_table(table, tmp_path / "t.csv")
    read = pd.read_csv(tmp_path / "t.csv")
    assert read["label"].tolist()[0] == 'froh; "ü"' and read["face"].isna().tolist() == [False, True]
    assert (tmp_path / "t.csv").read_text().splitlines()[1].startswith("1,")  # a whole number
    save_table(table, tmp_path / "t.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert lines == [{"face": 1, "label": 'froh; "ü"', "p": 0.1}, {"face": None, "label": None, "p": None}]
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="pip install pyarrow"):
            save_table(table, tmp_path / "t.parquet")
        assert not (tmp_path / "t.parquet").exists()
    else:
        save_table(table, tmp_path / "t.parquet")
        assert pd.read_parquet(tmp_path / "t.parquet")["p"].tolist()[0] == 0.1
