"""MMI: which way up and which half, the two subsets, the coding of action units, and files that are odd."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from dataset_trees import DV, PORTRAIT, SIDEWAYS, Filmed, build_tree, write_mmi_xml, write_text
from sample_videos import WHOLE, run_ffmpeg

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.datasets.scan import read_tree
from videofer.faces.detect import detect_faces
from videofer.video.decode import decode_video, read_frames

CONFIG = yaml.safe_load((Path(__file__).parents[3] / "config.yaml").read_text())
FACES = CONFIG["faces"] | {"track": "landmarks", "face_x": None, "code": ""}


def read(root: Path, subset: str):
    return read_tree("mmi", root, subset)[2]


def session(root: Path, number: int, name: str, code: int | None = 4, view: int = 0, coded=()) -> Path:
    """Write one session whose video is empty; returns its folder."""
    folder = root / "Sessions" / str(number)
    write_mmi_xml(folder, name, code, view, coded)
    write_text(folder / f"{name}.avi")
    return folder


def test_each_view_is_turned_or_cut_by_its_table(tmp_path):
    wanted = {"S010": (90, None), "S053": (0, None), "S054": (0, None), "S099": (0, None)}
    wanted |= dict.fromkeys(("S001", "S002", "S017"), (0, "right"))
    wanted |= dict.fromkeys(("S003", "S005", "S006", "S015", "S016"), (0, "left"))
    for number, subject in enumerate(wanted):
        session(tmp_path, number, f"{subject}-001", view=0 if subject in ("S010", "S053", "S054") else 2)
    found = read(tmp_path, "paper")
    assert {clip.subject: (clip.rotation, clip.half) for clip in found.clips} == wanted


def test_the_paper_s_subset_drops_profile_views_and_one_sequence(tmp_path):
    for number, (name, view) in enumerate([("S021-003", 1), ("S002-106", 2), ("S002-107", 2), ("S033-001", 0)]):
        session(tmp_path, number, name, view=view)
    paper, every = read(tmp_path, "paper"), read(tmp_path, "all")
    assert [clip.clip for clip in paper.clips] == ["S002-107", "S033-001"]
    assert paper.left_out == {"profile view only": 1, "not among the 208 sequences": 1}
    assert {clip.clip: clip.view for clip in every.clips}["S021-003"] == "profile"
    assert len(every.clips) == 4


def test_codes_are_read_by_the_tag_s_name_whatever_its_place(tmp_path):
    codes = {f"S030-{number:03d}": number for number in range(1, 10)} | {"S030-010": None}
    for number, (name, code) in enumerate(codes.items()):
        session(tmp_path, number, name, code=code)
    found = read(tmp_path, "paper")
    assert [clip.label for clip in found.clips] == ["Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"]
    assert sum(number for why, number in found.left_out.items() if "emotion code" in why) == 3
    assert found.left_out["no emotion label"] == 1
    assert found.rejected == []


def test_the_coding_of_action_units_gives_onset_apex_and_offset_from_zero(tmp_path):
    folder = session(tmp_path, 1, "S030-001", coded=(11, 21, 41))
    (clip,) = read(tmp_path, "paper").clips
    assert (clip.onset, clip.apex, clip.offset) == (10, 30, 40)  # the middle of the held apex, frames 20 to 40
    path = folder / "S030-001-oao_aucs.xml"
    other = '<ActionUnit Number="25"><Marker Type="1" Frame="13"/><Marker Type="2" Frame="31"/></ActionUnit>'
    path.write_text(path.read_text().replace("</ActionUnits>", f"{other}{other}</ActionUnits>"))
    (clip,) = read(tmp_path, "paper").clips
    assert (clip.onset, clip.apex, clip.offset) == (12, 35, 40)


LEVELS = [("a0", "x" * 10)] + [(f"a{n}", f"&a{n - 1};" * 10) for n in range(1, 10)]
ENTITIES = "".join(f'<!ENTITY {name} "{value}">' for name, value in LEVELS)
BOMB = f'<!DOCTYPE a [{ENTITIES}]><Annotation><Metatag Name="Emotion" Value="&a9;"/></Annotation>'


@pytest.mark.parametrize(("content", "words"), [
    (None, "S030-001.xml is missing"),
    ("", "not well-formed XML"),
    ("<Annotation><Metatag", "not well-formed XML"),
    (BOMB, "not well-formed XML"),
    ('<?xml version="1.0" encoding="klingon"?><a/>', "not well-formed XML"),
    ('<Annotation><Metatag Name="Emotion" Value="happy"/></Annotation>', "the emotion 'happy', which is no number"),
    ("<a>" + " " * 1_000_000 + "</a>", "larger than any file of MMI"),
])  # fmt: skip
def test_an_odd_label_file_rejects_its_session_alone_in_one_sentence(tmp_path, content, words):
    folder = session(tmp_path, 1, "S030-001")
    session(tmp_path, 2, "S031-001")
    (folder / "S030-001.xml").unlink()
    if content is not None:
        (folder / "S030-001.xml").write_text(content)
    found = read(tmp_path, "paper")
    assert [clip.clip for clip in found.clips] == ["S031-001"]
    (fault,) = found.rejected
    assert words in fault.reason and "\n" not in fault.reason


def test_without_session_xml_the_view_follows_from_the_subject_and_two_views_are_a_fault(tmp_path):
    for number, name in enumerate(["S001-001", "S021-001", "S030-001"]):
        (session(tmp_path, number, name) / "session.xml").unlink()
    found = read(tmp_path, "paper")
    assert [(clip.clip, clip.half, clip.rotation) for clip in found.clips] == [
        ("S001-001", "right", 0), ("S030-001", None, 90),
    ]  # fmt: skip
    assert found.left_out == {"profile view only": 1}
    path = session(tmp_path, 9, "S031-001") / "session.xml"
    path.write_text('<session><track view="0"/><track view="2"/></session>')
    assert "should name one view" in read(tmp_path, "paper").rejected[0].reason


def test_mixed_case_underscores_and_sessions_without_video_are_read(tmp_path):
    folder = tmp_path / "SESSIONS" / "7"
    write_mmi_xml(folder, "s030_004", 6)
    write_text(folder / "S030_004.AVI")
    (tmp_path / "SESSIONS" / "8").mkdir()
    write_text(tmp_path / "SESSIONS" / "9" / "holiday.avi")
    found = read(tmp_path, "paper")
    assert [(clip.clip, clip.subject, clip.label) for clip in found.clips] == [("S030-004", "S030", "Surprise")]
    assert found.left_out == {"no video in the session (still pictures)": 1}
    assert "not named like S001-001.avi" in found.rejected[0].reason


def test_mmi_comes_search_by_search_and_a_session_of_two_searches_counts_once(tmp_path):
    build_tree("mmi", tmp_path / "download 1", people=(1, 2))
    for session, name in (("12", "S053-006"), ("500", "S030-001")):
        folder = tmp_path / "download 2/Sessions" / session
        write_mmi_xml(folder, name, 6)
        (folder / f"{name}.avi").touch()
    found = read(tmp_path, "paper")
    assert Counter(clip.subject for clip in found.clips) == {"S001": 6, "S053": 6, "S030": 1}
    assert found.left_out == {"a second copy of a session": 1}


def test_both_views_are_cut_to_the_frontal_half(tmp_path, film):
    build_tree("mmi", tmp_path, Filmed(lambda person, label: film), people=(1,), labels=("happy",))
    (clip,) = read(tmp_path, "paper").clips
    whole, _ = read_frames(clip.video, max_height=288)
    half, _ = read_frames(clip.video, max_height=288, half=clip.half)
    assert half.shape[2] == whole.shape[2] // 2
    # DV is lossy and scaling meets the edge between the halves: compare away from it.
    assert np.abs(half[:, :, 4:].astype(int) - whole[:, :, -half.shape[2] + 4 :]).mean() < 2
    other, _ = read_frames(clip.video, max_height=288, half="left")
    assert np.abs(half.astype(int) - other).mean() > 5


@pytest.mark.parametrize(("filters", "stated", "hint"), [
    (SIDEWAYS, 90, None),
    (f"{PORTRAIT},scale=720:576,setsar=1", 90, "turned by another 270 degrees clockwise it shows a face"),
    (SIDEWAYS, 0, "turned by another 90 degrees clockwise it shows a face"),
])  # fmt: skip
def test_a_stated_rotation_is_verified_by_detection(tmp_path, film, filters, stated, hint):
    run_ffmpeg("-i", film, "-vf", filters, *DV, tmp_path / "S030-001.avi")
    frames, faces = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    decode_video(tmp_path / "S030-001.avi", frames, **WHOLE | {"rotation": stated}, **CONFIG["video"], code="")
    detect_faces(frames, faces, **FACES, rotation=stated)
    written = read_arrays(faces, "faces")
    if hint is None:
        assert written.rejected is None and written.parameters["remarks"] == []
    else:
        assert "found in 0 of 38 frames" in written.rejected and hint in written.rejected


def test_a_few_faces_another_way_up_are_a_remark_not_a_rejection(tmp_path, film):
    """The picture shows a small upright face for half of the time, and another lying on its side all the time."""
    upright, _ = read_frames(film)
    lying = np.rot90(upright, 1, axes=(1, 2))
    frames = np.zeros((24, 330, 640), np.uint8)
    frames[:12, :256, :320] = upright[:12]
    frames[:, :320, 384:] = lying
    path, faces = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    write_arrays(path, "frames", {"frames": frames, "times": np.arange(24) / 25}, {"start": 0, "remarks": []})
    for rotation, remarked in ((None, False), (0, True)):
        detect_faces(path, faces, **FACES | {"min_detected": 0.3}, rotation=rotation)
        remarks = read_arrays(faces, "faces").parameters["remarks"]
        assert any("Turned by another 90" in remark for remark in remarks) == remarked
