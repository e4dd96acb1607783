"""What counts as a source of frames: video files, and folders of pictures."""

from pathlib import Path

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
VIDEOS = {
    *(".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
}


def list_files(parent: Path, suffixes: set[str]) -> list[Path]:
    """Return the files in `parent` with one of the suffixes in any case, sorted, without hidden ones."""
    return sorted(
        p for p in parent.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith(".") and p.is_file()
    )


def count_pictures(folder: Path) -> int:
    """Return the number of pictures of an image sequence."""
    return len(list_files(folder, PICTURES))
