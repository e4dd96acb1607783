"""Any damage to an artifact is named, or changes nothing of what is read."""

import random

import numpy as np
import pandas as pd
import pytest

from videofer.core.artifacts import (
    FORMATS,
    read_arrays,
    read_meta,
    read_table,
    stream_arrays,
    write_arrays,
    write_table,
)
from videofer.core.errors import UserError

ARRAYS = {"clip": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "label": np.array([3, 5])}
PARAMETERS = {"subjects": ["S001", "S002"], "classes": ["angry", "sad"], "folds": {10: 1, 9: 0.1}}
TABLE = pd.DataFrame({"clip": ["a", "b\r\nc"], "subject": ["S1", "S2"], "p": [0.1, 1 / 3]})


def write(path, format):
    if path.suffix in (".csv", ".tsv"):
        write_table(path, format, TABLE, PARAMETERS)
    elif format == "clips":
        with stream_arrays(path, format, {n: (a.shape, a.dtype) for n, a in ARRAYS.items()}, PARAMETERS) as rows:
            for name, array in ARRAYS.items():
                for place, row in enumerate(array):
                    rows[name][place] = row
    else:
        write_arrays(path, format, ARRAYS, PARAMETERS)


def read(path, format):
    """Return all that a reader learns of a file, as text."""
    if path.suffix in (".csv", ".tsv"):
        return read_table(path, format).to_csv()
    arrays = read_arrays(path, format)
    assert read_meta(path, format).meta == arrays.meta
    return repr([arrays.meta, {name: (array.dtype, array.tolist()) for name, array in sorted(arrays.items())}])


def same_or_named(path, format, content: bytes, whole: str) -> bool:
    """Tell whether a changed file is refused; if it is read, it has to say what it said before."""
    path.write_bytes(content)
    try:
        assert read(path, format) == whole
    except UserError as error:
        assert str(path) in str(error) and "\n" not in str(error)
        return True
    return False


@pytest.mark.parametrize(("name", "format"), [
    ("a.safetensors", "clip"), ("a.safetensors", "clips"), ("a.csv", "predictions"), ("a.tsv", "folds"),
])  # fmt: skip
def test_every_flipped_byte_is_noticed(tmp_path, name, format):
    path, rng = tmp_path / name, random.Random(1)
    write(path, format)
    whole, content = read(path, format), path.read_bytes()
    assert "S002" in whole or "S2" in whole
    harmless = []
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        if not same_or_named(path, format, bytes(changed), whole):
            harmless.append(place)
    assert harmless == []


@pytest.mark.parametrize(
    ("name", "format"), [("a.safetensors", "clip"), ("a.safetensors", "clips"), ("a.csv", "metric")]
)
def test_cut_longer_and_foreign_files_are_named(tmp_path, name, format):
    path, rng = tmp_path / name, random.Random(2)
    write(path, format)
    whole, content = read(path, format), path.read_bytes()
    for length in range(0, len(content), 7):
        assert same_or_named(path, format, content[:length], whole)
    for foreign in (
        b"",
        b"\0" * 100,
        b"PK\3\4",
        b"# {}\n",
        b"# []\n",
        b"# null\n",
        b"[" * 100_000,
        rng.randbytes(999),
    ):
        assert same_or_named(path, format, foreign, whole)
    assert same_or_named(path, format, content + b"\n1", whole)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_is_sealed(tmp_path, format):
    path = tmp_path / "a.safetensors"
    write_arrays(path, format, ARRAYS, PARAMETERS)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"S002", b"S003"))
    with pytest.raises(UserError, match=r"its description does not match its seal"):
        read_arrays(path, format)
    with pytest.raises(UserError, match=r"its description does not match its seal"):
        read_meta(path, format)
