"""The user's own list: its dialects, its columns, and one sentence for each bad row and each bad list."""

from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from dataset_trees import build_tree

from videofer.core.artifacts import write_table
from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.datasets.naming import SAFE_NAME
from videofer.datasets.scan import read_tree, scan_dataset
from videofer.video.index import COLUMNS, NUMBERS


def write_list(folder: Path, text: str, videos: tuple[str, ...] = (), name: str = "list.csv", encoding="utf-8"):
    """Write the list and empty files for the videos it names; a scan opens none of them."""
    for video in videos:
        (folder / video).parent.mkdir(parents=True, exist_ok=True)
        (folder / video).touch()
    (folder / name).write_text(text, encoding=encoding)
    return {"name": "mine", "dataset": {"kind": "table", "path": name, "labels": {"Anger": "angry"}}}


def reasons(found) -> list[str]:
    assert all(rejection.stage == "index" and "\n" not in rejection.reason for rejection in found.rejected)
    return [rejection.reason for rejection in found.rejected]


def test_a_plain_list_keeps_its_names(tmp_path):
    header = "path,subject,label,apex,view,half,face_x,rotation"
    text = f"{header}\na/one.mp4,P1,happy,12,frontal,Left,0.25,270\na/two.mp4,P2,sad\n"
    one, two = scan_dataset(write_list(tmp_path, text, ("a/one.mp4", "a/two.mp4")), tmp_path).clips
    video = str(tmp_path / "a/one.mp4")
    fields = {"apex": 12, "view": "frontal", "half": "left", "face_x": 0.25, "rotation": 270}
    assert replace(one, clip="one") == Clip("one", video, "P1", "happy", **fields)
    assert two == Clip("two", str(tmp_path / "a/two.mp4"), "P2", "sad")


def test_videos_lie_beside_the_list_not_beside_the_project(tmp_path):
    write_list(tmp_path / "lists", "path,subject,label\nv.mp4,P1,fear\n", ("v.mp4",))
    config = {"name": "mine", "dataset": {"kind": "table", "path": "lists/list.csv"}}
    assert scan_dataset(config, tmp_path).clips[0].video == str(tmp_path / "lists/v.mp4")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheet_dialects_are_read(tmp_path, encoding, separator):
    rows = (("Path", " SUBJECT", "label"), ("v.mp4", "Ж 1", " Anger "))
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    config = write_list(tmp_path, text, ("v.mp4",), encoding=encoding)
    (clip,) = scan_dataset(config, tmp_path).clips
    assert (clip.subject, clip.label) == ("Ж 1", "angry")


AWKWARD = (
    *("my video.mp4", 'say "hi".mp4', "лицо.mp4", "表情.mp4", "-dash.mp4"),
    *("50%.mp4", "a'b.mp4", "é.mp4", "e.mp4"),
)


def test_awkward_names_become_safe_unique_names_that_depend_on_nothing_else(tmp_path):
    rows = ['"' + name.replace('"', '""') + '",P1,happy' for name in AWKWARD]
    config = write_list(tmp_path, "path,subject,label\n" + "\n".join(rows), AWKWARD)
    clips = scan_dataset(config, tmp_path).clips
    names = [clip.clip for clip in clips]
    assert len({name.casefold() for name in names}) == len(AWKWARD)
    assert all(SAFE_NAME.fullmatch(name) for name in names)
    assert [Path(clip.video).name for clip in clips] == list(AWKWARD)
    write_list(tmp_path, "path,subject,label\n" + "\n".join(rows[::-1][:4]))
    assert [clip.clip for clip in scan_dataset(config, tmp_path).clips] == names[::-1][:4]


def test_equal_file_names_in_two_folders_differ(tmp_path):
    videos = ("a/x.mp4", "b/x.mp4", "b/X.avi", "c/y.mp4")
    rows = "\n".join(f"{video},P1,happy" for video in videos)
    config = write_list(tmp_path, f"path,subject,label\n{rows}\n", videos)
    names = [clip.clip.casefold() for clip in scan_dataset(config, tmp_path).clips]
    assert len(set(names)) == 4
    assert names[3] == "y"


