"""Versioned files: complete or absent, checked when read, the same bytes each time."""

import json
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from videofer.core import artifacts
from videofer.core.artifacts import (
    atomic_path,
    read_arrays,
    read_table,
    sha256_artifact,
    sha256_file,
    stream_arrays,
    write_arrays,
    write_table,
)
from videofer.core.errors import UserError

ARRAYS = {"clip": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "times": np.array([0.1, 0.2])}
RNG = np.random.default_rng(0)
# More than is read at a time, and types whose order in the file is not that of the names.
LARGE = {
    "label": RNG.integers(0, 6, 7),
    "clip": RNG.integers(0, 256, (7, 3, 300, 300), dtype=np.uint8),
    "half": RNG.normal(size=(7, 5)).astype(np.float16),
    "landmarks": RNG.normal(size=(7, 3, 68, 2)).astype(np.float32),
}
PARAMETERS = {"clips": ['a "b" \\ ü\n\x01', "c"], "n": 1.5}


def test_metadata_names_inputs_and_why_a_clip_was_rejected(tmp_path):
    (tmp_path / "video.avi").write_bytes(b"film")
    write_arrays(tmp_path / "a", "faces", {}, {}, [tmp_path / "video.avi"], rejected="No face in any frame.")
    read = read_arrays(tmp_path / "a", "faces")
    assert read.meta["inputs"] == [["video.avi", sha256_file(tmp_path / "video.avi")]]
    assert read.rejected == "No face in any frame."
    artifacts.write_json(tmp_path / "run.json", "run", {"fold": 3}, {"seed": 0})
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["fold"] == 3 and record["format"] == "run" and record["parameters"] == {"seed": 0}


def test_same_content_same_bytes_in_another_process(tmp_path):
    write_arrays(tmp_path / "a.safetensors", "clip", ARRAYS, {"b": 1, "a": 2})
    program = (
        "import numpy as np; from videofer.core.artifacts import write_arrays; "
        "arrays = {'times': np.array([0.1, 0.2]), 'clip': np.arange(24, dtype=np.uint8).reshape(2, 3, 4)}; "
        f"write_arrays({str(tmp_path / 'b.safetensors')!r}, 'clip', arrays, {{'a': 2, 'b': 1}})"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_another_version_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(artifacts.FORMATS, "clip", 99)
    write_arrays(tmp_path / "a.safetensors", "clip", ARRAYS, {})
    monkeypatch.undo()
    with pytest.raises(UserError, match=r"version 99 of the format 'clip', this code reads version \d+: delete it"):
        read_arrays(tmp_path / "a.safetensors", "clip")


def test_another_format_and_foreign_files_are_refused(tmp_path):
    write_arrays(tmp_path / "a.safetensors", "clip", ARRAYS, {})
    with pytest.raises(UserError, match="holds 'clip' where 'faces' is needed"):
        read_arrays(tmp_path / "a.safetensors", "faces")
    from safetensors.numpy import save_file

    save_file(ARRAYS, tmp_path / "foreign.safetensors")
    with pytest.raises(UserError, match="was not written by videofer"):
        read_arrays(tmp_path / "foreign.safetensors", "clip")
    with pytest.raises(UserError, match="does not exist"):
        read_arrays(tmp_path / "absent.safetensors", "clip")


@pytest.mark.parametrize("name", ["table.csv", "table.tsv"])
def test_tables_come_back_exactly(tmp_path, name):
    table = pd.DataFrame(
        {"clip": ["001", "NA", 'a,\t"b"\n#c'], "p": [0.1, 1 / 3, 1e-17], "n": [1, 2, 3], "apex": [4.0, np.nan, 5.0]}
    )
    write_table(tmp_path / name, "predictions", table, {"seed": 0})
    pd.testing.assert_frame_equal(read_table(tmp_path / name, "predictions"), table, check_exact=True)


@pytest.mark.parametrize("writer", [
    atomic_path, lambda path: stream_arrays(path, "clips", {"x": ((2,), "u1")}, {}),
], ids=["atomic_path", "stream_arrays"])  # fmt: skip
def test_a_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path, writer):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), writer(path):
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_files_have_the_usual_permissions(tmp_path):
    write_arrays(tmp_path / "a.safetensors", "clip", ARRAYS, {})
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode


