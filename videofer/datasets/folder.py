"""Videos sorted into folders: <root>/<subject>/<label>/<video>."""

from collections.abc import Mapping
from pathlib import Path

from videofer.datasets import Clip, Rejection, Scan, explain_label, label_map, name_clips
from videofer.errors import UserError

SUFFIXES = {
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
}


def scan(section: Mapping, root: Path) -> Scan:
    """List the videos under the folder `section["path"]`; a folder whose name is no label is rejected.

    Raises UserError if the folder does not exist or holds no video in <subject>/<label>/.
    """
    folder = root / section["path"]
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: correct dataset.path in the config.")
    videos = sorted(path for path in folder.glob("*/*/*") if path.suffix.lower() in SUFFIXES)
    if not videos:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    words = label_map(section.get("labels"))
    names = name_clips([(path.relative_to(folder).as_posix(), "") for path in videos])
    clips, rejected = [], []
    for path, name in zip(videos, names, strict=True):
        subject, label = path.parts[-3], path.parts[-2]
        if label.casefold() in words:
            clips.append(Clip(name, str(path), subject, words[label.casefold()]))
        else:
            rejected.append(Rejection(name, str(path), "index", explain_label(label)))
    return Scan(clips, rejected)