def test_one_video_may_hold_several_clips(tmp_path):
    config = write_list(
        tmp_path, "path,subject,label,start,end\nv.mp4,P1,happy,0,40\nv.mp4,P1,sad,41,90\n", ("v.mp4",)
    )
    found = scan_dataset(config, tmp_path)
    assert [(clip.start, clip.end, clip.label) for clip in found.clips] == [(0, 40, "happy"), (41, 90, "sad")]
    assert len({clip.clip for clip in found.clips}) == 2
    assert found.rejected == []


def test_two_people_of_one_video_are_two_clips(tmp_path):
    header = "path,subject,label,half,face_x"
    rows = ("v.mp4,P1,happy,,0.2", "v.mp4,P2,sad,,0.8", "v.mp4,P3,fear,left", "v.mp4,P4,angry,Right")
    config = write_list(tmp_path, "\n".join((header, *rows, "v.mp4,P5,sad,,0.8")), ("v.mp4",))
    found = scan_dataset(config, tmp_path)
    assert [(clip.subject, clip.face_x, clip.half) for clip in found.clips] == [
        ("P1", 0.2, None), ("P2", 0.8, None), ("P3", None, "left"), ("P4", None, "right"),
    ]  # fmt: skip
    assert len({clip.clip for clip in found.clips}) == 4
    assert reasons(found) == ["list.csv, row 5: row 2 already names this file: keep one of the two rows."]


def test_other_columns_are_ignored(tmp_path):
    config = write_list(tmp_path, "path,subject,label,comment,reviewer\nv.mp4,P1,happy,fine,Q\n", ("v.mp4",))
    assert len(scan_dataset(config, tmp_path).clips) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("v.mp4,P1,bored", "its label 'bored' is none of angry"),
        ("v.mp4,P1,", "its label is empty"),
        ("v.mp4,,happy", "its subject is empty"),
        (",P1,happy", "its path is empty"),
        ("gone.mp4,P1,happy", "gone.mp4 does not exist"),
        ("folder,P1,happy", "folder holds no picture"),
        ("good.mp4,P2,sad", "row 1 already names this file"),
        ("v.mp4,P1,happy,x", "its start is 'x'"),
        ("v.mp4,P1,happy,-3", "its start is '-3'"),
        ("v.mp4,P1,happy," + "9" * 5000, "give a whole number"),
        ("v.mp4,P1,happy,²", "its start is '²'"),
        ("v.mp4,P1,happy,٣", "its start is '٣'"),
        ("v.mp4,P1,happy,50,20", "its end 20 comes before its start 50"),
        ("v.mp4,P1,happy,,,45", "its rotation is 45"),
        ("{v}.mp4,P1,happy", "rename it without {, } and words in < >"),
        ("<results>.mp4,P1,happy", "rename it without {, } and words in < >"),
        ("v.mp4,P1,happy,,10,,,,,12", "its end 10 comes before its onset 12"),
        ("v.mp4,P1,happy,,,,,,,9,8", "its apex 8 comes before its onset 9"),
        ("v.mp4,P1,happy,,,,,,,,8,7", "its offset 7 comes before its apex 8"),
        ("v.mp4,P1,happy,,,,middle", "its half is 'middle'"),
        ("v.mp4,P1,happy,,,,,1.5", "its face_x is '1.5'"),
        ("v.mp4,P1,happy,,,,,left", "its face_x is 'left'"),
        ("v.mp4,P1,happy,,,,,,0", "its rate is '0'"),
    ],
)
def test_a_bad_row_is_rejected_in_one_sentence_and_the_rest_goes_on(tmp_path, row, words):
    (tmp_path / "folder").mkdir()
    text = f"path,subject,label,start,end,rotation,half,face_x,rate,onset,apex,offset\ngood.mp4,P1,happy\n{row}\n"
    found = scan_dataset(write_list(tmp_path, text, ("good.mp4", "v.mp4", "{v}.mp4", "<results>.mp4")), tmp_path)
    assert [clip.clip for clip in found.clips] == ["good"]
    (reason,) = reasons(found)
    assert words in reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column path, subject, label"),
        ("path,label\nv.mp4,happy\n", "has no column subject"),
        ("path,subject,label\n", "no row"),
        ("path,subject,label\n,,\n\n", "no row"),
        ("path,subject,label\ngone.mp4,P1,happy\n", "No clip is left of the 1 .* does not exist"),
        (
            'path,subject,label\n"' + "x" * 200_000,
            r"list\.csv is damaged in line \d+ \(field larger than field limit",
        ),
        ("path,subject,label,onsets\nv.mp4,P1,happy,3\n", "has a column onsets: call it onset, or otherwise"),
    ],
)
def test_a_list_of_no_use_ends_the_run_in_one_sentence(tmp_path, text, words):
    with pytest.raises(UserError, match=words):
        scan_dataset(write_list(tmp_path, text), tmp_path)


