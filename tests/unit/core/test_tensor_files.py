"""Arrays larger than memory: written row by row to the same bytes, read as maps, checked in chunks."""

import numpy as np
import pytest

from videofer.core import artifacts, tensor_files
from videofer.core.artifacts import read_arrays, read_meta, stream_arrays, write_arrays
from videofer.core.errors import UserError

RNG = np.random.default_rng(0)
# More than one chunk of the digest, types whose order in the file is not that of the names, and a flat one.
ARRAYS = {
    "label": RNG.integers(0, 6, 7),
    "clip": RNG.integers(0, 256, (7, 3, 300, 300), dtype=np.uint8),
    "half": RNG.normal(size=(7, 5)).astype(np.float16),
    "landmarks": RNG.normal(size=(7, 3, 68, 2)).astype(np.float32),
}
PARAMETERS = {"clips": ['a "b" \\ ü\n\x01', "c"], "n": 1.5}


def stream(path, arrays=ARRAYS, format="clips"):
    shapes = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    with stream_arrays(path, format, shapes, PARAMETERS, [__file__]) as rows:
        for place in range(7):
            for name, array in arrays.items():
                rows[name][place] = array[place]


@pytest.mark.parametrize("names", [tuple(ARRAYS), ("clip", "label"), ("landmarks",)])
def test_written_row_by_row_the_file_is_that_written_at_once(tmp_path, names):
    arrays = {name: ARRAYS[name] for name in names}
    stream(tmp_path / "rows", arrays)
    write_arrays(tmp_path / "whole", "clips", arrays, PARAMETERS, [__file__])
    assert (tmp_path / "rows").read_bytes() == (tmp_path / "whole").read_bytes()


def test_mapped_arrays_are_those_written_and_cannot_be_changed(tmp_path):
    stream(tmp_path / "a")
    read = read_arrays(tmp_path / "a", "clips")
    assert set(read) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype and isinstance(read[name].base, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            read[name][0] = 0


def test_an_array_without_entries_comes_back(tmp_path):
    write_arrays(tmp_path / "a", "clips", {"clip": np.empty((0, 3), np.uint8), "label": np.arange(2)}, {})
    read = read_arrays(tmp_path / "a", "clips")
    assert read["clip"].shape == (0, 3) and read["label"].tolist() == [0, 1]


@pytest.mark.parametrize("place", [-1, -500_000, -1_500_000])
def test_a_flipped_byte_of_a_mapped_array_is_noticed(tmp_path, place):
    stream(tmp_path / "a")
    content = bytearray((tmp_path / "a").read_bytes())
    content[place] ^= 1
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match="does not match its checksum"):
        read_arrays(tmp_path / "a", "clips")


def test_a_writer_that_fails_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError), stream_arrays(tmp_path / "a", "clips", {"x": ((2,), "u1")}, {}) as rows:
        rows["x"][0] = np.uint8(1)
        raise RuntimeError
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("place", "row"),
    [(2, np.zeros(3, np.uint8)), (-1, np.zeros(3, np.uint8)), (0, np.zeros(2, np.uint8)), (0, np.zeros(3))],
)
def test_a_row_that_does_not_fit_is_refused(tmp_path, place, row):
    with (
        pytest.raises(ValueError, match="is no row"),
        stream_arrays(tmp_path / "a", "clips", {"x": ((2, 3), "u1")}, {}) as rows,
    ):
        rows["x"][place] = row


def test_metadata_alone_is_read_without_the_arrays(tmp_path, monkeypatch):
    write_arrays(tmp_path / "a", "clip", {}, {"stage": "detect"}, rejected="No face.")
    monkeypatch.setattr(artifacts, "digest_arrays", lambda arrays: pytest.fail("read"))
    assert read_meta(tmp_path / "a", "clip").rejected == "No face."
    with pytest.raises(UserError, match="holds 'clip' where 'faces'"):
        read_meta(tmp_path / "a", "faces")


def test_the_digest_of_a_file_is_read_in_chunks(tmp_path, monkeypatch):
    stream(tmp_path / "a")
    whole = tensor_files.digest_file(tmp_path / "a")
    monkeypatch.setattr(tensor_files, "CHUNK", 1000)
    assert tensor_files.digest_file(tmp_path / "a") == whole == tensor_files.digest_arrays(ARRAYS)


def test_an_input_is_hashed_once_and_again_when_it_is_another_file(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(artifacts, "sha256_file", lambda path: read.append(path) or "0")
    write_arrays(tmp_path / "a", "clip", {}, {})
    for _ in range(3):
        artifacts.sha256_artifact(tmp_path / "a")
    write_arrays(tmp_path / "a", "clip", {}, {"other": 1})
    artifacts.sha256_artifact(tmp_path / "a")
    assert len(read) == 2
