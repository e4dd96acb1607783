"""Trees as downloads and archives really leave them: deeper, doubled, in parts, linked, in other forms."""

from collections import Counter
from pathlib import Path

import pytest
from dataset_trees import Touch, build_tree, write_mmi_xml

from videofer.core.errors import UserError
from videofer.datasets.registry import ADAPTERS
from videofer.datasets.scan import read_tree, scan_dataset


def read(kind: str, root: Path, subset: str | None = None):
    return read_tree(kind, root, subset)[2]


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("inner", ["inner", "outer/inner"])
def test_a_set_is_found_up_to_two_folders_deeper(kind, inner, tmp_path):
    expected = build_tree(kind, tmp_path / inner, people=(1, 2))
    (tmp_path / "another folder").mkdir()
    found = read(kind, tmp_path)
    videos = {clip.video for clip in found.clips if clip.label != "Neutral"}
    assert videos == {str(one.path) for one in expected}


@pytest.mark.parametrize(("kind", "folder"), [
    ("mmi", "Sessions"), ("savee", "AudioVisualClip"), ("ferv39k", "2_ClipsforFaceCrop"), ("afew", "train_afew"),
    ("crema-d", "VideoFlash"), ("ck-plus", "Emotion"), ("dfew", "Clip"),
])  # fmt: skip
def test_an_archive_unpacked_into_a_folder_of_its_own_name(kind, folder, tmp_path):
    expected = build_tree(kind, tmp_path)
    (tmp_path / folder).rename(tmp_path / "moved")
    (tmp_path / folder).mkdir()
    (tmp_path / "moved").rename(tmp_path / folder / folder)
    found = read(kind, tmp_path)
    assert len(found.clips) - sum(clip.label == "Neutral" for clip in found.clips) == len(expected)
    assert found.rejected == []


def test_mmi_comes_search_by_search_and_a_session_of_two_searches_counts_once(tmp_path):
    build_tree("mmi", tmp_path / "download 1", people=(1, 2))
    for session, name in (("12", "S053-006"), ("500", "S030-001")):
        folder = tmp_path / "download 2/Sessions" / session
        write_mmi_xml(folder, name, 6)
        (folder / f"{name}.avi").touch()
    found = read("mmi", tmp_path)
    assert Counter(clip.subject for clip in found.clips) == {"S001": 6, "S053": 6, "S030": 1}
    assert found.left_out == {"a second copy of a session": 1}


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


def test_adfes_names_with_the_set_s_own_before_them_and_numbers_behind(tmp_path):
    names = ("ADFES_F01-Joy-Face Forward.mpg", "ADFES-BIV_F02-Fear.wmv", "M01-Anger-Face Forward-54.mp4")
    for name in names:
        Touch().video(tmp_path / name, 1, "happy")
    found = read("adfes", tmp_path)
    assert {(clip.subject, clip.label) for clip in found.clips} == {
        ("F01", "Joy"),
        ("F02", "Fear"),
        ("M01", "Anger"),
    }


def test_what_may_not_be_read_is_named_in_one_sentence(tmp_path, monkeypatch):
    list_folder = Path.iterdir

    def refuse(folder: Path):
        if folder.name in ("S011", "Actor_02"):
            raise PermissionError(13, "Permission denied", str(folder))
        return list_folder(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    for kind, place in (("ck-plus", "S011"), ("ravdess", "Actor_02")):
        build_tree(kind, tmp_path / kind)
        with pytest.raises(UserError, match=rf"{place} cannot be read \(Permission denied\): see to its permis"):
            read(kind, tmp_path / kind)


def test_only_what_the_subset_leaves_out(tmp_path):
    Touch().video(tmp_path / "Actor_01/01-02-03-01-01-01-01.mp4", 1, "happy")
    config = {"name": "x", "dataset": {"kind": "ravdess", "subset": "speech"}, "data_dir": str(tmp_path)}
    with pytest.raises(UserError, match=r"no clip of RAVDESS.*subset speech; left out: 1 of song, not asked for"):
        scan_dataset(config, tmp_path)
