"""Write and read versioned files: arrays as safetensors, tables as CSV or TSV.

Both carry the format's name and version, the code version, the parameters that made them, the sha256 of their
inputs, and a checksum of the whole file. A file appears under its name only when it is complete.
"""

import contextlib
import errno
import functools
import hashlib
import io
import json
import math
import os
import platform
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from videofer.core import __version__
from videofer.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

# Raise a number when the meaning of that format changes: readers refuse versions they do not know.
FORMATS = {
    "identity": 4,
    "frames": 4,
    "faces": 4,
    "clip": 5,
    "clips": 5,
    "augmented": 4,
    "weights": 3,
    "run": 2,
    "manifest": 4,
    "rejected": 3,
    "left-out": 3,
    "remarks": 3,
    "folds": 3,
    "history": 3,
    "predictions": 4,
    "metric": 3,
    "explanations": 3,
    "acted": 2,
    "people-weights": 2,
    "people-metric": 1,
    "marked-faces": 1,
    "landmark-errors": 1,
}
# Formats that hold the clips of a whole data set: mapped, so that memory does not grow with their number.
MAPPED = ("clips", "augmented", "explanations")
# Columns that stay text whatever they hold, and empty where they hold nothing.
TEXT_COLUMNS = (
    *("clip", "subject", "video", "label", "reason", "stage", "remark", "view", "half", "part"),
    *("true", "predicted", "capsule_predicted"),
)
SEPARATORS = {".csv": ",", ".tsv": "\t"}  # by the suffix of a table's path
# safetensors stores metadata in no fixed order: one key keeps the bytes reproducible.
METADATA_KEY = "videofer"
ADDED = r"\.|(?i:thumbs\.db|desktop\.ini)$"  # how files begin that systems add to folders of pictures
CHUNK = 2**20  # bytes read at a time
# How `atomic_path` names a file that is not complete.
UNFINISHED = re.compile(r"\.videofer-(?P<machine>.*)-(?P<process>\d+)-[0-9a-f]{8}(\.\w+)?")
# The metadata's first key in the order of the alphabet, so that its value lies in the first chunk of the file.
CHECKSUM, NO_CHECKSUM = "checksum", "0" * 64


class Arrays(dict[str, np.ndarray]):
    """Named arrays of an artifact, its metadata in ``meta``, and of these the parameters that it was made with.

    rejected: the sentence why a clip cannot be used (then there are no arrays), or None.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], meta: dict):
        super().__init__(arrays)
        self.meta, self.parameters, self.rejected = meta, meta["parameters"], meta.get("rejected")


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path with the same suffix beside `path`; it replaces `path` if the block succeeds."""
    path = Path(path)
    if path.is_dir():  # else it fails at the end, or for ".", which has no name, by another error
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".videofer-{platform.node()}-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_file(path: str | Path) -> str:
    """Return the sha256 of a file as hexadecimal digits; of a folder, over the names and digests of its files.

    What a system adds to a folder that somebody looks at does not count: hidden files, Thumbs.db, desktop.ini.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(inner for inner in path.iterdir() if inner.is_file() and not re.match(ADDED, inner.name))
        listed = "".join(f"{sha256_file(inner)}  {inner.name}\n" for inner in files)
        return hashlib.sha256(listed.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_artifact(path: str | Path) -> str:
    """Return the sha256 of an artifact, computed once a process as long as inode, size and time stay the same."""
    # A training names its inputs, which can be gigabytes, in everything it writes.
    state = Path(path).stat()
    return _sha256_once(str(path), state.st_ino, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=16)
def _sha256_once(path: str, *state: int) -> str:
    return sha256_file(path)


def write_arrays(
    path: str | Path,
    format: str,
    arrays: Mapping[str, np.ndarray],
    parameters: dict,
    inputs: Sequence[str | Path] = (),
    rejected: str | None = None,
) -> None:
    """Write named arrays and their metadata to a .safetensors file in one step; rejected: see Arrays."""
    meta = _describe(format, parameters, inputs) | ({} if rejected is None else {"rejected": rejected})
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    _write(path, save(contiguous, {METADATA_KEY: json.dumps(meta, sort_keys=True)}))


@contextlib.contextmanager
def stream_arrays(
    path: str | Path,
    format: str,
    shapes: Mapping[str, tuple[tuple[int, ...], np.dtype | type]],
    parameters: dict,
    inputs: Sequence[str | Path] = (),
) -> Iterator[dict[str, np.ndarray]]:
    """Yield arrays to fill, as maps of a file that gets the same bytes as from `write_arrays`, in one step.

    shapes: name -> (shape, type). Memory does not grow with the size of the arrays.
    """
    # The library writes the header, of arrays without rows; here they get their rows.
    empty = {name: np.empty((0, *shape[1:]), dtype) for name, (shape, dtype) in shapes.items()}
    meta = json.dumps(_describe(format, parameters, inputs), sort_keys=True)
    header, end = json.loads(save(empty, {METADATA_KEY: meta})[8:]), 0
    for name, entry in header.items():
        if name in shapes:
            shape, start = shapes[name][0], end
            end += math.prod(shape) * empty[name].itemsize
            entry |= {"shape": shape, "data_offsets": (start, end)}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with atomic_path(path) as temporary:
        with temporary.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.truncate(8 + len(text) + end)
            if hasattr(os, "posix_fallocate"):  # all but macOS; a full disk is an OSError here, not a crash later
                os.posix_fallocate(file.fileno(), 0, 8 + len(text) + end)
        yield _map_arrays(temporary, "r+")
        _write_checksum(temporary)


def read_arrays(path: str | Path, format: str) -> Arrays:
    """Read an artifact, mapped read-only if in MAPPED; raises UserError if it is damaged or of another version."""
    with _named_damage(path), safe_open(path, framework="numpy") as file:
        meta = _parse(path, (file.metadata() or {}).get(METADATA_KEY, "null"), format)
        _compare_checksum(path, meta)
        if format in MAPPED:
            return Arrays(_map_arrays(path, "r"), meta)
        return Arrays({name: file.get_tensor(name) for name in file.keys()}, meta)  # noqa: SIM118


def write_json(
    path: str | Path, format: str, content: dict, parameters: dict, inputs: Sequence[str | Path] = ()
) -> None:
    """Write a small record as JSON in one step: its metadata beside the content's own keys, without a checksum."""
    record = _describe(format, parameters, inputs) | content
    del record[CHECKSUM]
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_table(
    path: str | Path, format: str, table: "pd.DataFrame", parameters: dict, inputs: Sequence[str | Path] = ()
) -> None:
    """Write a DataFrame as CSV (or TSV, by suffix) under a first line '# {metadata}' in one step."""
    body = table.to_csv(index=False, sep=SEPARATORS[Path(path).suffix], lineterminator="\n")
    meta = json.dumps(_describe(format, parameters, inputs), sort_keys=True)
    _write(path, f"# {meta}\n{body}".encode())


