"""`datasets` and `datasets check`: useful answers for a whole tree, half of one, an empty folder, the wrong set."""

import subprocess
import sys
from pathlib import Path

import pytest
from dataset_trees import build_tree, write_text

from videofer.core.errors import UserError
from videofer.datasets.check import check_tree, list_datasets
from videofer.datasets.registry import ADAPTERS, load_adapter


def test_the_list_names_every_set_with_its_facts():
    text = list_datasets()
    for kind in ADAPTERS:
        dataset = load_adapter(kind)
        assert f"{kind}: {dataset.title}" in text
        assert dataset.licence in text and dataset.source in text
    assert "(208 clips, 31 subjects)" in text and "left out: Contempt" in text


@pytest.mark.parametrize("kind", ADAPTERS)
def test_half_a_download_is_told_against_the_published_counts(kind, tmp_path):
    expected = build_tree(kind, tmp_path)
    for name in ("part 2.zip.part", "part 3.z01", "part 4.ZIP.002", "read me.txt"):
        (tmp_path / name).touch()
    text, usable = check_tree(kind, tmp_path)
    assert usable
    assert "INCOMPLETE: " in text
    assert "Not unpacked, or not complete: part 2.zip.part, part 3.z01, part 4.ZIP.002.\n" in text
    assert "WITHOUT CONTENT: " in text  # these files are empty
    if load_adapter(kind).people:
        for subject in {subject for _, subject, _ in expected}:
            assert f"\n{subject} " in text
    else:
        assert "does not say who is who" in text


def test_counts_stand_beside_the_published_ones_by_own_word(tmp_path):
    build_tree("ck-plus", tmp_path)
    lines = check_tree("ck-plus", tmp_path)[0].splitlines()
    assert [line.split() for line in lines if line.startswith(("Anger", "Contempt", "all", "subjects"))] == [
        ["Anger", "3", "45", "angry"],
        ["Contempt", "0", "18", "left", "out"],
        ["all", "18", "327"],
        ["subjects", "3", "118"],
    ]
    assert "S010     1      1        1     1      1    1" in lines


def test_an_empty_folder_the_wrong_set_and_faults(tmp_path):
    (tmp_path / "empty").mkdir()
    text, usable = check_tree("mmi", tmp_path / "empty")
    assert not usable and "EMPTY: " in text and "mmifacedb.eu" in text
    build_tree("ck-plus", tmp_path / "ck")
    text, usable = check_tree("mmi", tmp_path / "ck")
    assert not usable and "NOTHING FOUND" in text and "`datasets check ck-plus`" in text
    with pytest.raises(UserError, match="There is no data set 'mmj': choose one of mmi"):
        check_tree("mmj", tmp_path)
    (tmp_path / "ck/Emotion/S010/001/S010_001_00000011_emotion.txt").write_text("9")
    assert "Cannot be used: 1\n" in check_tree("ck-plus", tmp_path / "ck")[0]


def write_savee(folder: Path, **changed: int) -> Path:
    """Write a whole SAVEE whose files are not empty; returns the folder of a speaker."""
    for speaker in ("DC", "JE", "JK", "KL"):
        for code, count in ({"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15} | changed).items():
            for number in range(1, count + 1):
                write_text(folder / "AudioVisualClip" / speaker / f"{code}{number:02d}.avi", "\1film")
    return folder / "AudioVisualClip/DC"


def test_a_set_is_compared_with_the_published_counts(tmp_path):
    speaker = write_savee(tmp_path / "whole")
    text, _ = check_tree("savee", tmp_path / "whole")
    assert "COMPLETE: as many clips as published." in text and "WITHOUT CONTENT" not in text
    assert "Left out on purpose: 120 of 'neutral', not one of the six." in text
    (speaker / "a01.avi").write_text("")
    (speaker / "x.avi").touch()
    (speaker / "a99.avi").touch()
    text, _ = check_tree("savee", tmp_path / "whole")
    assert "MORE than published: 481 clips instead of 480." in text
    assert "WITHOUT CONTENT: 2 of the clips; the first: " in text
    write_savee(tmp_path / "other", a=14, d=16)
    text, _ = check_tree("savee", tmp_path / "other")
    assert "OTHER than published: as many clips as published, but not of anger, disgust." in text


def test_a_subset_that_its_authors_do_not_count_is_told_by_its_people(tmp_path):
    for person in range(1, 23):
        write_text(tmp_path / f"F{person:02d}-Joy-Face Forward.mpg")
    text, _ = check_tree("adfes", tmp_path)
    assert "NOT COUNTED by its authors: 22 clips of this subset are there." in text
    (tmp_path / "F07-Joy-Face Forward.mpg").unlink()
    assert "INCOMPLETE: the clips show 21 of 22 people." in check_tree("adfes", tmp_path)[0]


def test_a_large_set_is_told_to_go_in_parts(tmp_path):
    build_tree("ravdess", tmp_path, people=(1,))
    assert "LARGE" not in check_tree("ravdess", tmp_path)[0]
    for number in range(1008):
        (tmp_path / f"Actor_01/01-01-03-01-{number // 99:02d}-{number % 99:02d}-02.mp4").touch()
    words = '1014 clips to work on; Snakemake takes them faster in parts, see "Large sets"'
    assert words in check_tree("ravdess", tmp_path)[0]


def test_missing_classes_are_named_but_not_those_that_the_set_never_has(tmp_path):
    build_tree("crema-d", tmp_path, labels=("happy", "sad"))
    text, _ = check_tree("crema-d", tmp_path)
    assert "NO CLIP of angry, disgust, fear:" in text
    assert "This subset has no surprise: dataset.classes has to name the others alone." in text


def test_listing_imports_nothing_heavy():
    heavy = "{'numpy', 'pandas', 'PIL', 'dlib', 'torch', 'av'} & set(sys.modules)"
    names = "from videofer.datasets.check import list_datasets as show; import videofer.datasets.rendered"
    code = f"import sys; {names}; show(); sys.exit(len({heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
