"""Copies of a recording are found by their hashes: kept once, or not at all under two subjects or labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from videofer.clips import duplicates
from videofer.clips.duplicates import find_copies, find_near_duplicates


@pytest.mark.parametrize("block", [1, 4, 256])
def test_blocks_find_every_pair_once_and_in_order(monkeypatch, block):
    hashes = np.random.default_rng(3).integers(0, 256, (9, 16, 32), dtype=np.uint8)
    hashes[[8, 4, 5]] = hashes[[0, 3, 3]]
    monkeypatch.setattr(duplicates, "BLOCK", block)
    assert find_near_duplicates(hashes) == [(0, 8, 0.0), (3, 4, 0.0), (3, 5, 0.0), (4, 5, 0.0)]


def row(video: str, subject: str = "P1", label: str = "happy", clip: str = ""):
    return SimpleNamespace(video=video, subject=subject, label=label, clip=clip or video)


@pytest.fixture
def hashes() -> np.ndarray:
    """Return hashes of four films: the second and third are those of the first, a few bits changed."""
    hashes = np.random.default_rng(3).integers(0, 256, (4, 16, 32), dtype=np.uint8)
    hashes[1] = hashes[2] = hashes[0]
    hashes[1, :, 0] ^= 0b111
    hashes[2, :, 1] ^= 0b101
    return hashes


def test_copies_of_one_person_and_label_count_once(hashes):
    rows = [row("a.mp4"), row("b.mp4"), row("c.mp4"), row("d.mp4")]
    assert find_copies(hashes, rows) == {
        1: "b.mp4 shows the same recording as a.mp4, which is used.",
        2: "c.mp4 shows the same recording as a.mp4, which is used.",
    }


@pytest.mark.parametrize(("other", "what"), [(("P2", "happy"), "subjects"), (("P1", "sad"), "labels")])
def test_copies_under_two_subjects_or_labels_all_go_with_both_names(hashes, other, what):
    found = find_copies(hashes, [row("a.mp4"), row("b.mp4", *other), row("c.mp4"), row("d.mp4")])
    assert set(found) == {0, 1, 2}
    named = f"a.mp4 (P1, happy) and b.mp4 ({other[0]}, {other[1]}) show one recording under two {what}"
    assert named in found[0]


def test_parts_of_one_film_and_clips_that_only_begin_alike_are_no_copies(hashes):
    parts = [row("a.mp4"), row("a.mp4", "P2", "sad"), row("a.mp4", label="fear"), row("d.mp4")]
    assert find_copies(hashes, parts) == {}
    begun = hashes[[0, 0]].copy()
    begun[1, 10:] = hashes[3, 10:]
    assert len(find_near_duplicates(begun)) == 1
    assert find_copies(begun, [row("a.mp4"), row("b.mp4", label="sad")]) == {}


def test_where_nobody_is_named_a_copy_is_no_other_person(hashes):
    clips = [row(f"{name}.mp4", name, clip=name) for name in "abcd"]
    assert set(find_copies(hashes, clips)) == {1, 2}
