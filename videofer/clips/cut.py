"""From films to face clips, a batch in one process: the steps cut_clips and cut_again."""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from videofer.clips.peak import select_peak
from videofer.core.artifacts import atomic_path, sha256_file
from videofer.faces.detect import detect_faces
from videofer.video.decode import decode_video
from videofer.video.limits import OverLimit

PART = ("start", "end", "rotation", "half", "rate")  # what a data set states of a clip, for each step
STATED = ("face_x", "rotation")
ANNOTATED = ("onset", "apex", "offset")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Of the three steps: the sections video, faces and clips of the configuration, the readings track and peak."""

    video: Mapping
    faces: Mapping
    track: str
    clips: Mapping
    peak: str


def cut_clips(
    films: Sequence[Mapping],
    settings: Settings,
    *,
    out: str | Path,
    sums: str | Path,
    out_faces: str | Path | None = None,
    faces: str | Path | None = None,
    code: str,
) -> None:
    """Write the 'clip' artifact of each film, by the name of its clip, to the folder `out`.

    films: fields of `Clip`, of which video is the file; sums: file for the checksums of all that is written, as of
    `sha256sum`. out_faces: folder for the 'faces' artifacts; or faces: that
    of another study, whose faces are the same. Frames are kept as long as their clip is cut. Raises OverLimit,
    once all others are cut, if films took too long or too much memory: another try may cut them.
    """
    Path(out).mkdir(parents=True, exist_ok=True)
    if out_faces is not None:
        Path(out_faces).mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(dir=out, prefix=".frames-") as folder:
        frames = Path(folder, "frames.safetensors")
        for film in films:
            name = f"{film['clip']}.safetensors"
            log.info("%s: %s", film["clip"], film["video"])
            found = Path(faces or out_faces, name)
            try:
                part = {key: film[key] for key in PART}
                decode_video(film["video"], frames, **part, **settings.video, code=code)
                if faces is None:
                    stated = {key: film[key] for key in STATED}
                    detect_faces(frames, found, **settings.faces, track=settings.track, **stated, code=code)
                annotated = {key: film[key] for key in ANNOTATED}
                options = settings.clips | {"method": settings.peak} | annotated
                select_peak(frames, found, Path(out, name), **options, code=code)
            except OverLimit as error:
                log.error("%s", error)
                failed.append(str(error))
    folders = [Path(folder) for folder in (out_faces, out) if folder]
    with atomic_path(sums) as temporary:
        lines = [
            f"{sha256_file(path)}  {folder.parent.name}/{folder.name}/{path.name}\n"
            for folder in folders
            for path in sorted(folder.glob("*.safetensors"))
        ]
        temporary.write_text("".join(lines), encoding="utf-8")
    if failed:
        raise OverLimit(failed[0] + f" So did {len(failed) - 1} more." * (len(failed) > 1))
