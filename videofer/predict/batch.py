"""Many videos in a row: which they are, where their tables go, and which are done already."""

import glob
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.datasets.sources import VIDEOS
from videofer.predict.stream import STANDARD_INPUT

LEDGER = "predicted.json"


@dataclass(frozen=True)
class Source:
    """A video, and the name below the output folder that its tables and films start with."""

    path: str
    name: str


def list_videos(paths: Sequence[str]) -> list[Source]:
    """Return the videos that files, folders (with all below them) and patterns such as clips/*.mp4 stand for.

    A video of a folder keeps its place in it. Raises UserError where there is none, or two would have one name.
    """
    sources: dict[str, Source] = {}
    for given in paths:
        for source in _expand(given):
            other = sources.setdefault(source.name, source)
            if other.path != source.path:
                raise UserError(
                    f"{other.path} and {source.path} would share the output {source.name}: predict them one by one."
                )
    return list(sources.values())


def _expand(given: str) -> list[Source]:
    path = Path(given)
    if given == STANDARD_INPUT:
        return [Source(given, "stdin")]
    if path.is_file():
        return [Source(given, path.name)]
    if path.is_dir():
        below = sorted(p for p in path.rglob("*") if p.suffix.lower() in VIDEOS and p.is_file())
        found = [Source(str(p), p.relative_to(path).as_posix()) for p in below if not p.name.startswith(".")]
        if not found:
            raise UserError(f"{given} holds no video: {', '.join(sorted(VIDEOS))} are looked for.")
        return found
    found = glob.glob(given, recursive=True)  # noqa: PTH207, Path.glob takes no pattern of an absolute path
    matches = [match for match in sorted(found) if Path(match).is_file()]
    if not matches:
        raise UserError(f"{given} does not exist, and as a pattern it matches nothing: check the path.")
    return [Source(match, Path(match).name) for match in matches]


class Ledger:
    """What is done in an output folder: each video's size and time of change, and by what it was predicted."""

    def __init__(self, folder: Path, bundle: str, settings: Mapping):
        self._path = folder / LEDGER
        self._settings = hashlib.sha256(json.dumps([bundle, settings], sort_keys=True).encode()).hexdigest()[:16]
        try:
            self._done: dict[str, dict] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._done = {}
        except json.JSONDecodeError:
            raise UserError(f"{self._path} is damaged: delete it, and all videos are predicted again.") from None

    def is_done(self, source: Source, files: Sequence[Path]) -> bool:
        """Tell whether all files of a video are there, made of the same file by the same bundle and settings."""
        return self._done.get(source.name) == self._stamp(source) and all(file.exists() for file in files)

    def note(self, source: Source) -> None:
        """Note a video as done, in one step."""
        self._done[source.name] = self._stamp(source)
        with atomic_path(self._path) as temporary:
            temporary.write_text(json.dumps(self._done, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def _stamp(self, source: Source) -> dict | None:
        if source.path == STANDARD_INPUT:
            return None  # never done: what comes through a pipe is always new
        status = Path(source.path).stat()
        return asdict(source) | {"bytes": status.st_size, "changed": status.st_mtime_ns, "settings": self._settings}


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write comma-separated values; what is missing is empty."""
    table.to_csv(path, index=False, lineterminator="\n")


def write_json_lines(table: pd.DataFrame, path: Path) -> None:
    """Write one JSON object a line; what is missing is null."""
    table.to_json(path, orient="records", lines=True, force_ascii=False)


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write Apache Parquet; raises UserError if the package pyarrow is missing."""
    try:
        table.to_parquet(path, index=False)
    except ImportError:
        raise UserError("Parquet needs the package pyarrow: pip install pyarrow, or take --format csv.") from None


FORMATS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": write_csv,
    "jsonl": write_json_lines,
    "parquet": write_parquet,
}


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table in the format of the path's suffix, in one step."""
    with atomic_path(path) as temporary:
        FORMATS[path.suffix.removeprefix(".")](table, temporary)
