"""What holds for any input: names, lists, folds, artifacts, the choice of the peak, and the reading of a config."""

import copy
import csv
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from videofer.clips.peak import choose_frames
from videofer.core.artifacts import FORMATS, read_arrays, read_table, write_arrays, write_table
from videofer.core.clip import BREAKING, is_plain, show_name
from videofer.core.errors import RejectedClip, UserError
from videofer.core.study import CLASSES, ROLES
from videofer.datasets.adapter import SAFE_NAME, name_clips
from videofer.datasets.scan import scan_dataset
from videofer.folds.given import read_given
from videofer.folds.split import assign_one_each, assign_parts, limit_training
from videofer.pipeline.config import check_config

ROOT = Path(__file__).resolve().parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
# The same examples on every machine; a folder of an example is written over by the next.
settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("repeatable")
CHARACTERS = st.characters(exclude_categories=BREAKING)
PLAIN = st.text(CHARACTERS, max_size=20)
FILLED = st.text(CHARACTERS, min_size=1, max_size=20)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40), st.text(max_size=5)), unique=True))
def test_names_of_clips_are_safe_short_and_depend_on_their_source(sources):
    names = name_clips(sources)
    assert all(SAFE_NAME.fullmatch(name) and len(name) < 200 for name in names)
    again = name_clips(sources[::-1])[::-1]
    assert names == again


@given(st.text())
def test_a_shown_name_is_plain_and_a_plain_one_is_shown_as_it_is(name):
    assert is_plain(show_name(name))
    assert show_name(name) == name or not is_plain(name)


@given(st.lists(st.tuples(PLAIN, PLAIN, st.sampled_from([*CLASSES, "bored", ""])), min_size=1, max_size=8),
       st.sampled_from(",;\t"))  # fmt: skip
def test_a_list_gives_each_row_back_as_a_clip_or_a_reason(tmp_path, rows, separator):
    (tmp_path / "there.mp4").touch()
    written = [("path", "subject", "label"), *rows, ("there.mp4", "P", "happy")]
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(written)
    found = scan_dataset({"name": "x", "dataset": {"kind": "table", "path": "list.csv"}}, tmp_path)
    assert "there" in {clip.clip for clip in found.clips}
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(found.clips) + len(found.rejected) == len(filled) + 1
    assert all(is_plain(rejection.reason + rejection.video) for rejection in found.rejected)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_list_are_clips_or_one_sentence(tmp_path, content):
    for head in (b"", b"path,subject,label,start,end,rate\n"):
        (tmp_path / "list.csv").write_bytes(head + content)
        one_sentence(scan_dataset, {"name": "x", "dataset": {"kind": "table", "path": "list.csv"}}, tmp_path)


def one_sentence(function, *arguments):
    """Call a function, which may raise UserError alone; its message is one line."""
    try:
        return function(*arguments)
    except UserError as error:
        assert "\n" not in str(error).strip()


@st.composite
def studies(draw):
    """Draw people, the clips of each, and their classes."""
    people = draw(st.integers(3, 12))
    clips = draw(st.lists(st.integers(1, 5), min_size=people, max_size=people))
    subjects = [f"P{number}" for number, count in enumerate(clips) for _ in range(count)]
    labels = draw(st.lists(st.integers(0, 5), min_size=len(subjects), max_size=len(subjects)))
    return subjects, np.array(labels)


@given(studies(), st.integers(3, 12), st.integers(0, 2**31), st.integers(1, 10))
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_folds_part_people_and_test_each_once(study, count, seed, most):
    subjects, labels = study
    people = set(subjects)
    try:
        table = assign_parts(subjects, labels, count, seed)
    except UserError as error:
        assert count > len(people) or "do not fill" in str(error) or "most frequent class" in str(error)
        return
    apart(table, people)
    assert sorted(table[table.role == "validation"].subject) == sorted(people)
    limited = one_sentence(limit_training, table, most, seed)
    if limited is not None:
        trained = limited[limited.role == "train"].groupby("fold").size()
        assert (trained == most).all() and len(trained) == count


