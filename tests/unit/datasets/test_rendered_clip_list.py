"""The list of rendered clips: totals, class counts and no subject left out."""

from collections import Counter

import pytest

from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.rendered import count_clips, parse_name, scan

MMI_SIZED = {"angry": 33, "disgust": 32, "fear": 28, "happy": 42, "sad": 32, "surprise": 41}


def test_every_subject_performs_each_class_once(tmp_path):
    section = {"subjects": 4, "seed": 1, "clips_per_class": None}
    clips = scan({"name": "demo", "rendered": section}, tmp_path).clips
    assert [(clip.subject, clip.label) for clip in clips] == [
        (f"S00{number}", label) for number in range(1, 5) for label in CLASSES
    ]
    assert (clips[0].clip, clips[0].video) == ("S001-angry", "results/demo/videos/S001-angry.avi")


@pytest.mark.parametrize("seed", [1, 2026])
def test_counts_are_met_exactly_and_spread_evenly(seed):
    counts = count_clips(31, seed, MMI_SIZED)
    by_class, by_subject = Counter(), Counter()
    for (subject, label), number in counts.items():
        by_class[label] += number
        by_subject[subject] += number
    assert by_class == MMI_SIZED
    assert len(by_subject) == 31
    assert max(by_subject.values()) - min(by_subject.values()) <= 1
    assert set(counts.values()) == {0, 1, 2}  # with 28 clips of fear some subjects have to miss a class
    assert counts == count_clips(31, seed, MMI_SIZED) != count_clips(31, seed + 1, MMI_SIZED)


def test_names_are_unique_and_read_back(tmp_path):
    section = {"subjects": 3, "seed": 5, "clips_per_class": dict.fromkeys(CLASSES, 5)}
    clips = scan({"name": "demo", "rendered": section}, tmp_path).clips
    parsed = {parse_name(clip.clip): (clip.subject, clip.label) for clip in clips}
    assert len(parsed) == len(clips) == 30
    assert all((f"S{number:03d}", label) == clip for (number, label, _), clip in parsed.items())


@pytest.mark.parametrize("name", ["Anna", "S1-bored", "S001-angry-x", "S001-"])
def test_other_names_are_refused(name):
    with pytest.raises(UserError, match="it looks like S001-angry-2 or S001"):
        parse_name(name)


def test_subjects_without_a_clip_are_refused():
    with pytest.raises(UserError, match="asks for 0 clips, so that 2 of the 2 subjects would have none"):
        count_clips(2, 1, dict.fromkeys(CLASSES, 0))
