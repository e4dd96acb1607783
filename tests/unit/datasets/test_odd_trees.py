"""Trees as they come: half a download, other forms, wrong names; a fault is one sentence, and the rest goes on."""

from collections import Counter
from pathlib import Path

from dataset_trees import Touch, build_tree
from openpyxl import load_workbook

from videofer.datasets.registry import load_adapter


def read(kind: str, root: Path, subset: str | None = None):
    dataset = load_adapter(kind)
    return dataset.read(root, subset or next(iter(dataset.subsets)))


def the_fault(found) -> str:
    (fault,) = found.rejected
    assert "\n" not in fault.reason and fault.stage == "index"
    return fault.reason


def test_ck_plus_an_empty_or_missing_emotion_folder_is_no_label(tmp_path):
    build_tree("ck-plus", tmp_path)
    (tmp_path / "Emotion/S010/001/S010_001_00000011_emotion.txt").unlink()
    (tmp_path / "Emotion/S010/002/S010_002_00000011_emotion.txt").unlink()
    (tmp_path / "Emotion/S010/002").rmdir()
    found = read("ck-plus", tmp_path)
    assert len(found.clips) == 16
    assert found.left_out == {"no emotion label": 2}
    assert found.rejected == []


def test_ck_plus_contempt_and_the_last_picture(tmp_path):
    build_tree("ck-plus", tmp_path, people=(1,), labels=("happy",))
    label = tmp_path / "Emotion/S010/001/S010_001_00000011_emotion.txt"
    label.write_text("   2.0000000e+00\n")
    (tmp_path / "cohn-kanade-images/S010/001/.DS_Store").touch()
    (clip,) = read("ck-plus", tmp_path).clips
    assert (clip.label, clip.onset, clip.apex, clip.rate) == ("Contempt", 0, 2, 30)


def test_ck_plus_strange_codes_no_labels_and_no_pictures(tmp_path):
    build_tree("ck-plus", tmp_path)
    label = tmp_path / "Emotion/S010/001/S010_001_00000011_emotion.txt"
    for code, words in (("8.0", "none of the codes 1 to 7"), ("happy", "holds 'happy'")):
        label.write_text(code)
        assert words in the_fault(read("ck-plus", tmp_path))
    label.write_text("1.0")
    for picture in (tmp_path / "cohn-kanade-images/S010/001").iterdir():
        picture.unlink()
    assert "holds no picture, but has a label" in the_fault(read("ck-plus", tmp_path))
    (tmp_path / "Emotion").rename(tmp_path / "FACS")
    assert "holds no Emotion (Emotion_labels.zip): unpack it there" in the_fault(read("ck-plus", tmp_path))


def test_oulu_casia_names_what_is_missing_and_reads_the_cut_faces(tmp_path):
    build_tree("oulu-casia", tmp_path)
    place = tmp_path / "OriginalImg/VL/Strong/P002"
    (place / "Fear").rename(place / "fear")
    (place / "Sadness").rename(place / "other")
    assert "P002/Sadness is missing or empty" in the_fault(read("oulu-casia", tmp_path))
    (tmp_path / "PreProcess_Img").mkdir()
    (tmp_path / "OriginalImg/VL").rename(tmp_path / "PreProcess_Img/VL_Acropped")
    assert len(read("oulu-casia", tmp_path).clips) == 17
    assert read("oulu-casia", tmp_path, "NI-Dark").clips == []


def test_ravdess_twins_count_once_and_stay_with_their_actor(tmp_path):
    build_tree("ravdess", tmp_path)
    found = read("ravdess", tmp_path)
    assert len(found.clips) == 18 and all(clip.clip.startswith("01-") for clip in found.clips)
    assert found.left_out == {"the same performance without sound, or a second copy": 18}
    for twin in tmp_path.glob("Actor_01/01-*"):
        twin.unlink()
    Touch().video(tmp_path / "Actor_02/01-02-03-01-01-01-02.mp4", 2, "happy")
    Touch().video(tmp_path / "holiday.mp4", 2, "happy")
    found = read("ravdess", tmp_path)
    assert Counter((clip.subject, clip.clip[:2]) for clip in found.clips) == {
        ("Actor_01", "02"): 6, ("Actor_02", "01"): 6, ("Actor_03", "01"): 6,
    }  # fmt: skip
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
        Touch().video(tmp_path / "set" / leftover, 1, "happy")
    found = read("ravdess", tmp_path / "set")
    assert Counter(clip.subject for clip in found.clips) == {"Actor_01": 6, "Actor_02": 6}
    assert "a video that is not named like RAVDESS" not in found.left_out