def read_table(path: str | Path, format: str) -> "pd.DataFrame":
    """Read a table that `write_table` wrote as a DataFrame; identifiers stay text, floats are exact.

    Raises UserError if it is damaged, edited or of another version.
    """
    import pandas as pd  # half a second that readers of arrays need not pay

    with _named_damage(path):
        # Not read_text, which would change line ends within cells.
        header, _, body = Path(path).read_bytes().decode("utf-8").partition("\n")
        _compare_checksum(path, _parse(path, header.removeprefix("# "), format))
    # Only an empty field is missing: a clip or subject may well be called "NA" or "null".
    options = {"dtype": dict.fromkeys(TEXT_COLUMNS, str), "keep_default_na": False, "na_values": [""]}
    return pd.read_csv(io.StringIO(body), sep=SEPARATORS[Path(path).suffix], **options)


def _map_arrays(path: str | Path, mode: str) -> dict[str, np.ndarray]:
    """Return the arrays of a safetensors file as maps; `mode` as of np.memmap."""
    arrays, start = {}, Path(path).stat().st_size
    with safe_open(path, framework="numpy") as file:
        for name in reversed(file.offset_keys()):  # they fill the file to its end, without gaps
            shape = tuple(file.get_slice(name).get_shape())
            if 0 in shape:  # nothing to map
                arrays[name] = file.get_tensor(name)
                continue
            dtype = file.get_slice(name)[:1].dtype
            start -= math.prod(shape) * dtype.itemsize
            arrays[name] = np.asarray(np.memmap(path, dtype, mode, start, shape))
    return arrays


def _describe(format: str, parameters: dict, inputs: Sequence[str | Path]) -> dict:
    return {
        CHECKSUM: NO_CHECKSUM,
        "format": format,
        "version": FORMATS[format],
        "videofer": __version__,
        "parameters": parameters,
        "inputs": [[Path(path).name, sha256_artifact(path)] for path in inputs],
    }


def _parse(path: str | Path, text: str, format: str) -> dict:
    """Return metadata from its JSON; raises UserError if it is not of this format and version."""
    meta = json.loads(text)
    if not isinstance(meta, dict) or "format" not in meta:
        raise UserError(f"{path} was not written by videofer: remove it and run again.")
    if meta["format"] != format:
        raise UserError(f"{path} holds '{meta['format']}' where '{format}' is needed: delete it and run again.")
    if meta.get("version") != FORMATS[format]:
        raise UserError(
            f"{path} has version {meta.get('version')} of the format '{format}', this code reads version "
            f"{FORMATS[format]}: delete it and run again, or use videofer {meta.get('videofer')}."
        )
    return meta


def _write(path: str | Path, content: bytes) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
        _write_checksum(temporary)


def _write_checksum(path: Path) -> None:
    """Put the sha256 of a file in place of its NO_CHECKSUM."""
    digest = sha256_file(path)
    with path.open("r+b") as file:
        file.seek(file.read(CHUNK).index(NO_CHECKSUM.encode()))
        file.write(digest.encode())


def _compare_checksum(path: str | Path, meta: dict) -> None:
    """Raise UserError if a file is not that of which the checksum was written; memory stays flat."""
    with Path(path).open("rb") as file:
        head = file.read(CHUNK).replace(str(meta.get(CHECKSUM)).encode(), NO_CHECKSUM.encode(), 1)
        digest = hashlib.sha256(head)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    if meta.get(CHECKSUM) != digest.hexdigest():
        raise UserError(f"{path} was changed after it was written: delete it and run again.")


@contextlib.contextmanager
def _named_damage(path: str | Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} does not exist: run the step that makes it again.") from None
    except (SafetensorError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}): delete it and run again.") from None
