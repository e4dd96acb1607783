"""Trees as they come: half a download, other forms, wrong names; a fault is one sentence, and the rest goes on."""

from collections import Counter
from pathlib import Path

import pytest
from dataset_trees import Touch, build_tree, write_text
from openpyxl import load_workbook

from videofer.datasets.check import check_tree
from videofer.datasets.scan import read_tree

CK_LABEL = "Emotion/S010/001/S010_001_00000011_emotion.txt"
BAUM = "BAUM1s_MP4 - All/s001/S001_001.mp4"
DFEW, FERV = "EmoLabel_DataSplit/test(single-labeled)/set_1.csv", "4_setups/All_scenes/train_All.csv"


def read(kind: str, root: Path, subset: str | None = None):
    return read_tree(kind, root, subset)[2]


def write(path: str, text: str):
    return lambda root: (root / path).write_text(text)


def append(path: str, text: str):
    return lambda root: (root / path).write_text((root / path).read_text() + text)


def remove(path: str):
    """Remove a file, or all files of a folder."""
    return lambda root: [p.unlink() for p in (root / path, *(root / path).glob("*")) if p.is_file()]


def rename(path: str, name: str):
    return lambda root: (root / path).rename((root / path).with_name(name))


def renumber(root: Path) -> None:
    book = load_workbook(root / "Annotations_BAUM1s.xlsx")
    book.active["F3"] = 9  # disgust by name, neutral by number
    book.save(root / "Annotations_BAUM1s.xlsx")


@pytest.mark.parametrize(("kind", "edit", "words"), [
    ("ck-plus", write(CK_LABEL, "8.0"), "emotion.txt holds '8.0', which is none of the codes 1 to 7"),
    ("ck-plus", write(CK_LABEL, "happy"), "holds 'happy'"),
    ("ck-plus", remove("cohn-kanade-images/S010/001"), "holds no picture, but has a label"),
    ("ck-plus", rename("Emotion", "FACS"), "holds no Emotion (Emotion_labels.zip): unpack it there"),
    ("oulu-casia", rename("OriginalImg/VL/Strong/P002/Sadness", "other"), "P002/Sadness is missing or empty"),
    ("crema-d", write("VideoFlash/1001_DFA_SUR_XX.flv", ""), "is not named like"),
    ("enterface05", remove("enterface database/subject 1/anger/sentence 1"), "subject 1/anger holds no video"),
    ("savee", write("AudioVisualClip/DC/x1.avi", ""), "not named like a1.avi"),
    ("baum-1", remove(BAUM), "S001_001.mp4 is missing, but labelled in Annotations_BAUM1s.xlsx"),
    ("baum-1", renumber, "is 'Disgust' in Annotations_BAUM1s.xlsx, but numbered 9 there"),
    ("baum-1", remove("Annotations_BAUM1s.xlsx"), "holds no Annotations_BAUM1s.xlsx: unpack it there"),
    ("afew", remove("train_afew/Fear"), "train_afew/Fear is missing or empty"),
    ("dfew", append(DFEW, "77,2\n"), "00077 is missing, but has a label"),
    ("dfew", append(DFEW, "99,9\n"), "00099 has the label 9, none of 1 to 7"),
    ("dfew", append(DFEW, "1,2\n"), "00001 is tested in the folds 1 and 2"),
    ("dfew", remove(DFEW), "set_1.csv is missing"),
    ("dfew", rename("Clip", "Clips"), "holds no Clip/clip_224x224"),
    ("ferv39k", append(FERV, "Action/Sad/9999 Sad\n"), "9999 is missing, but has a label"),
    ("ferv39k", append(FERV, "Action/Sad Sad\n"), "has the line 'Action/Sad Sad', not like 'Action/Sad/0010 Sad'"),
    ("ferv39k", remove(FERV), "train_All.csv is missing"),
])  # fmt: skip
def test_a_fault_is_one_sentence(tmp_path, kind, edit, words):
    build_tree(kind, tmp_path)
    edit(tmp_path)
    (fault,) = read(kind, tmp_path).rejected
    assert words in fault.reason and fault.stage == "index"
    assert "\n" not in fault.reason and fault.reason.endswith(".")