def test_a_missing_or_unreadable_list_is_named(tmp_path):
    config = {"name": "mine", "dataset": {"kind": "table", "path": "gone.csv"}}
    with pytest.raises(UserError, match=r"gone\.csv does not exist"):
        scan_dataset(config, tmp_path)
    (tmp_path / "gone.csv").write_bytes("path,subject,label\nü.mp4,P,happy\n".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        scan_dataset(config, tmp_path)
    with pytest.raises(UserError, match=r"dataset\.path is missing: kind table"):
        scan_dataset({"name": "x", "dataset": {"kind": "table", "path": None}}, tmp_path)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"anger": "furious"}, "maps 'anger' to 'furious'"),
        ({False: "sad"}, r"dataset\.labels has the word False: quote what YAML reads so"),
    ],
)
def test_labels_are_mapped_to_the_six_classes_only(tmp_path, labels, words):
    config = write_list(tmp_path, "path,subject,label\nv.mp4,P1,anger\n", ("v.mp4",))
    config["dataset"]["labels"] = labels
    with pytest.raises(UserError, match=words):
        scan_dataset(config, tmp_path)


def test_a_path_may_be_a_folder_of_pictures(tmp_path):
    config = write_list(tmp_path, "path,subject,label,rate\nclip 1,P1,happy,30\n", ("clip 1/1.png", "clip 1/2.png"))
    (clip,) = scan_dataset(config, tmp_path).clips
    assert (clip.video, clip.rate) == (str(tmp_path / "clip 1"), 30)


def test_words_that_map_to_nothing_are_left_out_and_counted(tmp_path):
    config = write_list(tmp_path, "path,subject,label\nv.mp4,P1,happy\nw.mp4,P1,calm\n", ("v.mp4", "w.mp4"))
    config["dataset"]["labels"] = {"calm": None}
    found = scan_dataset(config, tmp_path)
    assert len(found.clips) == 1 and found.rejected == []
    assert found.left_out == {"'calm', not one of the six": 1}


def test_a_manifest_becomes_a_list_in_which_a_rotation_can_be_corrected(tmp_path):
    """docs/data-sets.md: without its first line, with path for video."""
    build_tree("mmi", tmp_path / "set")
    clips = read_tree("mmi", tmp_path / "set", None)[2].clips
    rows = [asdict(clip) | {"label": "happy", "codec": "dvvideo", "fps": 25.0} for clip in clips]
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "Int64"))
    write_table(tmp_path / "manifest.tsv", "manifest", manifest, {})
    text = (tmp_path / "manifest.tsv").read_text().partition("\n")[2]
    text = text.replace("video", "path", 1).replace("\t90\t", "\t270\t")
    found = scan_dataset(write_list(tmp_path, text, name="mine.tsv"), tmp_path)
    assert found.rejected == []
    wanted = [replace(clip, label="happy", rotation={90: 270}.get(clip.rotation, clip.rotation)) for clip in clips]
    assert [replace(clip, clip=clip.clip[:8]) for clip in found.clips] == wanted
    assert {clip.rotation for clip in wanted} == {0, 270}
