from pathlib import Path

import pytest

from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.naming import SAFE_NAME
from videofer.datasets.scan import scan_dataset


def write_list(folder: Path, text: str, videos: tuple[str, ...] = (), name: str = "list.csv", encoding="utf-8"):
    """Write the list and empty files for the videos it names; a scan opens none of them."""
    for video in videos:
        (folder / video).parent.mkdir(parents=True, exist_ok=True)
        (folder / video).touch()
    (folder / name).write_text(text, encoding=encoding)
    return {"name": "mine", "dataset": {"kind": "table", "path": name, "labels": {"Anger": "angry"}}}


def reasons(found) -> list[str]:
    return [rejection.reason for rejection in found.rejected]


def test_a_plain_list_keeps_its_names(tmp_path):
    config = write_list(
        tmp_path,
        "path,subject,label,apex,rotation\na/one.mp4,P1,happy,12,90\na/two.mp4,P2,sad,,\n",
        ("a/one.mp4", "a/two.mp4"),
    )
    one, two = scan_dataset(config, tmp_path).clips
    assert (one.clip, one.video, one.subject, one.label) == ("one", str(tmp_path / "a/one.mp4"), "P1", "happy")
    assert (one.apex, one.rotation, one.start) == (12, 90, None)
    assert (two.clip, two.apex, two.rotation) == ("two", None, None)


def test_videos_lie_beside_the_list_not_beside_the_project(tmp_path):
    write_list(tmp_path / "lists", "path,subject,label\nv.mp4,P1,fear\n", ("v.mp4",))
    config = {"name": "mine", "dataset": {"kind": "table", "path": "lists/list.csv"}}
    assert scan_dataset(config, tmp_path).clips[0].video == str(tmp_path / "lists/v.mp4")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheet_dialects_are_read(tmp_path, encoding, separator):
    text = (
        separator.join(("Path", " SUBJECT", "label"))
        + "\r\n"
        + separator.join(("v.mp4", "Ж 1", " Anger "))
        + "\r\n"
    )
    config = write_list(tmp_path, text, ("v.mp4",), encoding=encoding)
    (clip,) = scan_dataset(config, tmp_path).clips
    assert (clip.subject, clip.label) == ("Ж 1", "angry")


