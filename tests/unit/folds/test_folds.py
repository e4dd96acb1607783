"""Folds keep people apart."""

import numpy as np
import pandas as pd
import pytest

from videofer.core.artifacts import read_table, write_arrays
from videofer.core.errors import UserError
from videofer.folds.split import (
    assign_official,
    assign_one_each,
    assign_parts,
    clips_in_role,
    count_folds,
    limit_training,
    missing_classes,
    read_given,
    split_folds,
)

PLAN = {"protocol": "subjects", "count": 5, "seed": 0, "path": None, "train_subjects": None}


def study(people: int, seed: int = 0, classes: int = 6) -> tuple[list[str], np.ndarray]:
    """Return subjects and labels of clips, unevenly spread as in MMI."""
    rng = np.random.default_rng(seed)
    rows = [(f"S{p:03d}", c) for p in range(people) for c in range(classes) for _ in range(rng.integers(0, 3))]
    return [s for s, _ in rows], np.array([c for _, c in rows])


@pytest.mark.parametrize(("people", "count", "seed"), [(16, 5, 0), (31, 10, 1), (31, 3, 2), (12, 12, 3)])
def test_no_subject_is_on_two_sides_and_each_is_tested_once(people, count, seed):
    subjects, labels = study(people)
    table = assign_parts(subjects, labels, count, seed)
    assert_people_kept_apart(table, subjects, count)
    assert sorted(table[table.role == "validation"].subject) == sorted(set(subjects))


def assert_people_kept_apart(table, subjects, count):
    """One role a subject and fold, three roles filled in every fold, and everybody tested exactly once."""
    assert not table.duplicated(["fold", "subject"]).any()
    assert len(table) == count * len(set(subjects))
    assert sorted(table[table.role == "test"].subject) == sorted(set(subjects))
    for fold in range(count):
        assert set(table.role[table.fold == fold]) == {"train", "validation", "test"}


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


def test_leave_one_subject_out_tests_each_alone():
    subjects, _ = study(31)
    table = assign_one_each(subjects, subjects, seed=3)
    assert_people_kept_apart(table, subjects, len(set(subjects)))
    roles = table.groupby(["fold", "role"]).size().unstack()
    assert (roles["test"] == 1).all() and (roles["validation"] == 3).all()
    # Everybody validates equally often: no subject steers the choice of the epoch more than another.
    assert set(table[table.role == "validation"].groupby("subject").size()) == {3}


def test_a_person_without_a_usable_clip_keeps_an_empty_fold():
    subjects, _ = study(6)
    table = assign_one_each(subjects, [*subjects, "S000b"], seed=0)
    people = sorted({*subjects, "S000b"})
    empty = table[table.fold == people.index("S000b")]
    assert set(empty.role) == {"train", "validation"}
    assert set(table.subject) == set(subjects)
    assert count_folds(PLAN | {"protocol": "leave-one-subject-out"}, people) == len(people) == table.fold.nunique()


def test_a_written_table_can_be_given_to_another_study(tmp_path):
    subjects, labels = study(16)
    names = {"clips": [str(n) for n in range(len(labels))], "subjects": subjects, "classes": list("abcdef")}
    write_arrays(tmp_path / "clips.safetensors", "clips", {"label": labels}, names)
    split_folds(tmp_path / "clips.safetensors", tmp_path / "folds.tsv", PLAN, [], [], code="")
    given = PLAN | {"protocol": "given", "path": str(tmp_path / "folds.tsv"), "count": 9}
    split_folds(tmp_path / "clips.safetensors", tmp_path / "again.tsv", given, [], [], code="")
    assert count_folds(given, subjects) == 5
    first, again = (read_table(tmp_path / name, "folds") for name in ("folds.tsv", "again.tsv"))
    pd.testing.assert_frame_equal(first, again)


GIVEN = ["0,a,train", "0,b,validation", "0,c,test", "0,d,unused"]