def test_crema_d_wrong_names_and_git_s_pointers(tmp_path):
    build_tree("crema-d", tmp_path)
    Touch().video(tmp_path / "VideoFlash/1001_DFA_SUR_XX.flv", 1, "surprise")
    assert "is not named like" in the_fault(read("crema-d", tmp_path))
    (tmp_path / "VideoFlash/1001_DFA_SUR_XX.flv").unlink()
    pointer = tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "git lfs pull" in the_fault(read("crema-d", tmp_path))


def test_enterface_trusts_the_folders_and_misses_none(tmp_path):
    build_tree("enterface05", tmp_path)
    found = read("enterface05", tmp_path)
    wrong = [clip for clip in found.clips if Path(clip.video).name.startswith("s4_")]
    assert len(wrong) == 6 and {clip.subject for clip in wrong} == {"subject3"}
    (tmp_path / "enterface database/subject 1/anger/sentence 1/s1_an_1.avi").unlink()
    assert "subject 1/anger holds no video" in the_fault(read("enterface05", tmp_path))


def test_savee_wrong_names(tmp_path):
    build_tree("savee", tmp_path)
    Touch().video(tmp_path / "AudioVisualClip/DC/x1.avi", 1, "happy")
    assert "not named like a1.avi" in the_fault(read("savee", tmp_path))


def test_baum_1_rows_and_videos_that_do_not_meet(tmp_path):
    build_tree("baum-1", tmp_path)
    videos = tmp_path / "BAUM1s_MP4 - All/s001"
    (videos / "S001_001.mp4").unlink()
    Touch().video(videos / "S001_099.mp4", 1, "happy")
    path = tmp_path / "Annotations_BAUM1s.xlsx"
    book = load_workbook(path)
    book.active["F3"] = 9  # disgust by name, neutral by number
    book.save(path)
    found = read("baum-1", tmp_path)
    assert len(found.clips) == 16
    assert found.left_out == {"no row in Annotations_BAUM1s.xlsx": 1}
    assert ["is missing" in r.reason or "but numbered 9" in r.reason for r in found.rejected] == [True, True]
    path.unlink()
    assert "holds no Annotations_BAUM1s.xlsx: unpack it there" in the_fault(read("baum-1", tmp_path))
    assert read("baum-1", tmp_path, "acted").clips == []


def test_baum_1_numbers_acted_clips_otherwise_and_reads_exported_tables(tmp_path):
    build_tree("baum-1", tmp_path, people=(1,))
    (tmp_path / "BAUM1s_MP4 - All").rename(tmp_path / "BAUM1a_MP4_all")
    (tmp_path / "Annotations_BAUM1s.xlsx").unlink()
    words = [("Anger", 1), ("Disgust", 3), ("Fear", 4), ("Happiness", 5), ("Sadness", 7), ("Surprise", 8)]
    rows = [f"{n},1,,s001_{n:03d},{word},{code},F" for n, (word, code) in enumerate(words, start=1)]
    (tmp_path / "Annotations_BAUM1a.csv").write_text("No,Subject,Affect,Clip,Emotion,Code,Sex\n" + "\n".join(rows))
    found = read("baum-1", tmp_path, "acted")
    assert [(clip.clip, clip.label) for clip in found.clips] == [
        (f"S001_{n:03d}-a", word) for n, (word, _) in enumerate(words, start=1)
    ]


def test_afew_without_val_and_with_an_empty_folder(tmp_path):
    build_tree("afew", tmp_path)
    for video in (tmp_path / "train_afew/Fear").iterdir():
        video.unlink()
    (tmp_path / "val_afew").rename(tmp_path / "VAL_AFEW")
    found = read("afew", tmp_path)
    assert "train_afew/Fear is missing or empty" in the_fault(found)
    assert Counter(clip.part for clip in found.clips) == {"train": 16, "val": 7}