AWKWARD = (
    "my video.mp4",
    'say "hi".mp4',
    "лицо.mp4",
    "表情.mp4",
    "-dash.mp4",
    "50%.mp4",
    "a'b.mp4",
    "é.mp4",
    "e.mp4",
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


def test_a_column_that_is_misspelt_is_named_and_others_are_ignored(tmp_path):
    config = write_list(tmp_path, "path,subject,label,comment,onsets\nv.mp4,P1,happy,fine,3\n", ("v.mp4",))
    with pytest.raises(UserError, match="has a column onsets: call it onset, or otherwise"):
        scan_dataset(config, tmp_path)
    write_list(tmp_path, "path,subject,label,comment,reviewer\nv.mp4,P1,happy,fine,Q\n")
    assert len(scan_dataset(config, tmp_path).clips) == 1


def test_a_word_that_yaml_reads_as_no_word_is_named(tmp_path):
    config = write_list(tmp_path, "path,subject,label\nv.mp4,P1,no\n", ("v.mp4",))
    config["dataset"]["labels"] = {False: "sad"}
    with pytest.raises(UserError, match=r"dataset\.labels has the word False: quote what YAML reads so"):
        scan_dataset(config, tmp_path)


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
    assert "\n" not in reason
    assert found.rejected[0].stage == "index"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column path, subject, label"),
        ("path,label\nv.mp4,happy\n", "has no column subject"),
        ("path,subject,label\n", "no row"),
        ("path,subject,label\n,,\n\n", "no row"),
        ("path,subject,label\ngone.mp4,P1,happy\n", "No clip is left of the 1 .* does not exist"),
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


def test_labels_are_mapped_to_the_six_classes_only(tmp_path):
    config = write_list(tmp_path, "path,subject,label\nv.mp4,P1,anger\n", ("v.mp4",))
    assert scan_dataset(config, tmp_path).clips[0].label == "angry"
    config["dataset"]["labels"] = {"anger": "furious"}
    with pytest.raises(UserError, match="maps 'anger' to 'furious'"):
        scan_dataset(config, tmp_path)


def test_folders_name_subject_and_label(tmp_path):
    for path in ("P1/happy/a.mp4", "P1/Anger/b.MOV", "Ж 2/sad/c.webm", "P1/happy/notes.txt", "P1/bored/d.avi"):
        (tmp_path / "set" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / path).touch()
    config = {"name": "mine", "dataset": {"kind": "folder", "path": "set", "labels": {"anger": "angry"}}}
    found = scan_dataset(config, tmp_path)
    assert [(c.clip, c.subject, c.label) for c in found.clips] == [
        ("b", "P1", "angry"),
        ("a", "P1", "happy"),
        ("c", "Ж 2", "sad"),
    ]
    assert ["'bored'" in reason for reason in reasons(found)] == [True]
    config["dataset"]["path"] = "nowhere"
    with pytest.raises(UserError, match="does not exist"):
        scan_dataset(config, tmp_path)
    (tmp_path / "empty").mkdir()
    config["dataset"]["path"] = "empty"
    with pytest.raises(UserError, match="holds no video"):
        scan_dataset(config, tmp_path)


def test_folders_sorted_the_other_way_round_are_named_and_hidden_ones_are_none(tmp_path):
    for path in ("happy/anna/a.mp4", "sad/ben/b.mp4", ".trash/old/c.mp4", "happy/.cache/d.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    config = {"name": "mine", "dataset": {"kind": "folder", "path": "."}}
    with pytest.raises(UserError, match="is sorted as <label>/<subject>/<video>: sort it as"):
        scan_dataset(config, tmp_path)
    (tmp_path / "happy/sad").mkdir()  # a person called happy, who is sad
    (tmp_path / "happy/sad/e.mp4").touch()
    assert [clip.subject for clip in scan_dataset(config, tmp_path).clips] == ["happy"]


def test_rendered_clips_lie_among_the_results(tmp_path):
    config = {"name": "demo", "dataset": {"kind": "rendered"}, "rendered": {"subjects": 2, "seed": 1}}
    clips = scan_dataset(config, tmp_path).clips
    assert len(clips) == 12
    assert {clip.label for clip in clips} == set(CLASSES)
    assert clips[0].video == f"results/demo/videos/{clips[0].clip}.avi"


def test_an_unknown_kind_is_the_users_fault(tmp_path):
    with pytest.raises(UserError, match=r"dataset\.kind is 'web'"):
        scan_dataset({"name": "x", "dataset": {"kind": "web"}}, tmp_path)


@pytest.mark.parametrize("kind", ["table", "folder"])
def test_a_data_set_without_a_path_is_named(tmp_path, kind):
    with pytest.raises(UserError, match=rf"dataset\.path is missing: kind {kind}"):
        scan_dataset({"name": "x", "dataset": {"kind": kind, "path": None}}, tmp_path)


def test_optional_columns_say_what_part_of_the_picture_counts(tmp_path):
    text = "path,subject,label,view,half,face_x,rotation\nv.mp4,P1,happy,frontal,Left,0.25,270\nw.mp4,P1,sad,,,,\n"
    one, two = scan_dataset(write_list(tmp_path, text, ("v.mp4", "w.mp4")), tmp_path).clips
    assert (one.view, one.half, one.face_x, one.rotation) == ("frontal", "left", 0.25, 270)
    assert (two.view, two.half, two.face_x, two.rate) == (None, None, None, None)


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


def test_folders_may_hold_image_sequences_and_labels_that_map_to_nothing(tmp_path):
    for path in ("P1/happy/1.png", "P1/sad/first/1.jpg", "P1/sad/b.mov", "P1/calm/a.avi", "P1/sad/empty/x.txt"):
        (tmp_path / "set" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / path).touch()
    found = scan_dataset(
        {"name": "x", "dataset": {"kind": "folder", "path": "set", "labels": {"calm": None}}}, tmp_path
    )
    videos = {str(Path(clip.video).relative_to(tmp_path / "set")): clip.label for clip in found.clips}
    assert videos == {"P1/happy": "happy", "P1/sad/first": "sad", "P1/sad/b.mov": "sad"}
    assert found.left_out == {"'calm', not one of the six": 1}