@given(studies(), st.integers(0, 2**31))
def test_leaving_one_out_tests_each_alone(study, seed):
    subjects, _ = study
    people = set(subjects)
    table = assign_one_each(subjects, sorted(people | {"nobody"}), seed)
    apart(table, people)
    assert (table[table.role == "test"].groupby("fold").size() == 1).all()


def apart(table, people):
    assert not table.duplicated(["fold", "subject"]).any()
    assert set(table.role) <= set(ROLES)
    assert sorted(table[table.role == "test"].subject) == sorted(people)
    assert (table[table.role == "train"].groupby("fold").size() >= 1).all()


@given(st.text(alphabet=string.printable, max_size=120))
def test_any_text_as_given_folds_is_a_table_or_one_sentence(tmp_path, text):
    (tmp_path / "folds.csv").write_text("fold,subject,role\n" + text, encoding="utf-8")
    one_sentence(read_given, tmp_path / "folds.csv", ["P0", "P1"])


ARRAYS = st.dictionaries(
    st.text(string.ascii_lowercase, min_size=1, max_size=5),
    st_numpy.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.float64]), st_numpy.array_shapes(min_side=0, max_side=4)
    ),
    min_size=1, max_size=3,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3), max_leaves=6,
)  # fmt: skip


@given(st.sampled_from(sorted(FORMATS)), ARRAYS, st.dictionaries(PLAIN, JSON, max_size=3))
def test_arrays_and_parameters_come_back_exactly(tmp_path, format, arrays, parameters):
    write_arrays(tmp_path / "a.safetensors", format, arrays, parameters)
    read = read_arrays(tmp_path / "a.safetensors", format)
    assert set(read) == set(arrays) and read.parameters == parameters
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


@given(st.lists(st.tuples(FILLED, FILLED, st.floats(allow_nan=False), st.integers(-(2**53), 2**53)), max_size=5))
@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
def test_tables_come_back_exactly(tmp_path, name, rows):
    table = pd.DataFrame(rows, columns=["clip", "subject", "p", "n"]).astype({"clip": str, "subject": str})
    write_table(tmp_path / name, "predictions", table, {})
    pd.testing.assert_frame_equal(
        read_table(tmp_path / name, "predictions"), table, check_exact=True, check_dtype=bool(rows)
    )


@given(st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=60), st.integers(2, 20), st.integers(1, 20),
       st.sampled_from(["middle", "apex"]))  # fmt: skip
def test_the_chosen_frames_are_there_in_order_and_have_a_face(source, length, least, method):
    source = np.array(source, np.uint8)
    motion = np.where(source > 0, np.random.default_rng(len(source)).uniform(0, 10, len(source)), np.nan)
    longest = max(map(len, "".join("x" if there else " " for there in source).split()), default=0)
    try:
        chosen = choose_frames(source, method, length, least, motion=motion)
    except RejectedClip:
        assert longest < least
        return
    assert longest >= least and len(chosen) == length
    assert (source[chosen] > 0).all()
    steps = np.diff(chosen)
    assert (steps == 1).all() if longest >= length else set(steps) <= {0, 1} and len(set(chosen)) == longest


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES |= st.lists(st.integers(), max_size=2)
VALUES |= st.dictionaries(st.text(max_size=5) | st.integers() | st.booleans(), st.integers(), max_size=2)


def key_paths(section, above=()):
    """Yield the path of every key."""
    for key, value in section.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from key_paths(value, (*above, key))


@given(st.sampled_from(sorted(key_paths(CONFIG))), VALUES, st.sampled_from(["replace", "remove", "add"]))
@settings(max_examples=150)
def test_any_change_of_the_config_passes_or_is_one_sentence_with_its_key(path, value, change):
    config = copy.deepcopy(CONFIG)
    *above, key = path
    section = config
    for name in above:
        section = section[name]
    if change == "remove":
        del section[key]
    else:
        section[key if change == "replace" else f"{key}x"] = value
    try:
        check_config(config)
    except UserError as error:
        assert "\n" not in str(error)
        assert any(str(name) in str(error) for name in path)