def stream(path, arrays):
    shapes = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    with stream_arrays(path, "clips", shapes, PARAMETERS, [__file__]) as rows:
        for position in range(7):
            for name, array in arrays.items():
                rows[name][position] = array[position]


@pytest.mark.parametrize("names", [tuple(LARGE), ("clip", "label"), ("landmarks",)])
def test_written_row_by_row_the_file_is_that_written_at_once(tmp_path, names):
    arrays = {name: LARGE[name] for name in names}
    stream(tmp_path / "rows", arrays)
    write_arrays(tmp_path / "whole", "clips", arrays, PARAMETERS, [__file__])
    assert (tmp_path / "rows").read_bytes() == (tmp_path / "whole").read_bytes()


def test_mapped_arrays_are_those_written_and_cannot_be_changed(tmp_path):
    stream(tmp_path / "a", LARGE)
    read = read_arrays(tmp_path / "a", "clips")
    assert set(read) == set(LARGE)
    for name, array in LARGE.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype and isinstance(read[name].base, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            read[name][0] = 0


def test_the_digest_of_an_artifact_follows_its_content(tmp_path):
    for number in range(2):
        write_arrays(tmp_path / "a", "clip", {}, {"number": number})
        for _ in range(2):
            assert sha256_artifact(tmp_path / "a") == sha256_file(tmp_path / "a")


DAMAGED = {"subjects": ["S001", "S002"], "classes": ["angry", "sad"], "folds": {10: 1, 9: 0.1}}
TABLE = pd.DataFrame({"clip": ["a", "b\r\nc"], "subject": ["S1", "S2"], "p": [0.1, 1 / 3]})
FILES = [("a.safetensors", "clip"), ("a.safetensors", "clips"), ("a.csv", "predictions"), ("a.tsv", "folds")]


def write(path, format):
    if path.suffix in (".csv", ".tsv"):
        write_table(path, format, TABLE, DAMAGED)
    elif format == "clips":
        with stream_arrays(path, format, {n: (a.shape, a.dtype) for n, a in ARRAYS.items()}, DAMAGED) as rows:
            for name, array in ARRAYS.items():
                rows[name][:] = array
    else:
        write_arrays(path, format, ARRAYS, DAMAGED)
    return path.read_bytes()


def check_refused(path, format, content: bytes) -> None:
    """Check that a changed file is refused in one sentence with its name."""
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        (read_table if path.suffix in (".csv", ".tsv") else read_arrays)(path, format)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "format"), FILES)
def test_every_flipped_byte_is_noticed(tmp_path, name, format):
    path, rng = tmp_path / name, random.Random(1)
    content = write(path, format)
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1 << rng.randrange(8)
        check_refused(path, format, bytes(changed))


@pytest.mark.parametrize(("name", "format"), FILES[:3])
def test_cut_longer_and_foreign_files_are_named(tmp_path, name, format):
    path = tmp_path / name
    content = write(path, format)
    for length in range(0, len(content), 7):
        check_refused(path, format, content[:length])
    for foreign in (b"", b"\0" * 100, b"PK\3\4", b"# {}\n", b"# []\n", b"# null\n", b"[" * 100_000,
                    random.Random(2).randbytes(999), content + b"\n1"):  # fmt: skip
        check_refused(path, format, foreign)


def test_a_flipped_byte_far_into_a_large_file_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, "clips", {"clip": np.zeros((3, 1_000_000), np.uint8)}, DAMAGED)
    content = bytearray(path.read_bytes())
    for position in (-1, -500_000, -1_500_000):
        check_refused(path, "clips", content[:position] + b"\1" + content[len(content) + position + 1 :])
