"""The one place that writes and reads versioned files.

Arrays are kept as safetensors (memory-mappable, nothing to unpickle), tables as CSV or TSV. Both carry the
format's name and version, the code version, the parameters that made them, the sha256 of their inputs and
of their own content, and a seal, the sha256 of all these words. A file appears under its name only when it is
complete.
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from videofer.core import __version__
from videofer.core.errors import UserError
from videofer.core.tensor_files import Rows, digest_arrays, digest_file, map_arrays, write_header

# Raise a number when the meaning of that format changes: readers refuse versions they do not know.
FORMATS = {
    "identity": 2,
    "frames": 2,
    "faces": 3,
    "clip": 4,
    "clips": 4,
    "augmented": 3,
    "weights": 2,
    "resume": 2,
    "run": 2,
    "manifest": 3,
    "rejected": 2,
    "left-out": 2,
    "remarks": 2,
    "probed": 2,
    "folds": 2,
    "history": 2,
    "predictions": 3,
    "metric": 2,
    "explanations": 2,
}
# What holds the clips of a whole data set: mapped, so that memory does not grow with their number.
MAPPED = ("clips", "augmented", "explanations")
# Columns that stay text whatever they hold, and empty where they hold nothing.
TEXT_COLUMNS = (
    *("clip", "subject", "video", "label", "reason", "stage", "remark", "view", "half", "part"),
    *("true", "predicted", "capsule_predicted"),
)
# safetensors stores metadata in no fixed order: one key keeps the bytes reproducible.
METADATA_KEY = "videofer"
SEAL = "seal"


class Arrays(Mapping[str, np.ndarray]):
    """Named arrays read from an artifact, with their metadata in ``meta``."""

    def __init__(self, arrays: dict[str, np.ndarray], meta: dict):
        self._arrays = arrays
        self.meta = meta

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def parameters(self) -> dict:
        """The parameters that the artifact was made with."""
        return self.meta["parameters"]

    @property
    def rejected(self) -> str | None:
        """The sentence why this clip cannot be used (then there are no arrays), or None."""
        return self.meta.get("rejected")


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path with the same suffix beside `path`; it replaces `path` if the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes private files
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_file(path: str | Path) -> str:
    """Return the sha256 of a file as hexadecimal digits, read in constant memory.

    That of a folder, such as an image sequence, is over the names and digests of its files, sorted.
    """
    if Path(path).is_dir():
        held = sorted(inner for inner in Path(path).iterdir() if inner.is_file())
        listed = "".join(f"{sha256_file(inner)}  {inner.name}\n" for inner in held)
        return hashlib.sha256(listed.encode()).hexdigest()
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_artifact(path: str | Path) -> str:
    """Return the sha256 of an artifact, read once a process as long as the file stays the same.

    Artifacts are never changed in place, so that one of the same place on the disk, size and time is the same; a
    training names its inputs in all that it writes, and they can be gigabytes.
    """
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
    """Write named arrays and their metadata to a .safetensors file in one step.

    `rejected` is the sentence why a clip cannot be used; such an artifact holds no arrays.
    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    meta = _metadata(format, parameters, inputs)
    if rejected is not None:
        meta["rejected"] = rejected
    meta = _seal(meta | {"sha256": digest_arrays(contiguous)})
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(contiguous, {METADATA_KEY: json.dumps(meta, sort_keys=True)}))


@contextlib.contextmanager
def stream_arrays(
    path: str | Path,
    format: str,
    shapes: Mapping[str, tuple[tuple[int, ...], np.dtype | type]],
    parameters: dict,
    inputs: Sequence[str | Path] = (),
) -> Iterator[dict[str, Rows]]:
    """Yield arrays to fill row by row, of which the file keeps the same bytes as `write_arrays` would, in one step.

    shapes: name -> (shape, type). Memory does not grow with the number of rows.
    """
    meta = _metadata(format, parameters, inputs)

    def described(digest: str) -> dict[str, str]:
        return {METADATA_KEY: json.dumps(_seal(meta | {"sha256": digest}), sort_keys=True)}

    with atomic_path(path) as temporary, temporary.open("r+b") as file:
        yield write_header(file, temporary, shapes, described("0" * 64))
        file.flush()
        write_header(file, temporary, shapes, described(digest_file(temporary)))