@pytest.mark.parametrize(("rows", "sentence"), [
    (["0,a,train", "0,a,test", *GIVEN[1:]], "subject a stands twice in fold 0"),
    (GIVEN[:3], "subject d has clips but no role in fold 0"),
    (["0,a,train", "0,b,train", *GIVEN[2:]], "fold 0 has no validation subject with a usable clip"),
    (["0,a,traning", *GIVEN[1:]], "the role 'traning' is none of train, validation"),
    (["-1,a,train", *GIVEN[1:]], "the fold '-1' is not a whole number"),
    (["2" + row[1:] for row in GIVEN], r"its folds are \[2\]: number them from 0"),
    ([*GIVEN, *("1" + row[1:] for row in GIVEN)], "subject c is tested in two folds"),
    ([row.replace("test", "unused") for row in GIVEN], "no fold tests a subject"),
    ([], "needs rows under the headings fold, subject and role"),
])  # fmt: skip
def test_a_wrong_table_is_named_in_one_sentence(tmp_path, rows, sentence):
    path = tmp_path / "given.csv"
    path.write_text("\n".join(["fold,subject,role", *rows]) + "\n")
    with pytest.raises(UserError, match=sentence):
        read_given(path, ["a", "b", "c", "d"])


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"folds.path: absent.csv cannot be read"):
        count_folds(PLAN | {"protocol": "given", "path": "absent.csv"}, [])
    with pytest.raises(UserError, match=r"folds.path is missing"):
        count_folds(PLAN | {"protocol": "given"}, [])


def test_fewer_training_subjects_are_a_part_of_the_more():
    subjects, labels = study(16)
    table = assign_parts(subjects, labels, 5, 0)
    kept = {n: limit_training(table, n, seed=1) for n in (2, 5)}
    for fold in range(5):
        few, more, everybody = (
            set(t.subject[(t.fold == fold) & (t.role == "train")]) for t in (kept[2], kept[5], table)
        )
        assert len(few) == 2 and len(more) == 5
        assert few < more < everybody
    for role in ("validation", "test"):
        assert kept[2][kept[2].role == role].equals(table[table.role == role])
    with pytest.raises(UserError, match=r"folds\.train_subjects is 16, but fold 0 has"):
        limit_training(table, 16, seed=1)


SPLIT = ({"train": "train", "val": "test"},)


def test_the_official_split_is_followed_and_a_tenth_of_training_validates():
    subjects = [f"c{n:02d}" for n in range(30)]
    parts = ["train"] * 20 + ["val"] * 10
    table = assign_official(subjects, parts, SPLIT, seed=1)
    roles = table.groupby("role")["subject"].agg(set)
    assert roles["test"] == set(subjects[20:])
    assert len(roles["validation"]) == 2 and roles["validation"] | roles["train"] == set(subjects[:20])
    assert not table.equals(assign_official(subjects, parts, SPLIT, seed=2))
    pd.testing.assert_frame_equal(table, assign_official(subjects, parts, SPLIT, seed=1))


def test_five_official_folds_test_everybody_once():
    subjects = [f"c{n:02d}" for n in range(50)]
    parts = [str(n % 5 + 1) for n in range(50)]
    official = [{str(p): "test" if p == k else "train" for p in range(1, 6)} for k in range(1, 6)]
    table = assign_official(subjects, parts, official, seed=0)
    assert table[table.role == "test"]["subject"].value_counts().eq(1).all()
    assert (table[table.role == "validation"].groupby("fold").size() == 4).all()


def test_an_official_split_that_cannot_be_followed_is_named():
    with pytest.raises(UserError, match="fold 0 of the official split has a as train and test"):
        assign_official(["a", "a"], ["train", "val"], SPLIT, seed=0)
    with pytest.raises(UserError, match="no usable clip to test"):
        assign_official(["a", "b"], ["train", None], SPLIT, seed=0)
    with pytest.raises(UserError, match="comes without a split"):
        count_folds(PLAN | {"protocol": "official"}, ["a"])
    with pytest.raises(UserError, match="does not say who is who"):
        count_folds(PLAN, ["a"], SPLIT, named=False)
    assert count_folds(PLAN | {"protocol": "official"}, ["a"], SPLIT, named=False) == 1
