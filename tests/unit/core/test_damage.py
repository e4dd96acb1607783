"""Any damage to an artifact is named in one sentence."""

import random

import numpy as np
import pandas as pd
import pytest

from videofer.core.artifacts import FORMATS, read_arrays, read_table, stream_arrays, write_arrays, write_table
from videofer.core.errors import UserError

ARRAYS = {"clip": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "label": np.array([3, 5])}
PARAMETERS = {"subjects": ["S001", "S002"], "classes": ["angry", "sad"], "folds": {10: 1, 9: 0.1}}
TABLE = pd.DataFrame({"clip": ["a", "b\r\nc"], "subject": ["S1", "S2"], "p": [0.1, 1 / 3]})
FILES = [("a.safetensors", "clip"), ("a.safetensors", "clips"), ("a.csv", "predictions"), ("a.tsv", "folds")]


def write(path, format):
    if path.suffix in (".csv", ".tsv"):
        write_table(path, format, TABLE, PARAMETERS)
    elif format == "clips":
        with stream_arrays(path, format, {n: (a.shape, a.dtype) for n, a in ARRAYS.items()}, PARAMETERS) as rows:
            for name, array in ARRAYS.items():
                rows[name][:] = array
    else:
        write_arrays(path, format, ARRAYS, PARAMETERS)
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


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_changed_parameters_are_noticed(tmp_path, format):
    path = tmp_path / "a.safetensors"
    write_arrays(path, format, ARRAYS, PARAMETERS)
    check_refused(path, format, path.read_bytes().replace(b"S002", b"S003"))


def test_a_flipped_byte_far_into_a_large_file_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, "clips", {"clip": np.zeros((3, 1_000_000), np.uint8)}, PARAMETERS)
    content = bytearray(path.read_bytes())
    for position in (-1, -500_000, -1_500_000):
        check_refused(path, "clips", content[:position] + b"\1" + content[len(content) + position + 1 :])