def test_crema_d_a_recording_in_two_formats_is_counted_once(tmp_path):
    expected = build_tree("crema-d", tmp_path)
    for film in list((tmp_path / "VideoFlash").glob("*_ANG_*")):
        film.with_suffix(".mp4").touch()
    text, _ = check_tree("crema-d", tmp_path)
    assert "TWICE: 3 recordings lie there in another format, too" in text
    assert f"INCOMPLETE: {len(expected)} of 7442" in text


def test_ck_plus_no_label_contempt_and_the_last_picture(tmp_path):
    build_tree("ck-plus", tmp_path)
    (tmp_path / CK_LABEL).write_text("   2.0000000e+00\n")
    (tmp_path / "cohn-kanade-images/S010/001/.DS_Store").touch()
    remove("Emotion/S010/002")(tmp_path)  # a folder that is empty, and one that is missing
    remove("Emotion/S010/003")(tmp_path)
    (tmp_path / "Emotion/S010/003").rmdir()
    found = read("ck-plus", tmp_path)
    assert len(found.clips) == 16 and found.left_out == {"no emotion label": 2} and found.rejected == []
    clip = found.clips[0]
    assert (clip.label, clip.onset, clip.apex, clip.rate) == ("Contempt", 0, 2, 30)


def test_oulu_casia_the_cut_faces_and_other_lights(tmp_path):
    build_tree("oulu-casia", tmp_path)
    rename("OriginalImg/VL/Strong/P002/Fear", "fear")(tmp_path)
    (tmp_path / "PreProcess_Img").mkdir()
    (tmp_path / "OriginalImg/VL").rename(tmp_path / "PreProcess_Img/VL_Acropped")
    assert len(read("oulu-casia", tmp_path).clips) == 18
    assert read("oulu-casia", tmp_path, "NI-Dark").clips == []


def test_ravdess_twins_count_once_and_stay_with_their_actor(tmp_path):
    build_tree("ravdess", tmp_path)
    found = read("ravdess", tmp_path)
    assert len(found.clips) == 18 and all(clip.clip.startswith("01-") for clip in found.clips)
    assert found.left_out == {"the same performance without sound, or a second copy": 18}
    for twin in tmp_path.glob("Actor_01/01-*"):
        twin.unlink()
    write_text(tmp_path / "Actor_02/01-02-03-01-01-01-02.mp4")
    write_text(tmp_path / "holiday.mp4")
    found = read("ravdess", tmp_path)
    sound = Counter((clip.subject, clip.clip[:2]) for clip in found.clips)
    assert sound == {("Actor_01", "02"): 6, ("Actor_02", "01"): 6, ("Actor_03", "01"): 6}
    assert found.left_out["song, not asked for"] == 1
    assert found.left_out["a video that is not named like RAVDESS"] == 1
    assert [clip.label for clip in read("ravdess", tmp_path, "song").clips] == ["happy"]
    assert len(read("ravdess", tmp_path, "both").clips) == 19


def test_linked_actors_are_followed_and_leftovers_of_a_mac_are_not_clips(tmp_path):
    build_tree("ravdess", tmp_path / "other disk", people=(1, 2))
    (tmp_path / "set").mkdir()
    for actor in (tmp_path / "other disk").iterdir():
        (tmp_path / "set" / actor.name).symlink_to(actor)
    (tmp_path / "set/again").symlink_to(tmp_path / "set")  # a circle ends
    for leftover in ("__MACOSX/Actor_01/01-01-03-01-01-01-01.mp4", "Actor_01/._01-01-03-01-02-01-01.mp4"):
        write_text(tmp_path / "set" / leftover)
    found = read("ravdess", tmp_path / "set")
    assert Counter(clip.subject for clip in found.clips) == {"Actor_01": 6, "Actor_02": 6}
    assert "a video that is not named like RAVDESS" not in found.left_out


