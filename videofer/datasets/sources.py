"""Sources of frames, which are video files and folders of pictures, and how a tree of them is searched."""

import codecs
import functools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from videofer.core.clip import join_blanks

if TYPE_CHECKING:  # who lists clips need not wait for Pillow
    from PIL import Image

PICTURES = {
    *(".apng", ".avif", ".bmp", ".gif", ".heic", ".heif", ".j2k", ".jfif", ".jp2"),
    *(".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
}
VIDEOS = {
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
}
# What Pillow may open, whatever the name says: not the formats for which it starts other programs.
PICTURE_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
FILM_FORMATS = ("AVIF", "GIF", "PNG", "TIFF", "WEBP")  # those of them that can hold several frames
DEEPEST = 2  # folders below the user's in which a set is searched for
WIDEST = 500  # folders of one depth that are searched
# What browsers, download managers and cloud drives call a file until it is whole.
UNFINISHED = r"(?i).*\.(part|partial|crdownload|download|aria2|filepart|!ut|icloud|nextcloud|owncloud)"
# What lies in a film's place -> how it begins.
XML = rb"(<\?xml[^>]*>\s*)?"
POSERS = {
    "is only a pointer of Git LFS: run git lfs pull in its folder": rb"version https://git-lfs",
    "is only a pointer of git-annex: run git annex get in its folder": rb"[./]*(git)?/annex/objects",
    "has no content yet (a cloud drive, or an unfinished download): fetch it again": rb"bplist|\0+$",
    "is a playlist, which only names other files: give the video itself": rb"#EXTM3U|ffconcat|v=0|\[playlist\]|"
    + XML
    + rb"<(mpd|asx|smil|playlist|smoothstr)",
    "is a web page, no film or picture: download it again": XML + rb"<(!doctype|html|head|body|script)",
    "is the answer of a server, no film or picture: download it again": rb"<\?xml|<[a-z]+>|[{\[]\s*[\"{]",
}
TEXT_HEADS = (b"YUV4MPEG", b"ARMovie", b"--")  # films that begin with text


def list_files(parent: Path | None, suffixes: set[str]) -> list[Path]:
    """Return the files in `parent` with one of the suffixes in any case, sorted, without hidden files.

    A link to a file that is not there counts, so that it is named in the end.
    """
    return sorted(
        path
        for path in (parent.iterdir() if parent else ())
        # Blanks and dots at the end come from other systems, which drop them.
        if Path(path.name.rstrip(". ")).suffix.lower() in suffixes
        and not path.name.startswith(".")
        and (path.is_file() or is_broken_link(path))
    )


def is_broken_link(path: Path) -> bool:
    """Return whether a path is a link to what is not there, as of files that git-annex did not fetch."""
    return os.path.lexists(path) and not os.access(path, os.F_OK)  # which raise nothing


@functools.cache
def picture_formats() -> tuple[str, ...]:
    """Return the formats of pictures that Pillow may open here: HEIF, too, with the package pillow-heif."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return PICTURE_FORMATS
    register_heif_opener()
    return (*PICTURE_FORMATS, "HEIF")


def holds_film(image: "Image.Image") -> bool:
    """Return whether an open picture holds several frames, of which a TIFF's thumbnail is none."""
    if image.format not in FILM_FORMATS or not image.is_animated:
        return False
    size = image.size
    image.seek(1)
    alike = image.size == size
    image.seek(0)
    return alike


def is_film(path: Path, formats: tuple[str, ...] = FILM_FORMATS) -> bool:
    """Return whether a file is an animated picture, or a TIFF of several pages, of one of the formats."""
    from PIL import Image

    try:
        if path.is_file():
            with Image.open(path, formats=formats) as image:
                return holds_film(image)
    except Exception:  # of a damaged file Pillow raises what it likes
        pass
    return False


def list_films(folder: Path) -> list[Path]:
    """Return the films in a folder: videos and, unless it holds a sequence of stills, animated pictures."""
    films, pictures = list_files(folder, VIDEOS), list_files(folder, PICTURES)
    if pictures and (films or is_film(pictures[0])):
        films += filter(is_film, pictures)
    return sorted(films)


def list_folders(parent: Path | None) -> list[Path]:
    """Return the folders in `parent`, sorted, without hidden folders and those that archives of a Mac add."""
    found = (path for path in (parent.iterdir() if parent else ()) if path.is_dir())
    return sorted(path for path in found if not path.name.startswith((".", "__MACOSX")))


def explain_content(path: Path) -> str | None:
    """Return why a file that exists holds no film, by its first 4096 bytes, as a sentence, or None if it may.

    Raises OSError if it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return f"{path} is empty (0 bytes): copy the file again."
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for what, pattern in POSERS.items():
        if re.match(pattern, start, re.IGNORECASE):
            return f"{path} {what}."
    if re.fullmatch(UNFINISHED, path.name):
        return f"{path} is an unfinished download: fetch it to its end and give it its own name."
    if start.startswith(TEXT_HEADS) or re.search(rb"[\0-\x08\x0e-\x1f\x7f]", head):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # which may end within a character
    except UnicodeDecodeError:
        return None
    return f"{path} is a text file, which cannot be read as a video or picture: give the film itself."


def name_recording(video: str) -> str:
    """Return the path of a video without the suffix of its format."""
    path = Path(video)
    return str(path.with_suffix("")) if path.suffix.lower() in VIDEOS else video


def find_path(path: Path, listings: dict[Path, list[Path]]) -> Path:
    """Return a path as the disk has it: in another Unicode form or case, or with other blanks; else as it is.

    listings: folders that were looked into, kept from call to call.
    """
    if os.path.lexists(path) or path == path.parent:
        return path
    parent = find_path(path.parent, listings)
    if parent not in listings:
        listings[parent] = list(parent.iterdir()) if parent.is_dir() else []
    wanted = join_blanks(path.name).casefold()
    found = [inner for inner in listings[parent] if join_blanks(inner.name).casefold() == wanted]
    return found[0] if len(found) == 1 else parent / path.name


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
