"""Folds keep people apart."""

import numpy as np
import pandas as pd
import pytest

from videofer.core.artifacts import read_table, write_arrays
from videofer.core.errors import UserError
from videofer.folds.protocol import count_folds
from videofer.folds.split import (
    assign_at_random,
    assign_official,
    assign_one_each,
    assign_parts,
    assign_parts_by_set,
    limit_training,
    samples_by_role,
    split_folds,
)

PLAN = {"protocol": "subjects", "count": 5, "seed": 0, "path": None, "train_subjects": None, "train_set": None}


def study(people: int, seed: int = 0, classes: int = 6) -> tuple[list[str], np.ndarray]:
    """Return subjects and labels of clips, unevenly spread as in MMI."""
    rng = np.random.default_rng(seed)
    rows = [(f"S{p:03d}", c) for p in range(people) for c in range(classes) for _ in range(rng.integers(0, 3))]
    return [s for s, _ in rows], np.array([c for _, c in rows])


def test_classes_are_spread_over_the_folds():
    subjects = [f"S{p:02d}" for p in range(30) for _ in range(6)]
    labels = np.tile(np.arange(6), 30)
    table = assign_parts(subjects, labels, 10, 0)
    assert (table[table.role == "test"].groupby("fold").size() == 3).all()


@pytest.mark.parametrize("assign", [
    lambda seed: assign_parts(*study(31), 10, seed), lambda seed: assign_at_random(CLIPS, 5, seed, True),
], ids=["subjects", "samples"])  # fmt: skip
def test_the_same_seed_gives_the_same_folds(assign):
    pd.testing.assert_frame_equal(assign(4), assign(4))
    assert not assign(4).equals(assign(5))


@pytest.mark.parametrize("count", [2, 7])
def test_an_impossible_number_of_folds_is_refused(count):
    subjects, labels = study(6)
    with pytest.raises(UserError, match=f"folds.count is {count}, but it must be between 3"):
        assign_parts(subjects, labels, count, 0)


def test_leave_one_subject_out_tests_each_alone():
    subjects, _ = study(31)
    table = assign_one_each(subjects, subjects, seed=3)
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


def split(folder, subjects, labels, parts=None, **changes):
    """Write the clips of a study and split them; returns the table as it is read again."""
    names = {"clips": [f"clip-{n}" for n in range(len(labels))], "subjects": subjects, "classes": list("abcdef")}
    parts = {"parts": parts or [None] * len(labels)}
    write_arrays(folder / "clips.safetensors", "clips", {"label": labels}, names | parts)
    split_folds(
        folder / "clips.safetensors", folder / "out.tsv", folds=PLAN | changes, people=[], official=[], code=""
    )
    return read_table(folder / "out.tsv", "folds")


def test_a_written_table_can_be_given_to_another_study(tmp_path):
    first = split(tmp_path, *study(16))
    given = {"protocol": "given", "path": str(tmp_path / "folds.tsv"), "count": 9}
    (tmp_path / "out.tsv").rename(tmp_path / "folds.tsv")
    assert count_folds(PLAN | given, []) == 5
    pd.testing.assert_frame_equal(split(tmp_path, *study(16), **given), first)


def test_a_class_that_a_role_lacks_is_logged(tmp_path, caplog):
    subjects, labels = study(8)
    lacking = labels.copy()
    lacking[np.array(subjects) == "S003"] = 0  # whom one fold tests alone, and another validates on alone
    split(tmp_path, subjects, lacking, count=8)
    missing = [record.getMessage() for record in caplog.records if record.getMessage().endswith("of b, c, d, e, f")]
    assert [message.split(" has no ")[1].split()[0] for message in missing] == ["test", "validation"]


@pytest.mark.parametrize("protocol", ["random-clips", "random-copies"])
def test_the_demonstrations_of_leakage_split_samples(tmp_path, protocol):
    subjects, labels = study(8)
    found = split(tmp_path, subjects, labels, protocol=protocol, count=4, seed=3)
    names = [f"clip-{n}" for n in range(len(labels))]
    expected = assign_at_random(names, 4, 3, after_augmentation=protocol == "random-copies")
    pd.testing.assert_frame_equal(found, expected)
    assert count_folds(PLAN | {"protocol": protocol, "count": 4}, [], named=False) == 4


def two_sets():
    subjects = [f"{name}/{n}" for name in ("a", "b") for n in range(6) for _ in range(2)]
    return subjects, np.tile([0, 1], 12), ["a"] * 12 + ["b"] * 12


def test_every_fold_has_people_of_every_set_in_every_role():
    subjects, labels, parts = two_sets()
    table = assign_parts_by_set(subjects, labels, parts, 3, seed=0)
    groups = table.groupby(["fold", "role", table["subject"].str[0]]).size()
    assert (groups == 2).all() and len(groups) == 3 * 3 * 2
    assert table[table.role == "test"]["subject"].is_unique
    assert count_folds(PLAN | {"protocol": "sets", "count": 3}, subjects) == 3
    with pytest.raises(UserError, match=r"dataset\.kind: cross"):
        assign_parts_by_set(subjects, labels, [None] * 24, 3, seed=0)


def test_a_training_on_one_set_has_nobody_else_and_tests_everybody_once(tmp_path):
    both = {"protocol": "sets", "count": 3}
    main, table = split(tmp_path, *two_sets(), **both), split(tmp_path, *two_sets(), **both, train_set="a")
    trained = table[table.role.isin(["train", "validation"])]
    assert trained["subject"].str.startswith("a/").all() and len(trained) == 12
    assert sorted(table[table.role == "test"]["subject"]) == sorted(set(two_sets()[0]))
    kept = table.role != "unused"
    pd.testing.assert_frame_equal(table[kept], main[kept])
    with pytest.raises(UserError, match=r"folds\.train_set is c, but the usable clips are of a, b"):
        split(tmp_path, *two_sets(), **both, train_set="c")


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"train_set": "a"}, r"folds\.train_set needs folds\.protocol: sets, not subjects"),
    ({"protocol": "random-clips", "train_subjects": 2}, r"splits no subjects: set folds\.train_subjects to null"),
    ({"protocol": "official"}, "comes without a split"),
])  # fmt: skip
def test_settings_that_contradict_the_protocol_are_named(changes, sentence):
    with pytest.raises(UserError, match=sentence):
        count_folds(PLAN | changes, ["a"])


def test_fewer_training_subjects_are_a_part_of_the_more(tmp_path):
    table, kept = split(tmp_path, *study(16)), {n: split(tmp_path, *study(16), train_subjects=n) for n in (2, 5)}
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
    with pytest.raises(UserError, match="does not say who is who"):
        count_folds(PLAN, ["a"], SPLIT, named=False)
    assert count_folds(PLAN | {"protocol": "official"}, ["a"], SPLIT, named=False) == 1


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