def test_dfew_missing_folds_folders_and_clips_tested_twice(tmp_path):
    build_tree("dfew", tmp_path)
    tables = tmp_path / "EmoLabel_DataSplit/test(single-labeled)"
    with (tables / "set_1.csv").open("a") as table:
        table.write("1,2\n77,2\n2,9\n")
    (tables / "set_4.csv").unlink()
    found = read("dfew", tmp_path)
    reasons = " ".join(rejection.reason for rejection in found.rejected)
    for words in ("set_4.csv is missing", "00077 is missing, but has a label", "00002 has the label 9"):
        assert words in reasons
    assert "00001 is tested in the folds 1 and 2" in reasons
    (tmp_path / "Clip").rename(tmp_path / "Clips")
    assert "holds no Clip/clip_224x224" in the_fault(read("dfew", tmp_path))


def test_dfew_is_read_in_whichever_form_is_there(tmp_path):
    expected = build_tree("dfew", tmp_path)
    clips = tmp_path / "Clip"
    for folder in list((clips / "clip_224x224").iterdir()):
        number = int(folder.name)
        Touch().video(clips / "original" / f"{number}.mp4", 1, "happy")
        Touch().video(clips / "clip_224x224_avi" / f"{number:05d}.avi", 1, "happy")
        Touch().pictures(clips / "clip_224x224_16f" / folder.name, 1, "happy", "%d.jpg")
    labels = [clip.label for clip in read("dfew", tmp_path).clips]
    for form in ("clip_224x224", "clip_224x224_avi", "original", "clip_224x224_16f"):
        found = read("dfew", tmp_path)
        assert {Path(clip.video).parent.name for clip in found.clips} == {form}
        assert [clip.label for clip in found.clips] == labels and len(labels) == len(expected)
        assert found.clips[0].clip == f"{int(Path(found.clips[0].video).stem):05d}"
        (clips / form).rename(tmp_path / f"no {form}")
    assert "holds no Clip/clip_224x224" in read("dfew", tmp_path).rejected[0].reason


def test_ferv39k_missing_clips_and_strange_lines(tmp_path):
    build_tree("ferv39k", tmp_path)
    with (tmp_path / "4_setups/All_scenes/train_All.csv").open("a") as table:
        table.write("Action/Sad/9999 Sad\nAction/Sad Sad\n")
    reasons = [rejection.reason for rejection in read("ferv39k", tmp_path).rejected]
    assert "9999 is missing, but has a label" in reasons[0] and "not like 'Action/Sad/0010 Sad'" in reasons[1]
    (tmp_path / "4_setups/All_scenes/test_All.csv").unlink()
    assert any("test_All.csv is missing" in rejection.reason for rejection in read("ferv39k", tmp_path).rejected)


def test_adfes_views_and_other_emotions(tmp_path):
    build_tree("adfes", tmp_path)
    for name in ("M02-Joy-Turn Away.mpeg", "M02-Pride-Face Forward.wmv", "holiday.mp4"):
        Touch().video(tmp_path / name, 1, "happy")
    found = read("adfes", tmp_path)
    assert found.left_out == {"turn-away, not asked for": 1, "a video that is not named like ADFES": 1}
    assert Counter(clip.label for clip in found.clips)["Pride"] == 1
    assert [clip.subject for clip in read("adfes", tmp_path, "turn-away").clips] == ["M02"]
    assert len(read("adfes", tmp_path, "all").clips) == 20
    for name in ("ADFES_F01-Joy-Face Forward.mpg", "ADFES-BIV_F02-Fear.wmv", "M01-Anger-Face Forward-54.mp4"):
        Touch().video(tmp_path / "other forms" / name, 1, "happy")
    found = read("adfes", tmp_path / "other forms")
    assert [(clip.subject, clip.label) for clip in found.clips] == [
        ("F02", "Fear"),
        ("F01", "Joy"),
        ("M01", "Anger"),
    ]
