"""Sources of frames, which are video files and folders of pictures, and how a tree of them is searched."""

from collections.abc import Iterator
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


def find_files(root: Path, suffixes: set[str], deepest: int = 4) -> list[Path]:
    """Return the files with one of the suffixes in `root` and its folders, links to folders followed."""
    inner = list_folders(root) if deepest else []
    return sorted([*list_files(root, suffixes), *(p for f in inner for p in find_files(f, suffixes, deepest - 1))])


def count_pictures(folder: Path | None) -> int:
    """Return the number of pictures of an image sequence."""
    return len(list_files(folder, PICTURES))


def list_folders(parent: Path | None) -> list[Path]:
    """Return the folders in `parent`, sorted, without hidden folders and those that archives of a Mac add."""
    found = (path for path in (parent.iterdir() if parent else ()) if path.is_dir())
    return sorted(path for path in found if not path.name.startswith((".", "__MACOSX")))


def find_child(parent: Path, name: str) -> Path | None:
    """Return the file or folder `name` in `parent` whatever its case, or None."""
    if (parent / name).exists():
        return parent / name
    return next((p for p in sorted(parent.iterdir()) if p.name.casefold() == name.casefold()), None)


def descend(root: Path, *names: str) -> Path | None:
    """Return the folder root/names[0]/names[1]/... whatever its case, or None."""
    for name in names:
        found = find_child(root, name)
        if found is None or not found.is_dir():
            return None
        root = found
    return root


def locate(root: Path, *names: str) -> Path | None:
    """Return the first folder of `locate_all`, or None."""
    return next(locate_all(root, *names), None)


def locate_all(root: Path, *names: str) -> Iterator[Path]:
    """Yield the folders names[0]/names[1]/... in `root`, else those one folder deeper, else those two deeper.

    `root` may itself be the innermost of them. Sets come in parts, each with its own.
    """
    parents = [root]
    for depth in range(DEEPEST + 1):
        found = [folder for parent in parents if (folder := descend(parent, *names))]
        if not found and depth == 0 and root.resolve().name.casefold() == names[-1].casefold():
            found = [root]
        if found:
            # Archives that hold a folder of their own name are often unpacked into one.
            yield from (descend(folder, names[-1]) or folder for folder in found)
            return
        parents = [folder for parent in parents for folder in list_folders(parent)][:WIDEST]
