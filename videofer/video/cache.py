"""What each video holds, kept between runs, so that indexing again reads no unchanged video."""

import json
from pathlib import Path

from videofer.core.artifacts import atomic_path, sha256_file
from videofer.core.clip import Clip
from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES, list_files
from videofer.video.pictures import probe_pictures
from videofer.video.prober import Prober


class VideoCache:
    """The manifest's columns of videos, in a file of no use to another version of the code, which starts anew."""

    def __init__(self, path: str | Path, code: str):
        self.path, self.code = Path(path), code
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            self._videos = content["videos"] if content["code"] == code else {}
        except (OSError, ValueError, KeyError, TypeError):
            self._videos = {}  # a cache that is missing or damaged costs time only

    def describe(self, clip: Clip, prober: Prober) -> dict:
        """Return codec, fps, frames, width, height, rotation and sha256 of a clip's video; safe in threads.

        It is read if it is new or has changed. Raises RejectedClip and OverLimit, of which nothing is kept: another
        run may find otherwise.
        """
        key = json.dumps([clip.video, clip.rate])
        try:
            state = _file_state(Path(clip.video))
            if key not in self._videos or self._videos[key][0] != state:
                self._videos[key] = [state, _read(clip, prober)]
            return self._videos[key][1]
        except OSError as error:
            raise RejectedClip(f"{clip.video} cannot be read ({error.strerror}).") from None

    def save(self) -> None:
        """Write the cache, in one step."""
        content = json.dumps({"code": self.code, "videos": dict(self._videos)})
        with atomic_path(self.path) as temporary:
            temporary.write_text(content, encoding="utf-8")


def _read(clip: Clip, prober: Prober) -> dict:
    if Path(clip.video).is_dir():
        info = probe_pictures(clip.video, clip.rate)
        frames, fps = info.promised, info.rate
    else:
        info = prober.probe(clip.video)
        frames, fps = prober.count(clip.video)
    facts = {name: getattr(info, name) for name in ("codec", "width", "height", "rotation")}
    return facts | {"fps": fps, "frames": frames, "sha256": sha256_file(clip.video)}


def _file_state(path: Path) -> list[int]:
    """Return number, bytes and latest change (ns) of a video's files, by which a changed one is recognised."""
    stats = [file.stat() for file in (list_files(path, PICTURES) if path.is_dir() else [path])]
    return [len(stats), sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)]
