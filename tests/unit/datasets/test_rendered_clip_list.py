"""The list of rendered clips: totals, class counts, no subject left out, and cheap to import."""

import subprocess
import sys
from collections import Counter

import pytest

from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.rendered import list_clips
from videofer.datasets.rendered.clip_list import parse_clip_index, parse_subject_number

MMI_SIZED = {"angry": 33, "disgust": 32, "fear": 28, "happy": 42, "sad": 32, "surprise": 41}


def test_every_subject_performs_each_class_once():
    clips = list_clips(subjects=4, seed=1)
    assert Counter((clip.subject, clip.label) for clip in clips) == Counter(
        {(f"S00{number}", label): 1 for number in range(1, 5) for label in CLASSES}
    )
    assert clips[0].clip == "S001-angry"


@pytest.mark.parametrize("seed", [1, 2026])
def test_counts_are_met_exactly_and_spread_evenly(seed):
    clips = list_clips(31, seed, MMI_SIZED)
    assert len(clips) == 208
    assert Counter(clip.label for clip in clips) == Counter(MMI_SIZED)
    per_subject = Counter(clip.subject for clip in clips)
    assert len(per_subject) == 31
    assert max(per_subject.values()) - min(per_subject.values()) <= 1
    per_class = Counter((clip.subject, clip.label) for clip in clips)
    assert max(per_class.values()) == 2
    assert len(per_class) < 31 * 6, "with 28 clips of fear some subjects have to miss a class"
    assert len({clip.clip for clip in clips}) == 208
    assert clips == sorted(clips)


def test_seed_decides_who_misses_a_class():
    first = list_clips(31, 1, MMI_SIZED)
    assert first == list_clips(31, 1, MMI_SIZED)
    assert first != list_clips(31, 2, MMI_SIZED)


def test_names_are_read_back():
    for clip in list_clips(3, 5, dict.fromkeys(CLASSES, 5)):
        assert parse_clip_index(clip.clip) == clip.index
        assert f"S{parse_subject_number(clip.subject):03d}" == clip.subject


@pytest.mark.parametrize(
    ("subjects", "counts"), [(0, None), (3, {"angry": 2}), (3, {"bored": 3}), (2, dict.fromkeys(CLASSES, 0))]
)
def test_impossible_lists_are_refused(subjects, counts):
    with pytest.raises(UserError):
        list_clips(subjects, 1, counts)


def test_listing_imports_nothing_heavy():
    check = (
        "import sys; from videofer.datasets.rendered import list_clips; list_clips(31, 1); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'dlib', 'torch', 'av')))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