def read_arrays(path: str | Path, format: str) -> Arrays:
    """Read an artifact; raises UserError if it is damaged or of another version.

    The arrays of the formats MAPPED are read-only maps of the file.
    """
    mapped = format in MAPPED
    with _damage_named(path):
        with safe_open(path, framework="numpy") as file:
            meta = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
            arrays = {} if mapped else {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        _check(path, meta, format)
        if meta["sha256"] != (digest_file(path) if mapped else digest_arrays(arrays)):
            raise UserError(
                f"{path} is damaged (its content does not match its checksum): delete it and run again."
            )
        return Arrays(map_arrays(path) if mapped else arrays, meta)


def read_meta(path: str | Path, format: str) -> Arrays:
    """Read an artifact's metadata alone, its arrays unchecked; raises UserError as `read_arrays`."""
    with _damage_named(path), safe_open(path, framework="numpy") as file:
        meta = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
        _check(path, meta, format)
        return Arrays({}, meta)


@contextlib.contextmanager
def _damage_named(path: str | Path) -> Iterator[None]:
    """Name the file in a UserError for what goes wrong in reading it."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} does not exist: run the step that makes it again.") from None
    except (SafetensorError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}): delete it and run again.") from None


def write_json(
    path: str | Path, format: str, content: dict, parameters: dict, inputs: Sequence[str | Path] = ()
) -> None:
    """Write a small record as JSON, its metadata beside the content's own keys, in one step."""
    record = _metadata(format, parameters, inputs) | content
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_table(path: str | Path, format: str, table, parameters: dict, inputs: Sequence[str | Path] = ()) -> None:
    """Write a DataFrame as CSV (or TSV, by suffix) under a first line '# {metadata}' in one step."""
    body = table.to_csv(index=False, sep=_separator(path), lineterminator="\n")
    digest = hashlib.sha256(body.encode()).hexdigest()
    meta = _seal(_metadata(format, parameters, inputs) | {"sha256": digest})
    with atomic_path(path) as temporary:
        temporary.write_text(f"# {json.dumps(meta, sort_keys=True)}\n{body}", encoding="utf-8")


def read_table(path: str | Path, format: str):
    """Read a table that `write_table` wrote as a DataFrame; identifiers stay text, floats are exact.

    Raises UserError if it is damaged, edited or of another version.
    """
    import pandas as pd  # half a second that readers of arrays need not pay

    try:
        # Not read_text, which would change line ends within cells.
        header, _, body = Path(path).read_bytes().decode("utf-8").partition("\n")
        meta = json.loads(header.removeprefix("# "))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist: run the step that makes it again.") from None
    except (ValueError, RecursionError):  # no UTF-8, or no JSON
        raise UserError(f"{path} is not a table that videofer wrote: delete it and run again.") from None
    _check(path, meta, format)
    if meta["sha256"] != hashlib.sha256(body.encode()).hexdigest():
        raise UserError(f"{path} was changed after it was written: delete it and run again.")
    text = dict.fromkeys(TEXT_COLUMNS, str)
    # Only an empty field is missing: a clip or subject may well be called "NA" or "null".
    options = {"dtype": text, "keep_default_na": False, "na_values": [""]}
    return pd.read_csv(io.StringIO(body), sep=_separator(path), **options)


def _separator(path: str | Path) -> str:
    return "\t" if Path(path).suffix == ".tsv" else ","


def _metadata(format: str, parameters: dict, inputs: Sequence[str | Path]) -> dict:
    return {
        "format": format,
        "version": FORMATS[format],
        "videofer": __version__,
        "parameters": parameters,
        "inputs": [[Path(p).name, sha256_artifact(p)] for p in inputs],
    }


def _seal(meta: dict) -> dict:
    """Return metadata with the sha256 over all of it, as it comes back from JSON."""
    plain = json.loads(json.dumps({key: value for key, value in meta.items() if key != SEAL}))
    return meta | {SEAL: hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()}


def _check(path: str | Path, meta: object, format: str) -> None:
    if not isinstance(meta, dict) or "format" not in meta:
        raise UserError(f"{path} was not written by videofer: remove it and run again.")
    if meta["format"] != format:
        raise UserError(f"{path} holds '{meta['format']}' where '{format}' is needed: delete it and run again.")
    if meta.get("version") != FORMATS[format]:
        raise UserError(
            f"{path} has version {meta.get('version')} of the format '{format}', this code reads version "
            f"{FORMATS[format]}: delete it and run again, or use videofer {meta.get('videofer')}."
        )
    if meta.get(SEAL) != _seal(meta)[SEAL]:
        raise UserError(f"{path} is damaged (its description does not match its seal): delete it and run again.")


def _umask() -> int:
    # Python can read the umask only by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
