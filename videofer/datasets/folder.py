"""Videos sorted into folders: <root>/<subject>/<label>/<video>, or image sequences there."""

from collections.abc import Mapping
from pathlib import Path

from videofer.core.clip import Clip, Rejection, Scan
from videofer.core.errors import UserError
from videofer.datasets.adapter import Found
from videofer.datasets.naming import explain_label, label_map, name_clips, own_path
from videofer.datasets.sources import VIDEOS, count_pictures, list_files, list_folders


def scan(config: Mapping, root: Path) -> Scan:
    """List the videos and image sequences under the folder dataset.path.

    A folder whose name is no label is rejected; one that the config maps to nothing is left out. Raises UserError
    if the folder does not exist or holds no video in <subject>/<label>/.
    """
    folder = own_path(config, root)
    words = label_map(config["dataset"].get("labels"))
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: correct dataset.path in the config.")
    labels = [label for subject in list_folders(folder) for label in list_folders(subject)]
    videos = [source for label in labels for source in _list_sources(label)]
    if not videos:
        raise UserError(f"{folder} holds no video: sort them as <subject>/<label>/<video>.")
    if all(label.parent.name.casefold() in words and label.name.casefold() not in words for label in labels):
        raise UserError(f"{folder} is sorted as <label>/<subject>/<video>: sort it as <subject>/<label>/<video>.")
    names = name_clips([(path.stem, path.relative_to(folder).as_posix(), "") for path in videos])
    found = Found()
    for path, name in zip(videos, names, strict=True):
        subject, label = path.relative_to(folder).parts[:2]
        if label.casefold() in words:
            found.add(Clip(name, str(path), subject, label), words)
        else:
            found.rejected.append(Rejection(name, str(path), "index", explain_label(label)))
    return Scan(found.clips, found.rejected, found.left_out)


def _list_sources(folder: Path) -> list[Path]:
    """Return the videos and image sequences in a folder, which may itself be a sequence."""
    if count_pictures(folder):
        return [folder]
    return sorted(list_files(folder, VIDEOS) + [inner for inner in list_folders(folder) if count_pictures(inner)])
