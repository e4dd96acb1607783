"""From a config to a list of clips: kinds, labels, classes, and one sentence where nothing is found."""

from collections import Counter
from pathlib import Path

import pytest
from dataset_trees import build_tree, write_text

from videofer.core.errors import UserError
from videofer.datasets.scan import scan_dataset


def scan(kind: str, folder: Path | str, root: Path = Path(), **section):
    return scan_dataset({"name": "demo", "dataset": {"kind": kind, **section}, "data_dir": str(folder)}, root)


@pytest.mark.parametrize(("kind", "data_dir", "subset", "words"), [
    ("web", ".", None, r"dataset\.kind is 'web', but only rendered, table"),
    ("savee", ".", None, "does not look like SAVEE"),
    ("savee", "", None, "data_dir is missing"),
    ("savee", "gone", None, "does not exist"),
    ("savee", ".", "nosuch", r"dataset\.subset is 'nosuch', but SAVEE.* has all: choose"),
])  # fmt: skip
def test_faults_of_the_config_are_named_in_one_sentence(tmp_path, kind, data_dir, subset, words):
    with pytest.raises(UserError, match=words):
        scan(kind, data_dir, tmp_path, subset=subset)


def test_what_may_not_be_read_is_named_in_one_sentence(tmp_path, monkeypatch):
    list_folder = Path.iterdir

    def refuse(folder: Path):
        if folder.name in ("S011", "Actor_02"):
            raise PermissionError(13, "Permission denied", str(folder))
        return list_folder(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    for kind, folder in (("ck-plus", "S011"), ("ravdess", "Actor_02")):
        build_tree(kind, tmp_path / kind)
        with pytest.raises(UserError, match=rf"{folder} cannot be read \(Permission denied\): see to its permis"):
            scan(kind, tmp_path / kind)


def test_a_tree_with_nothing_of_the_subset_says_what_was_left_out(tmp_path):
    write_text(tmp_path / "Actor_01/01-02-03-01-01-01-01.mp4")
    with pytest.raises(UserError, match=r"no clip of RAVDESS.*subset speech; left out: 1 of song, not asked for"):
        scan("ravdess", tmp_path, subset="speech")


def test_labels_and_classes_of_the_config_decide_what_is_left_out(tmp_path):
    build_tree("ck-plus", tmp_path / "ck")
    found = scan("ck-plus", tmp_path / "ck", labels={"Anger": "disgust", "Surprise": None})
    assert Counter(clip.label for clip in found.clips) == {"disgust": 6, "fear": 3, "happy": 3, "sad": 3}
    assert found.left_out == {"'Surprise', not one of the six": 3}
    with pytest.raises(UserError, match=r"maps 'contmpt', which is no word of CK\+.*: it has Anger, Contempt"):
        scan("ck-plus", tmp_path / "ck", labels={"contmpt": "disgust"})
    build_tree("savee", tmp_path / "savee")
    found = scan("savee", tmp_path / "savee", classes=["happy", "sad"])
    assert Counter(clip.label for clip in found.clips) == {"happy": 3, "sad": 3}
    assert found.left_out["'fear', not in dataset.classes"] == 3


def test_sets_across_keep_their_people_apart(tmp_path):
    build_tree("savee", tmp_path / "a", people=(1,))
    write_text(tmp_path / "b/DC/happy/film.mp4")
    write_text(tmp_path / "b/DC/bored/film.mp4")
    sets = {"one": {"kind": "savee", "data_dir": "a"}, "two": {"kind": "folder", "path": "b"}}
    found = scan("cross", tmp_path, tmp_path, sets=sets)
    assert Counter((clip.subject, clip.part) for clip in found.clips) == {
        ("one/DC", "one"): 6,
        ("two/DC", "two"): 1,
    }
    assert [rejection.clip[:9] for rejection in found.rejected] == ["two-film-"]
    with pytest.raises(UserError, match="lies on the disk"):
        scan("cross", tmp_path, tmp_path, sets=sets | {"three": {"kind": "rendered"}})
    with pytest.raises(UserError, match="fewer than two"):
        scan("cross", tmp_path)
