"""Safetensors files larger than memory: where their arrays lie, read as maps of the file, written row by row."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save

CHUNK = 2**20  # bytes


@dataclass(frozen=True)
class Place:
    """An array of a file: its type, its shape, and the byte at which it starts."""

    dtype: np.dtype
    shape: tuple[int, ...]
    start: int

    @property
    def row_bytes(self) -> int:
        """Return the bytes of one entry of the first axis."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    @property
    def bytes(self) -> int:
        """Return the bytes of the whole array."""
        return math.prod(self.shape) * self.dtype.itemsize


def find_places(path: str | Path) -> dict[str, Place]:
    """Return where the arrays of a safetensors file lie, by name."""
    with Path(path).open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {
        name: Place(
            # "U8" is unsigned of 8 bits, "F32" a float of 32, in bytes "u1" and "f4".
            np.dtype(f"<{one['dtype'][0].lower()}{int(one['dtype'][1:]) // 8}"),
            tuple(one["shape"]),
            8 + size + one["data_offsets"][0],
        )
        for name, one in header.items()
    }


def map_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file, read-only: what is not looked at takes no memory."""
    return {
        name: np.asarray(np.memmap(path, place.dtype, "r", place.start, place.shape))
        if place.bytes
        else np.empty(place.shape, place.dtype)
        for name, place in find_places(path).items()
    }


def digest_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the sha256 over names, types, shapes and content of arrays, sorted by name."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def digest_file(path: str | Path) -> str:
    """Return what `digest_arrays` returns of the arrays of a file, read in constant memory."""
    digest, places = hashlib.sha256(), find_places(path)
    with Path(path).open("rb") as file:
        for name in sorted(places):
            place = places[name]
            digest.update(f"{name}{place.dtype.str}{place.shape}".encode())
            file.seek(place.start)
            for chunk in _chunks(file, place.bytes):
                digest.update(chunk)
    return digest.hexdigest()


def _chunks(file, size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := file.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


class Rows:
    """An array of a file under way: ``rows[position] = array`` writes one entry of the first axis."""

    def __init__(self, file, place: Place):
        self._file, self._place = file, place

    def __setitem__(self, position: int, row: np.ndarray) -> None:
        place = self._place
        if not 0 <= position < place.shape[0] or row.shape != place.shape[1:] or row.dtype != place.dtype:
            raise ValueError(f"{row.dtype} {row.shape} is no row {position} of {place.dtype} {place.shape}")
        self._file.seek(place.start + position * place.row_bytes)
        self._file.write(np.ascontiguousarray(row).tobytes())


def write_header(file, path: Path, shapes: Mapping[str, tuple], metadata: Mapping[str, str]) -> dict[str, Rows]:
    """Write the head of a safetensors file as the library would, its arrays all zero, and return them as rows.

    shapes: name -> (shape, type), the first axis being the rows. Written again with metadata of the same length, it
    leaves the arrays as they are.
    """
    # The library orders the arrays and names their types: asked with no rows, it says how.
    empty = save({name: np.empty((0, *shape[1:]), dtype) for name, (shape, dtype) in shapes.items()}, metadata)
    header = json.loads(empty[8 : 8 + int.from_bytes(empty[:8], "little")])
    end = 0
    for name, one in header.items():
        if name != "__metadata__":
            shape, dtype = shapes[name]
            start, end = end, end + math.prod(shape) * np.dtype(dtype).itemsize
            one |= {"shape": [*shape], "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.seek(0)
    file.write(len(text).to_bytes(8, "little") + text)
    file.truncate(8 + len(text) + end)
    file.flush()
    return {name: Rows(file, place) for name, place in find_places(path).items()}
