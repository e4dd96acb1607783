"""Which videos are meant, which are done, and the formats of their tables."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

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
        return list(list_videos(map(str, paths))[0])

    assert names(tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]
    assert names(tree / "notes.txt") == ["notes.txt"]  # a named file is taken as it is
    assert names(tree / "*.m*", tree / "**/c*") == ["a.mp4", "c d.avi"]
    assert names(tree / "a.mp4", tree) == ["a.mp4", "b.MOV", "deep/c d.avi"]


def test_what_is_no_video_is_named_and_the_others_stay(tree, tmp_path):
    (tmp_path / "empty").mkdir()
    given = (tree / "nothing*.mp4", tree / "a.mp4", tmp_path / "empty", tmp_path / ("x" * 300))
    videos, complaints = list_videos(map(str, given))
    assert list(videos) == ["a.mp4"]
    expected = (
        "nothing*.mp4 does not exist, and as a pattern",
        "empty holds no video",
        "cannot be read (File name too",
    )
    assert all(words in complaint for words, complaint in zip(expected, complaints, strict=True))


def test_two_videos_of_one_name_get_two(tree, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.mp4").write_text("another")
    videos, _ = list_videos([str(tree), str(tmp_path / "other")])
    assert list(videos)[:3] == ["a.mp4", "b.MOV", "deep/c d.avi"] and len(videos) == 4
    assert videos[list(videos)[3]] == str(tmp_path / "other/a.mp4")
    assert len(list_videos([str(tree), f"{tree}/deep/../a.mp4"])[0]) == 3  # one video, however its path is written


def test_long_names_are_cut_within_what_the_disk_allows_and_stay_apart(tmp_path):
    names = ["表" * 80 + f"{number}.avi" for number in (1, 2)]
    for name in names:
        (tmp_path / name).touch()
    cut = list(list_videos([str(tmp_path)])[0])
    assert len(set(cut)) == 2
    for name in cut:
        assert len(f"{name}.frames.parquet".encode()) <= 255 and name.startswith("表" * 70)


def test_a_folder_of_pictures_is_one_film_and_pictures_that_are_named_are_each_their_own(tmp_path):
    (tmp_path / "walk").mkdir()
    for number in (1, 2):
        (tmp_path / f"walk/{number}.png").touch()
    assert list_videos([str(tmp_path / "walk")])[0] == {"walk": str(tmp_path / "walk")}
    assert list(list_videos([str(tmp_path / "walk/*.png")])[0]) == ["1.png", "2.png"]


def test_the_animated_pictures_of_a_folder_are_each_a_film(tmp_path):
    frames = [Image.new("L", (8, 8), level) for level in (0, 255)]
    for name in ("a.gif", "b.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    assert list(list_videos([str(tmp_path)])[0]) == ["a.gif", "b.webp"]


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
    for damaged in (b"{", b"\xff\xfe{"):
        (tmp_path / "predicted.json").write_bytes(damaged)
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
