"""Which videos are meant, which are done, and the formats of their tables."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from videofer.core.errors import UserError
from videofer.predict.batch import Ledger, list_videos, write_result


@pytest.fixture
def tree(tmp_path):
    for name in ("a.mp4", "b.MOV", "deep/c d.avi", "deep/.hidden.mp4", "notes.txt"):
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "films"


def test_files_folders_and_patterns(tree):
    def names(*paths):
        return list(list_videos(map(str, paths)))

    assert names(tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]
    assert names(tree / "notes.txt") == ["notes.txt"]  # a named file is taken as it is
    assert names(tree / "*.m*", tree / "**/c*") == ["a.mp4", "c d.avi"]
    assert names(tree / "a.mp4", tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]


def test_what_is_no_video_or_has_the_name_of_another_is_refused(tree, tmp_path):
    for folder in ("other", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "other/a.mp4").write_text("another")
    for paths, message in (
        ((tree, tmp_path / "other"), r"would share the output a\.mp4"),
        ((tmp_path / "*/a.mp4",), r"would share the output a\.mp4"),
        ((tree / "nothing*.mp4",), r"nothing\*\.mp4 does not exist, and as a pattern"),
        ((tmp_path / "empty",), "empty holds no video"),
    ):
        with pytest.raises(UserError, match=message):
            list_videos(map(str, paths))


def test_a_video_is_done_until_it_the_bundle_or_an_option_changes(tree, tmp_path):
    video, table = str(tree / "a.mp4"), tmp_path / "a.csv"
    ledger = Ledger(tmp_path, "bundle", {"stride": 8})
    assert not ledger.is_done("a.mp4", video, [table])
    table.write_text("")
    ledger.note("a.mp4", video)
    assert Ledger(tmp_path, "bundle", {"stride": 8}).is_done("a.mp4", video, [table])
    assert not Ledger(tmp_path, "bundle", {"stride": 4}).is_done("a.mp4", video, [table])
    assert not Ledger(tmp_path, "other", {"stride": 8}).is_done("a.mp4", video, [table])
    assert not ledger.is_done("a.mp4", video, [table, tmp_path / "a.png"])
    (tree / "a.mp4").write_text("changed")
    assert not ledger.is_done("a.mp4", video, [table])
    (tmp_path / "predicted.json").write_text("{")
    with pytest.raises(UserError, match="damaged: delete it"):
        Ledger(tmp_path, "bundle", {})


def test_a_table_comes_back_from_every_format(tmp_path):
    table = pd.DataFrame({"face": pd.array([1, None], "Int64"), "label": ['froh; "ü"', None], "p": [0.1, np.nan]})
    prediction = SimpleNamespace(tabulate_windows=lambda: table, tabulate_frames=lambda: table[:1])
    write_result(prediction, ".csv", tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[1].startswith("1,")  # a whole number
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv", dtype={"face": "Int64"}), table)
    write_result(prediction, ".frames.jsonl", tmp_path / "t.frames.jsonl")
    assert json.loads((tmp_path / "t.frames.jsonl").read_text()) == {"face": 1, "label": 'froh; "ü"', "p": 0.1}
    write_result(prediction, ".jsonl", tmp_path / "t.jsonl")
    last = (tmp_path / "t.jsonl").read_text().splitlines()[1]
    assert json.loads(last) == {"face": None, "label": None, "p": None}
    pytest.importorskip("pyarrow", reason="PARQUET NOT TESTED: pip install pyarrow")
    write_result(prediction, ".parquet", tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["p"].tolist()[0] == 0.1
