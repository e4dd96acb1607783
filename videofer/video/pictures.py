"""Image sequences: a folder of pictures is a video whose frames are numbered by the order of their names."""

import logging
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES, list_files
from videofer.video.limits import USUAL, Limits, check_count, fit_size
from videofer.video.probe import VideoInfo

log = logging.getLogger(__name__)

# What Pillow may open, whatever the name says: not the formats for which it starts other programs.
FORMATS = ("BMP", "JPEG", "PNG", "TIFF")
RATE = 25.0  # frames a second where nothing tells it
# Turns of a frame, degrees clockwise; Pillow counts the other way round.
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def list_pictures(folder: str | Path) -> list[Path]:
    """Return the pictures of a sequence in order, "9.png" before "10.png"; raises RejectedClip."""
    pictures = list_files(Path(folder), PICTURES)
    if not pictures:
        raise RejectedClip(f"{folder} holds no picture: copy the folder again.")

    def numbered(path: Path) -> list[str | int]:
        # Text and digits alternate, so that like is compared with like.
        return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name.casefold())]

    return sorted(pictures, key=numbered)


def probe_pictures(folder: str | Path, rate: float | None) -> VideoInfo:
    """Read size and number of the pictures of a sequence; raises RejectedClip if the first cannot be read."""
    pictures = list_pictures(folder)
    width, height = _open(pictures[0]).size
    codec = pictures[0].suffix[1:].lower()
    return VideoInfo(codec, rate or RATE, width, height, width, rotation=0, promised=len(pictures), counted=True)


def read_pictures(
    folder: str | Path,
    turn: int = 0,
    start: int | None = None,
    end: int | None = None,
    max_height: int | None = None,
    min_frames: int = 1,
    max_frames: int | None = None,
    half: str | None = None,
    rate: float | None = None,
    limits: Limits = USUAL,
) -> tuple[np.ndarray, np.ndarray]:
    """Read an image sequence as `decode.read_frames` a video, at `rate` frames a second (25 if it is not known).

    Every picture gets the size of the first. Raises RejectedClip.
    """
    first = start or 0
    chosen = list_pictures(folder)[first : None if end is None else end + 1]
    check_count(folder, len(chosen), first, end, min_frames, max_frames)
    frames = None
    for number, path in enumerate(chosen):
        picture = _open(path)
        if turn:
            picture = picture.transpose(TURNS[turn])
        if half is not None:
            part = picture.width // 2
            left = 0 if half == "left" else picture.width - part
            picture = picture.crop((left, 0, left + part, picture.height))
        if frames is None:
            width, height = fit_size(*picture.size, None, max_height)
            limits.check_frames(folder, len(chosen), width, height)
            frames = np.empty((len(chosen), height, width), np.uint8)
        frames[number] = picture.resize((width, height), Image.Resampling.BOX)
    times = (first + np.arange(len(chosen))) / (rate or RATE)
    log.info("%s: %d pictures of %dx%d", folder, len(frames), width, height)
    return frames, times


def _open(path: Path) -> Image.Image:
    """Return a picture in grey, 0 to 255, its orientation flag obeyed."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            picture = ImageOps.exif_transpose(image)
            if picture.mode.startswith("I"):  # 16 bits, which Pillow would clip
                return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8))
            return picture.convert("L")
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise RejectedClip(f"{path} cannot be read as a picture ({error}): copy it again.") from None