def test_enterface_takes_the_subject_from_the_folder(tmp_path):
    build_tree("enterface05", tmp_path)
    wrong = [clip for clip in read("enterface05", tmp_path).clips if Path(clip.video).name.startswith("s4_")]
    assert len(wrong) == 6 and {clip.subject for clip in wrong} == {"subject3"}


def test_baum_1_videos_without_a_row_are_left_out(tmp_path):
    build_tree("baum-1", tmp_path)
    (tmp_path / BAUM).with_name("S001_099.mp4").touch()
    assert read("baum-1", tmp_path).left_out == {"no row in Annotations_BAUM1s.xlsx": 1}
    assert read("baum-1", tmp_path, "acted").clips == []


def test_baum_1_numbers_acted_clips_otherwise_and_reads_exported_tables(tmp_path):
    build_tree("baum-1", tmp_path, people=(1,))
    (tmp_path / "BAUM1s_MP4 - All").rename(tmp_path / "BAUM1a_MP4_all")
    (tmp_path / "Annotations_BAUM1s.xlsx").unlink()
    words = [("Anger", 1), ("Disgust", 3), ("Fear", 4), ("Happiness", 5), ("Sadness", 7), ("Surprise", 8)]
    rows = [f"{n},1,,s001_{n:03d},{word},{code},F" for n, (word, code) in enumerate(words, start=1)]
    (tmp_path / "Annotations_BAUM1a.csv").write_text("No,Subject,Affect,Clip,Emotion,Code,Sex\n" + "\n".join(rows))
    found = read("baum-1", tmp_path, "acted")
    wanted = [(f"S001_{n:03d}-a", word) for n, (word, _) in enumerate(words, start=1)]
    assert [(clip.clip, clip.label) for clip in found.clips] == wanted


def test_afew_parts_whatever_their_case(tmp_path):
    build_tree("afew", tmp_path)
    (tmp_path / "val_afew").rename(tmp_path / "VAL_AFEW")
    assert Counter(clip.part for clip in read("afew", tmp_path).clips) == {"train": 19, "val": 7}


def test_dfew_is_read_in_whichever_form_is_there(tmp_path):
    expected = build_tree("dfew", tmp_path)
    clips = tmp_path / "Clip"
    for folder in list((clips / "clip_224x224").iterdir()):
        write_text(clips / "original" / f"{int(folder.name)}.mp4")
        write_text(clips / "clip_224x224_avi" / f"{folder.name}.avi")
        Touch().pictures(clips / "clip_224x224_16f" / folder.name, 1, "happy", "%d.jpg")
    labels = [clip.label for clip in read("dfew", tmp_path).clips]
    for form in ("clip_224x224", "clip_224x224_avi", "original", "clip_224x224_16f"):
        found = read("dfew", tmp_path)
        assert {Path(clip.video).parent.name for clip in found.clips} == {form}
        assert [clip.label for clip in found.clips] == labels and len(labels) == len(expected)
        assert found.clips[0].clip == f"{int(Path(found.clips[0].video).stem):05d}"
        (clips / form).rename(tmp_path / f"no {form}")


def test_adfes_views_other_emotions_and_other_forms_of_the_name(tmp_path):
    build_tree("adfes", tmp_path)
    for name in ("M02-Joy-Turn Away.mpeg", "M02-Pride-Face Forward.wmv", "holiday.mp4"):
        write_text(tmp_path / name)
    found = read("adfes", tmp_path)
    assert found.left_out == {"turn-away, not asked for": 1, "a video that is not named like ADFES": 1}
    assert Counter(clip.label for clip in found.clips)["Pride"] == 1
    assert [clip.subject for clip in read("adfes", tmp_path, "turn-away").clips] == ["M02"]
    assert len(read("adfes", tmp_path, "all").clips) == 20
    for name in ("ADFES_F01-Joy-Face Forward.mpg", "ADFES-BIV_F02-Fear.wmv", "M01-Anger-Face Forward-54.mp4"):
        write_text(tmp_path / "other forms" / name)
    found = read("adfes", tmp_path / "other forms")
    wanted = [("F02", "Fear"), ("F01", "Joy"), ("M01", "Anger")]
    assert [(clip.subject, clip.label) for clip in found.clips] == wanted
