"""The user's own clips: lists in their dialects, folders, and one sentence for what is of no use."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from dataset_trees import build_tree, write_text
from PIL import Image

from videofer.core.artifacts import write_table
from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.datasets.adapter import SAFE_NAME
from videofer.datasets.scan import read_tree, scan_dataset
from videofer.pipeline.config import check_config
from videofer.video.index import COLUMNS, NUMBERS

ROOT = Path(__file__).parents[3]
HEADER = "path,subject,label"


def scan_list(folder: Path, text: str, videos: Sequence[str] = (), name: str = "list.csv", **section):
    """Write a list, and empty files for the videos that it names, and scan it."""
    for video in videos:
        write_text(folder / video)
    (folder / name).write_text(text, encoding=section.pop("encoding", "utf-8"))
    return scan_dataset({"name": "mine", "dataset": {"kind": "table", "path": name, **section}}, folder)


def scan_folder(root: Path, paths: Sequence[str] = (), **section):
    """Write empty files and scan the folder."""
    for path in paths:
        write_text(root / path)
    return scan_dataset({"name": "mine", "dataset": {"kind": "folder", "path": ".", **section}}, root)


def test_a_plain_list_keeps_its_names_and_ignores_other_columns(tmp_path):
    text = f"{HEADER},apex,comment,view,half,face_x,rotation,rate\n"
    text += "a/one.mp4,P1,happy,12,fine,frontal,Left,.25,270,29.97\n"
    one, two = scan_list(tmp_path, text + "a/two.mp4,P2,sad\n", ("a/one.mp4", "a/two.mp4")).clips
    fields = {"apex": 12, "view": "frontal", "half": "left", "face_x": 0.25, "rotation": 270, "rate": 29.97}
    assert replace(one, clip="one") == Clip("one", str(tmp_path / "a/one.mp4"), "P1", "happy", **fields)
    assert two == Clip("two", str(tmp_path / "a/two.mp4"), "P2", "sad")


def test_videos_and_folders_of_pictures_lie_beside_the_list_not_beside_the_project(tmp_path):
    write_text(tmp_path / "lists/clip 1/1.png")
    write_text(tmp_path / "lists/list.csv", f"{HEADER},rate\nclip 1,P1,happy,30\n")
    config = {"name": "mine", "dataset": {"kind": "table", "path": "lists/list.csv"}}
    (clip,) = scan_dataset(config, tmp_path).clips
    assert (clip.video, clip.rate) == (str(tmp_path / "lists/clip 1"), 30)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheet_dialects_are_read(tmp_path, encoding, separator):
    rows = (("Path", " SUBJECT", "label"), ("v.mp4", "Ж 1", " Anger "))
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    (clip,) = scan_list(tmp_path, text, ("v.mp4",), encoding=encoding, labels={"Anger": "angry"}).clips
    assert (clip.subject, clip.label) == ("Ж 1", "angry")


AWKWARD = (
    *("my video.mp4", 'say "hi".mp4', "лицо.mp4", "表情.mp4", "-dash.mp4", "50%.mp4", "a'b.mp4", "é.mp4", "e.mp4"),
    *("a/x.mp4", "b/x.mp4", "b/X.avi"),
)


def test_awkward_and_equal_names_become_safe_unique_names_that_depend_on_nothing_else(tmp_path):
    rows = ['"' + name.replace('"', '""') + '",P1,happy' for name in (*AWKWARD, "c/y.mp4")]
    clips = scan_list(tmp_path, "\n".join((HEADER, *rows)), (*AWKWARD, "c/y.mp4")).clips
    names = [clip.clip for clip in clips]
    assert len({name.casefold() for name in names}) == len(rows) and names[-1] == "y"
    assert all(SAFE_NAME.fullmatch(name) for name in names)
    assert [Path(clip.video).relative_to(tmp_path).as_posix() for clip in clips[:-1]] == list(AWKWARD)
    found = scan_list(tmp_path, "\n".join((HEADER, *rows[5::-1])))
    assert [clip.clip for clip in found.clips] == names[5::-1]


def test_one_video_may_hold_several_clips_and_several_people(tmp_path):
    rows = (
        *("v.mp4,P1,happy,,,0,40", "v.mp4,P1,sad,,,41,90"),
        *("v.mp4,P1,happy,,0.2", "v.mp4,P2,sad,,0.8", "v.mp4,P3,fear,left", "v.mp4,P4,angry,Right"),
    )
    found = scan_list(tmp_path, "\n".join((f"{HEADER},half,face_x,start,end", *rows, rows[3])), ("v.mp4",))
    assert [(clip.subject, clip.face_x, clip.half, clip.start, clip.end) for clip in found.clips] == [
        ("P1", None, None, 0, 40), ("P1", None, None, 41, 90), ("P1", 0.2, None, None, None),
        ("P2", 0.8, None, None, None), ("P3", None, "left", None, None), ("P4", None, "right", None, None),
    ]  # fmt: skip
    assert len({clip.clip for clip in found.clips}) == 6
    (fault,) = found.rejected
    assert fault.reason == "list.csv, row 8: row 5 already names this file: keep one of the two rows."


@pytest.mark.parametrize(("row", "words"), [
    ("v.mp4,P1,bored", "its label 'bored' is none of angry"),
    ("v.mp4,P1,", "its label is empty"),
    ("v.mp4,,happy", "its subject is empty"),
    (",P1,happy", "its path is empty"),
    ("gone.mp4,P1,happy", "gone.mp4 does not exist"),
    ("folder,P1,happy", "folder holds no picture"),
    ("good.mp4,P2,sad", "row 2 already names this file"),
    ("v.mp4,P1,happy,x", "its start is 'x'"),
    ("v.mp4,P1,happy,-3", "its start is '-3'"),
    ("v.mp4,P1,happy," + "9" * 5000, "give a whole number"),
    ("v.mp4,P1,happy,²", "its start is '²'"),
    ("v.mp4,P1,happy,٣", "its start is '٣'"),
    ("v.mp4,P1,happy,50,20", "its end 20 comes before its start 50"),
    ("v.mp4,P1,happy,,,45", "its rotation is '45': give 0, 90, 180 or 270 degrees"),
    ("{v}.mp4,P1,happy", "rename it without {, } and words in < >"),
    ("<results>.mp4,P1,happy", "rename it without {, } and words in < >"),
    ("v.mp4,P1,happy,,10,,,,,12", "its end 10 comes before its onset 12"),
    ("v.mp4,P1,happy,,,,,,,9,8", "its apex 8 comes before its onset 9"),
    ("v.mp4,P1,happy,,,,,,,,8,7", "its offset 7 comes before its apex 8"),
    ("v.mp4,P1,happy,,,,middle", "its half is 'middle'"),
    ("v.mp4,P1,happy,,,,,1.5", "its face_x is '1.5'"),
    ("v.mp4,P1,happy,,,,,left", "its face_x is 'left'"),
    ("v.mp4,P1,happy,,,,,,0", "its rate is '0'"),
])  # fmt: skip
def test_a_bad_row_is_rejected_in_one_sentence_and_the_rest_goes_on(tmp_path, row, words):
    (tmp_path / "folder").mkdir()
    text = f"{HEADER},start,end,rotation,half,face_x,rate,onset,apex,offset\ngood.mp4,P1,happy\n{row}\n"
    found = scan_list(tmp_path, text, ("good.mp4", "v.mp4", "{v}.mp4", "<results>.mp4"))
    assert [clip.clip for clip in found.clips] == ["good"]
    (fault,) = found.rejected
    assert words in fault.reason and "\n" not in fault.reason and fault.stage == "index"


@pytest.mark.parametrize(("text", "words"), [
    ("", "has no column path, subject, label"),
    ("path,label\nv.mp4,happy\n", "has no column subject"),
    ("path,subject,label\n", "no row"),
    ("path,subject,label\n,,\n\n", "no row"),
    ("path,subject,label\ngone.mp4,P1,happy\n", "No clip is left of the 1 .* does not exist"),
    ('path,subject,label\n"' + "x" * 200_000, r"list\.csv is damaged in line \d+ \(field larger than field limit"),
    ("path,subject,label,onsets\nv.mp4,P1,happy,3\n", "has a column onsets: call it onset, or otherwise"),
])  # fmt: skip
def test_a_list_of_no_use_ends_the_run_in_one_sentence(tmp_path, text, words):
    with pytest.raises(UserError, match=words):
        scan_list(tmp_path, text)


@pytest.mark.parametrize(("kind", "path", "words"), [
    ("table", "gone.csv", r"gone\.csv does not exist"), ("table", None, r"dataset\.path is missing: kind table"),
    ("folder", None, r"dataset\.path is missing: kind folder"), ("folder", "gone", "does not exist"),
    ("folder", ".", "holds no video"), ("table", "latin.csv", "or save the list as UTF-8"),
    ("table", ".", "is a folder: set dataset.kind to folder"),
])  # fmt: skip
def test_a_path_of_no_use_is_named(tmp_path, kind, path, words):
    (tmp_path / "latin.csv").write_bytes("path,subject,label\nü.mp4,P,happy\n".encode("latin-1"))
    with pytest.raises(UserError, match=words):
        scan_dataset({"name": "mine", "dataset": {"kind": kind, "path": path}}, tmp_path)


@pytest.mark.parametrize(("labels", "words"), [
    ({"anger": "furious"}, r"dataset\.labels\.anger: 'furious'"),
    ({False: "sad"}, r"the key False of dataset\.labels is no text: put it in quotes"),
])  # fmt: skip
def test_labels_are_mapped_to_the_six_classes_only(labels, words):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    with pytest.raises(UserError, match=words):
        check_config(config | {"dataset": {"kind": "table", "path": "list.csv", "labels": labels}})


def test_a_manifest_becomes_a_list_in_which_a_rotation_can_be_corrected(tmp_path):
    """docs/data-sets.md: without its first line, with path for video."""
    build_tree("mmi", tmp_path / "set")
    clips = read_tree("mmi", tmp_path / "set", None)[2].clips
    rows = [asdict(clip) | {"label": "happy", "codec": "dvvideo", "fps": 25.0} for clip in clips]
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "Int64"))
    write_table(tmp_path / "manifest.tsv", "manifest", manifest, {})
    text = (tmp_path / "manifest.tsv").read_text().partition("\n")[2]
    text = text.replace("video", "path", 1).replace("\t90\t", "\t270\t")
    found = scan_list(tmp_path, text, name="mine.tsv")
    assert found.rejected == []
    wanted = [replace(clip, label="happy", rotation={90: 270}.get(clip.rotation, clip.rotation)) for clip in clips]
    assert [replace(clip, clip=clip.clip[:8]) for clip in found.clips] == wanted
    assert {clip.rotation for clip in wanted} == {0, 270}


def test_folders_name_subject_and_label(tmp_path):
    paths = ("P1/happy/a.mp4", "P1/Anger/b.MOV", "Ж 2/sad/c.webm", "P1/happy/notes.txt", "P1/bored/d.avi")
    found = scan_folder(tmp_path, (*paths, ".trash/sad/c.mp4", "P1/.cache/d.mp4"), labels={"anger": "angry"})
    assert [(clip.clip, clip.subject, clip.label) for clip in found.clips] == [
        ("b", "P1", "angry"),
        ("a", "P1", "happy"),
        ("c", "Ж 2", "sad"),
    ]
    assert ["its label 'bored' is none of" in rejection.reason for rejection in found.rejected] == [True]


def test_image_sequences_and_labels_that_map_to_nothing(tmp_path):
    paths = ("P1/happy/1.png", "P1/sad/first/1.jpg", "P1/sad/b.mov", "P1/calm/a.avi", "P1/sad/empty/x.txt")
    found = scan_folder(tmp_path, paths, labels={"calm": None})
    videos = {str(Path(clip.video).relative_to(tmp_path)): clip.label for clip in found.clips}
    assert videos == {"P1/happy": "happy", "P1/sad/first": "sad", "P1/sad/b.mov": "sad"}
    assert found.left_out == {"'calm', not one of the six": 1}


def test_animations_are_videos_and_pictures_beside_videos_are_left_out_with_their_number(tmp_path):
    films = [tmp_path / "Ann" / label / name for label in ("happy", "angry") for name in ("a.gif", "b.gif")]
    pictures = [Image.new("L", (8, 8), level) for level in (10, 200)]
    for film in films:
        film.parent.mkdir(parents=True, exist_ok=True)
        pictures[0].save(film, save_all=True, append_images=pictures[1:])
    pictures[0].save(tmp_path / "Ann/angry/c.png")
    found = scan_folder(tmp_path, ["Ann/sad/c.mp4", "Ann/sad/c.jpg", "Ann/fear/01.webp", "Ann/fear/02.webp"])
    videos = sorted(Path(clip.video).relative_to(tmp_path).as_posix() for clip in found.clips)
    expected = ["Ann/angry/a.gif", "Ann/angry/b.gif", "Ann/fear", "Ann/happy/a.gif", "Ann/happy/b.gif"]
    assert videos == [*expected, "Ann/sad/c.mp4"]
    assert found.left_out["still picture beside videos"] == 2


def test_folders_sorted_the_other_way_round_are_named(tmp_path):
    with pytest.raises(UserError, match="is sorted as <label>/<subject>/<video>: sort it as"):
        scan_folder(tmp_path, ("happy/anna/a.mp4", "sad/ben/b.mp4"))
    # A person called happy, who is sad.
    assert [clip.subject for clip in scan_folder(tmp_path, ("happy/sad/e.mp4",)).clips] == ["happy"]
