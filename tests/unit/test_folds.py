"""Folds keep people apart."""

import numpy as np
import pandas as pd
import pytest

from videofer.errors import UserError
from videofer.folds import assign_parts, clips_in_role, missing_classes


def study(people: int, seed: int = 0, classes: int = 6) -> tuple[list[str], np.ndarray]:
    """Return subjects and labels of clips, unevenly spread as in MMI."""
    rng = np.random.default_rng(seed)
    rows = [(f"S{p:03d}", c) for p in range(people) for c in range(classes) for _ in range(rng.integers(0, 3))]
    return [s for s, _ in rows], np.array([c for _, c in rows])


@pytest.mark.parametrize(("people", "count", "seed"), [(16, 5, 0), (31, 10, 1), (31, 3, 2), (12, 12, 3)])
def test_no_subject_is_on_two_sides_and_each_is_tested_once(people, count, seed):
    subjects, labels = study(people)
    table = assign_parts(subjects, labels, count, seed)
    assert not table.duplicated(["fold", "subject"]).any()
    assert len(table) == count * len(set(subjects))
    tested = table[table.role == "test"]
    assert sorted(tested.subject) == sorted(set(subjects))
    assert sorted(table[table.role == "validation"].subject) == sorted(set(subjects))
    for fold in range(count):
        sides = [
            set(table.subject[(table.fold == fold) & (table.role == r)]) for r in ("train", "validation", "test")
        ]
        assert all(sides)
        assert sum(map(len, sides)) == len(set.union(*sides))


def test_clips_follow_their_subjects():
    subjects, labels = study(16)
    table = assign_parts(subjects, labels, 5, 0)
    for fold in range(5):
        positions = [clips_in_role(table, subjects, fold, role) for role in ("train", "validation", "test")]
        assert sorted(p for part in positions for p in part) == list(range(len(subjects)))
        train, _, test = ({subjects[p] for p in part} for part in positions)
        assert not train & test


def test_classes_are_spread_over_the_folds():
    subjects = [f"S{p:02d}" for p in range(30) for _ in range(6)]
    labels = np.tile(np.arange(6), 30)
    table = assign_parts(subjects, labels, 10, 0)
    assert list(missing_classes(table, subjects, labels, list("abcdef"))) == []
    assert (table[table.role == "test"].groupby("fold").size() == 3).all()


def test_missing_classes_are_named():
    table = pd.DataFrame({"fold": [0, 0, 0], "subject": ["a", "b", "c"], "role": ["train", "validation", "test"]})
    found = list(missing_classes(table, ["a", "a", "b", "c"], np.array([0, 1, 0, 1]), ["x", "y"]))
    assert found == [(0, "validation", ["y"]), (0, "test", ["x"])]


def test_the_same_seed_gives_the_same_folds():
    subjects, labels = study(31)
    pd.testing.assert_frame_equal(assign_parts(subjects, labels, 10, 4), assign_parts(subjects, labels, 10, 4))
    assert not assign_parts(subjects, labels, 10, 4).equals(assign_parts(subjects, labels, 10, 5))


@pytest.mark.parametrize("count", [2, 7])
def test_an_impossible_number_of_folds_is_refused(count):
    subjects, labels = study(6)
    with pytest.raises(UserError, match=f"folds.count is {count}, but it must be between 3"):
        assign_parts(subjects, labels, count, 0)
