"""Sources of frames, which are video files and folders of pictures, and how a tree of them is searched."""

from collections.abc import Callable
from pathlib import Path

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
VIDEOS = {
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
}
DEEPEST = 2  # folders below the user's in which a set is searched for
WIDEST = 500  # folders of one depth that are searched


def list_files(parent: Path | None, suffixes: set[str]) -> list[Path]:
    """Return the files in `parent` with one of the suffixes in any case, sorted, without hidden files."""
    return sorted(
        path
        for path in (parent.iterdir() if parent else ())
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    )


def list_folders(parent: Path | None) -> list[Path]:
    """Return the folders in `parent`, sorted, without hidden folders and those that archives of a Mac add."""
    found = (path for path in (parent.iterdir() if parent else ()) if path.is_dir())
    return sorted(path for path in found if not path.name.startswith((".", "__MACOSX")))


def find_files(root: Path, suffixes: set[str], deepest: int = 4) -> list[Path]:
    """Return the files with one of the suffixes in `root` and its folders, links to folders followed."""
    inner = list_folders(root) if deepest else []
    return sorted([*list_files(root, suffixes), *(p for f in inner for p in find_files(f, suffixes, deepest - 1))])


def descend(root: Path, *names: str) -> Path | None:
    """Return the folder root/names[0]/names[1]/... whatever its case, or None."""
    for name in names:
        inner = [root / name, *(p for p in sorted(root.iterdir()) if p.name.casefold() == name.casefold())]
        found = next((path for path in inner if path.exists()), None)
        if found is None or not found.is_dir():
            return None
        root = found
    return root


def search(root: Path, find: Callable[[Path], list[Path]], deepest: int = DEEPEST) -> list[Path]:
    """Return what `find` gives for `root`, else for its folders, else for theirs, `deepest` folders deep."""
    parents = [root]
    for _ in range(deepest + 1):
        if found := [path for parent in parents for path in find(parent)]:
            return found
        parents = [folder for parent in parents for folder in list_folders(parent)][:WIDEST]
    return []


def locate_all(root: Path, path: str) -> list[Path]:
    """Return the folders `path` ("outer/inner") in `root`, else those one folder deeper, else those two deeper.

    `root` may itself be the innermost of them. Sets come in parts, each with its own.
    """
    names = path.split("/")

    def find(parent: Path) -> list[Path]:
        folder = descend(parent, *names)
        if folder is None and parent == root and root.resolve().name.casefold() == names[-1].casefold():
            folder = root
        # Archives that hold a folder of their own name are often unpacked into one.
        return [descend(folder, names[-1]) or folder] if folder else []

    return search(root, find)


def locate(root: Path, *paths: str) -> Path | None:
    """Return the first folder of `locate_all` for the first of several possible paths that is there, or None."""
    return next((folder for path in paths for folder in locate_all(root, path)), None)
