"""Videos sorted into folders: subject and label by the folders' names, image sequences, odd ways of sorting."""

from pathlib import Path

import pytest

from videofer.core.errors import UserError
from videofer.datasets.scan import scan_dataset


def scan(root: Path, paths: tuple[str, ...] = (), **section):
    """Write empty files and scan the folder."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return scan_dataset({"name": "mine", "dataset": {"kind": "folder", "path": ".", **section}}, root)


def test_folders_name_subject_and_label(tmp_path):
    paths = ("P1/happy/a.mp4", "P1/Anger/b.MOV", "Ж 2/sad/c.webm", "P1/happy/notes.txt", "P1/bored/d.avi")
    found = scan(tmp_path, (*paths, ".trash/sad/c.mp4", "P1/.cache/d.mp4"), labels={"anger": "angry"})
    assert [(clip.clip, clip.subject, clip.label) for clip in found.clips] == [
        ("b", "P1", "angry"),
        ("a", "P1", "happy"),
        ("c", "Ж 2", "sad"),
    ]
    assert ["its label 'bored' is none of" in rejection.reason for rejection in found.rejected] == [True]


def test_image_sequences_and_labels_that_map_to_nothing(tmp_path):
    paths = ("P1/happy/1.png", "P1/sad/first/1.jpg", "P1/sad/b.mov", "P1/calm/a.avi", "P1/sad/empty/x.txt")
    found = scan(tmp_path, paths, labels={"calm": None})
    videos = {str(Path(clip.video).relative_to(tmp_path)): clip.label for clip in found.clips}
    assert videos == {"P1/happy": "happy", "P1/sad/first": "sad", "P1/sad/b.mov": "sad"}
    assert found.left_out == {"'calm', not one of the six": 1}


def test_folders_sorted_the_other_way_round_are_named(tmp_path):
    with pytest.raises(UserError, match="is sorted as <label>/<subject>/<video>: sort it as"):
        scan(tmp_path, ("happy/anna/a.mp4", "sad/ben/b.mp4"))
    # A person called happy, who is sad.
    assert [clip.subject for clip in scan(tmp_path, ("happy/sad/e.mp4",)).clips] == ["happy"]


@pytest.mark.parametrize(
    ("path", "words"),
    [(None, r"dataset\.path is missing: kind folder"), ("nowhere", "does not exist"), (".", "holds no video")],
)
def test_a_folder_of_no_use_is_named(tmp_path, path, words):
    with pytest.raises(UserError, match=words):
        scan(tmp_path, path=path)
