"""What each video holds, kept between runs, so that indexing again reads no unchanged video."""

import json
from pathlib import Path

from videofer.core.artifacts import atomic_path, sha256_file
from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES, list_files
from videofer.video.limits import UnsureRejection
from videofer.video.pictures import probe_pictures
from videofer.video.prober import Prober

# Of a video: the state of its files, and its columns of the manifest or the `reason` why it cannot be used.
Entry = tuple[list[int] | None, dict]


def probe(path: str, rate: float | None, prober: Prober) -> Entry:
    """Read a video, or an image sequence of `rate` frames a second; raises OverLimit.

    The state is None where the reason must not be cached, because another machine might not repeat it.
    """
    try:
        state = file_state(path)
        if Path(path).is_dir():
            info = probe_pictures(path, rate)
            frames, fps = info.promised, info.rate
        else:
            info = prober.probe(path)
            frames, fps = prober.count(path)
        facts = {name: getattr(info, name) for name in ("codec", "width", "height", "rotation")}
        return state, facts | {"fps": fps, "frames": frames, "sha256": sha256_file(path)}
    except UnsureRejection as error:
        return None, {"reason": str(error)}
    except RejectedClip as error:
        return state, {"reason": str(error)}
    except OSError as error:
        return None, {"reason": f"{path} cannot be read ({error.strerror})."}


def file_state(path: str | Path) -> list[int]:
    """Return number, bytes and latest change (ns) of a video's files; raises OSError."""
    files = list_files(Path(path), PICTURES) if Path(path).is_dir() else [Path(path)]
    stats = [file.stat() for file in files]
    return [len(stats), sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)]


def is_current(path: str, entry: Entry | None) -> bool:
    """Tell whether an entry was made of a video's files as they are now."""
    try:
        return entry is not None and entry[0] == file_state(path)
    except OSError:
        return False


def load_cache(path: str | Path, code: str) -> dict[str, Entry]:
    """Return what runs with the same code hash kept; a cache that is missing or damaged costs time only."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return content["videos"] if content["code"] == code else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save_cache(path: str | Path, code: str, entries: dict[str, Entry]) -> None:
    """Write what may be cached, in one step."""
    content = {"code": code, "videos": {key: entry for key, entry in entries.items() if entry[0] is not None}}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content), encoding="utf-8")
