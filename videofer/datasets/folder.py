"""Videos sorted into folders: <root>/<subject>/<label>/<video>, or image sequences there."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import UserError
from videofer.datasets.adapter import folders
from videofer.datasets.naming import explain_label, explain_left_out, label_map, name_clips
from videofer.datasets.sources import VIDEOS, count_pictures, list_files


def scan(section: Mapping, root: Path) -> Scan:
    """List the videos and image sequences under the folder `section["path"]`.

    A folder whose name is no label is rejected; one that the config maps to nothing is left out. Raises UserError
    if the folder does not exist or holds no video in <subject>/<label>/.
    """
    folder = root / section["path"]
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: correct dataset.path in the config.")
    places = [place for subject in folders(folder) for place in folders(subject)]
    videos = [source for place in places for source in _list_sources(place)]
    if not videos:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    words = label_map(section.get("labels"))
    if all(place.parent.name.casefold() in words and place.name.casefold() not in words for place in places):
        raise UserError(f"{folder} is sorted as <label>/<subject>/<video>: sort it as <subject>/<label>/<video>.")
    names = name_clips([(path.stem, path.relative_to(folder).as_posix(), "") for path in videos])
    clips, rejected, left_out = [], [], Counter()
    for path, name in zip(videos, names, strict=True):
        subject, label = path.relative_to(folder).parts[:2]
        if label.casefold() not in words:
            rejected.append(Rejection(name, str(path), "index", explain_label(label)))
        elif words[label.casefold()] is None:
            left_out[explain_left_out(label)] += 1
        else:
            clips.append(Clip(name, str(path), subject, words[label.casefold()]))
    return Scan(clips, rejected, left_out)


def _list_sources(place: Path) -> list[Path]:
    """Return the videos and image sequences in a folder, which may itself be a sequence."""
    if count_pictures(place):
        return [place]
    return sorted(list_files(place, VIDEOS) + [inner for inner in folders(place) if count_pictures(inner)])
