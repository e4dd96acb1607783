"""Samples of a fold: copies of a clip stay in its role, except where the demonstration of leakage mixes them."""

import numpy as np
import pandas as pd
import pytest

from videofer.folds.split import assign_at_random, assign_parts, samples_by_role

SUBJECTS = [f"S{p}" for p in range(10) for _ in range(6)]
CLIPS = [f"{subject}-{n % 6}" for n, subject in enumerate(SUBJECTS)]


def by_fold(table):
    return [samples_by_role(table, CLIPS, SUBJECTS, fold) for fold in range(5)]


def members(samples, key):
    """Return the set of clips or subjects of each role."""
    return {role: {key[clip] for clip, _ in pairs} for role, pairs in samples.items()}


def test_subjects_bring_all_their_copies_to_training_and_originals_to_the_test():
    for samples in by_fold(assign_parts(SUBJECTS, np.tile(np.arange(6), 10), 5, 0)):
        people = members(samples, SUBJECTS)
        assert not people["train"] & people["test"] and not people["train"] & people["validation"]
        assert len(samples["train"]) == 8 * 36 and len(samples["test"]) == 12
        assert {version for _, version in samples["test"]} == {0}


@pytest.mark.parametrize("copies", [False, True])
def test_every_sample_is_tested_once(copies):
    folds = by_fold(assign_at_random(CLIPS, 5, 0, copies))
    tested = [tuple(pair) for samples in folds for pair in samples["test"]]
    assert sorted(tested) == [(clip, version) for clip in range(60) for version in range(8 if copies else 1)]


def test_random_clips_mix_people_but_not_copies():
    for samples in by_fold(assign_at_random(CLIPS, 5, 0, after_augmentation=False)):
        clips, people = members(samples, CLIPS), members(samples, SUBJECTS)
        assert not clips["train"] & clips["test"] and not clips["train"] & clips["validation"]
        assert people["train"] & people["test"]
        assert len(samples["train"]) == 8 * 36


def test_splitting_after_augmentation_puts_copies_of_tested_clips_into_training():
    for samples in by_fold(assign_at_random(CLIPS, 5, 0, after_augmentation=True)):
        pairs = {role: {tuple(pair) for pair in found} for role, found in samples.items()}
        assert not pairs["train"] & pairs["test"]
        clips = members(samples, CLIPS)
        assert clips["test"] <= clips["train"]


def test_the_same_seed_gives_the_same_split():
    first, again, other = (assign_at_random(CLIPS, 5, seed, True) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
