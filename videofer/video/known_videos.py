"""What was seen of each video, kept between runs, so that indexing again reads no unchanged video."""

import contextlib
import dataclasses
import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

from videofer.core.artifacts import atomic_path, sha256_file
from videofer.core.clip import Clip
from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES, list_files
from videofer.video.limits import USUAL, Budget, OverBudget
from videofer.video.pictures import probe_pictures
from videofer.video.prober import Prober


@dataclasses.dataclass(frozen=True)
class Probed:
    """What the file of a clip holds, or why it cannot be used."""

    codec: str | None = None
    fps: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    rotation: int = 0
    sha256: str | None = None
    reason: str | None = None
    lasting: bool = True  # False: a reason that may be gone the next time


class KnownVideos:
    """A record of the videos that were looked at; of no use to another version of the code, which starts anew."""

    def __init__(self, path: str | Path, code: str, budget: Budget = USUAL):
        self.path, self.code, self.read = Path(path), code, 0
        self._old, self._seen, self._lock = self._load(), {}, threading.Lock()
        self._budget, self._idle = budget, queue.SimpleQueue()

    def __enter__(self) -> "KnownVideos":
        return self

    def __exit__(self, *error: object) -> None:
        while not self._idle.empty():
            self._idle.get().close()
        self.save()

    def look_at(self, clip: Clip) -> Probed:
        """Return what is known of a clip's video, reading it if it is new or has changed; fit for threads."""
        try:
            key, state = json.dumps([clip.video, clip.rate]), _state(Path(clip.video))
        except OSError as error:
            return Probed(reason=f"{clip.video} cannot be read ({error.strerror}).")
        with self._lock:
            held = self._seen.get(key) or self._old.get(key)
        if held is None or held["state"] != state:
            with self._prober() as prober:
                probed = probe(clip, prober)
            with self._lock:
                self.read += 1
            if not probed.lasting:
                return probed
            held = {"state": state, "probed": dataclasses.asdict(probed)}
        with self._lock:
            self._seen[key] = held
        return Probed(**held["probed"])

    @contextlib.contextmanager
    def _prober(self) -> Iterator[Prober]:
        """Lend a process that looks at videos; there are as many as threads that ask at once."""
        try:
            prober = self._idle.get_nowait()
        except queue.Empty:
            prober = Prober(self._budget)
        try:
            yield prober
        finally:
            self._idle.put(prober)

    def save(self) -> None:
        """Write what was seen so far, in one step."""
        with self._lock:
            content = {"code": self.code, "videos": self._old | self._seen}
        with atomic_path(self.path) as temporary:
            temporary.write_text(json.dumps(content), encoding="utf-8")

    def _load(self) -> dict:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return content["videos"] if content["code"] == self.code else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}  # a record that is missing or damaged costs time only


def probe(clip: Clip, prober: Prober) -> Probed:
    """Read a clip's video or image sequence; a fault of the file is kept as its sentence."""
    try:
        if Path(clip.video).is_dir():
            info = probe_pictures(clip.video, clip.rate)
            frames, fps = info.promised, info.rate
        else:
            info = prober.look(clip.video)
            frames, fps = prober.count(clip.video)
        digest = sha256_file(clip.video)
    except RejectedClip as error:
        return Probed(reason=str(error), lasting=not isinstance(error, OverBudget))
    except OSError as error:
        return Probed(reason=f"{clip.video} cannot be read ({error.strerror}).")
    return Probed(info.codec, fps, frames, info.width, info.height, info.rotation, digest)


def _state(path: Path) -> list[int]:
    """Return number, bytes and latest change of a video's files, by which a changed one is told."""
    stats = [inner.stat() for inner in (list_files(path, PICTURES) if path.is_dir() else [path])]
    return [len(stats), sum(one.st_size for one in stats), max((one.st_mtime_ns for one in stats), default=0)]
