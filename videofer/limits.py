"""How large and how long decoded clips may be."""

from pathlib import Path

from videofer.errors import RejectedClip


def fit_size(width: int, height: int, half: str | None, max_height: int | None) -> tuple[int, int]:
    """Return (width, height) of the wanted `half` of a picture, scaled down to `max_height`, aspect kept."""
    if half is not None:
        width //= 2
    if max_height is None or height <= max_height:
        return width, height
    scale = max_height / height
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(max_height / 2))


def check_count(
    path: str | Path, got: int, first: int, end: int | None, min_frames: int, max_frames: int | None
) -> None:
    """Raise RejectedClip if `got` frames from `first` on are too few, too many, or end before `end`."""
    if max_frames is not None and got > max_frames:
        raise RejectedClip(
            f"{path} has more than {max_frames} frames (video: max_frames): give its clips start and end."
        )
    if end is not None and got < end - first + 1:
        raise RejectedClip(f"{path} has {first + got} frames, but frames {first} to {end} were asked for.")
    if got < min_frames:
        raise RejectedClip(f"{path} has {got} frames, fewer than {min_frames} (video: min_frames).")
