"""Read pictures as frames: a folder of numbered pictures, a file of several pictures, or a single still."""

import contextlib
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from videofer.core.errors import RejectedClip
from videofer.datasets.sources import PICTURES, holds_film, is_film, list_files, picture_formats
from videofer.video.limits import USUAL, Limits, check_count, fit_size
from videofer.video.probe import VideoInfo, check_file

log = logging.getLogger(__name__)

RATE = 25.0  # pictures a second where nothing tells it
STILL_MS = 100  # how long players show a frame of an animation that tells no duration
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # kinds of the container
ALIKE = 0.02  # how far the aspects of two pictures may differ that are stretched to one size
# Of pictures with 16 bits a colour Pillow gives the upper 8, of which content of 14 bits or fewer stays below this.
DIM = 64

Page = tuple[Path, int]  # a file and the number of the picture in it


def is_sequence(path: str | Path) -> bool:
    """Return whether `read_pictures` reads a path: a folder, or a file of several pictures that ffmpeg cannot read.

    That is an animated WebP or AVIF or a TIFF of several pages; ffmpeg reads GIF and animated PNG.
    """
    path = Path(path)
    return path.is_dir() or is_film(path, ("WEBP", "AVIF", "TIFF"))


def is_picture(path: str | Path) -> bool:
    """Return whether a file is a single still picture; also True for a damaged file with a picture's name."""
    path = Path(path)
    if path.suffix.lower() not in PICTURES:
        return False
    try:
        if not path.is_file():
            return False
        with Image.open(path, formats=picture_formats()) as image:
            return not holds_film(image)
    except Exception:
        return path.suffix.lower() != ".gif"  # under which name some sites offer films of other formats


def read_still(path: str | Path, max_height: int | None = None) -> np.ndarray:
    """Read a single picture: (H, W) uint8 grey (0-255), upright; raises RejectedClip."""
    return _read_pages(path, [(Path(path), 0)], slice(None), 0, None, max_height, USUAL, [])[0]


def list_pictures(folder: str | Path) -> list[Path]:
    """Return the pictures of a sequence in order, "9.png" before "10.png".

    Raises RejectedClip if there is none, two have one name or number, or a link leads nowhere.
    """
    try:
        pictures = sorted(list_files(Path(folder), PICTURES), key=_split_name)
        broken = [path for path in Path(folder).iterdir() if path.is_symlink() and not path.exists()]
    except OSError as error:
        raise RejectedClip(f"{error.filename or folder} cannot be read ({error.strerror}).") from None
    for path in broken:
        if path.suffix.lower() in PICTURES and not path.name.startswith("."):
            raise RejectedClip(f"{path} is a link to a file that is not there: copy the picture itself.")
    if not pictures:
        raise RejectedClip(f"{folder} holds no picture ({', '.join(sorted(PICTURES))}): copy or convert it again.")
    for one, other in pairwise(pictures):
        if _split_name(one) == _split_name(other):
            raise RejectedClip(f"{folder} holds both {one.name} and {other.name}: keep one of each such pair.")
    return pictures


def _split_name(path: Path) -> list[str | int]:
    # Text and digits alternate, so that like is compared with like.
    name = unicodedata.normalize("NFC", path.stem).casefold()
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _list_ticks(pictures: Sequence[Path], remarks: list[str]) -> list[int]:
    """Return the steps of time from the first picture to each: where a number is missing, a frame is.

    The numbers count only if they alone tell the names apart and have one usual step of which all are multiples.
    """
    names = [_split_name(path) for path in pictures]
    changing = [part for part in zip(*names, strict=False) if len(set(part)) > 1]
    if len({len(name) for name in names}) == 1 and len(changing) == 1 and isinstance(changing[0][0], int):
        steps = [later - number for number, later in pairwise(changing[0])]
        usual, count = Counter(steps).most_common(1)[0]
        if count > len(steps) / 2 and not any(step % usual for step in steps):
            ticks = [0, *accumulate(step // usual for step in steps)]
            if missing := ticks[-1] + 1 - len(ticks):
                gap = pictures[next(n for n, step in enumerate(steps) if step > usual)]
                what = f"a gap in the numbers ({missing} are missing in all)"
                remarks.append(f"{gap} is followed by {what}: times follow the numbers.")
            return ticks
    return list(range(len(pictures)))


def _list_pages(source: str | Path, rate: float | None, remarks: list[str]) -> tuple[list[Page], np.ndarray]:
    """Return the pictures of a folder or file and their times (T,) in seconds, from the first one on."""
    path = Path(source)
    if path.is_dir():
        pictures = list_pictures(path)
        return [(picture, 0) for picture in pictures], np.array(_list_ticks(pictures, remarks)) / (rate or RATE)
    with _named(path), Image.open(path, formats=picture_formats()) as image:
        pages = [(path, number) for number in range(image.n_frames)]
        if image.format == "TIFF":
            return pages, np.arange(len(pages)) / (rate or RATE)
    durations = list(_read_each(pages, _read_duration))
    return pages, np.array([0, *accumulate(durations[:-1])]) / 1000


def _read_duration(image: Image.Image) -> float:
    image.load()  # which tells it
    return image.info.get("duration") or STILL_MS


def probe_pictures(source: str | Path, rate: float | None) -> VideoInfo:
    """Read size, rate and number of a folder's or file's pictures; raises RejectedClip if the first is damaged."""
    pages, times = _list_pages(source, rate, [])
    (width, height), *_ = _read_each(pages[:1], lambda image: ImageOps.exif_transpose(image).size)
    if not Path(source).is_dir():
        rate = (len(times) - 1) / float(times[-1])
    codec = pages[0][0].suffix[1:].lower()
    return VideoInfo(codec, rate or RATE, width, height, width, rotation=0, promised=len(pages), counted=True)


def read_pictures(
    source: str | Path,
    turn: int = 0,
    start: int | None = None,
    end: int | None = None,
    max_height: int | None = None,
    min_frames: int = 1,
    max_frames: int | None = None,
    half: str | None = None,
    rate: float | None = None,
    limits: Limits = USUAL,
    remarks: list[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Read a folder of pictures or a file of several as `read_frames` a video.

    There are `rate` frames a second (25 if it is not known); an animation has its own times. Every picture gets
    the size of the first: one of another shape is padded with black. Transparent parts are white. Grey levels of
    more than 8 bits are shifted by one number of bits: the largest value of the whole sequence tells whether it
    has 8, 10, 12 ... bits. Fractions reach to 1, to 255, or count as such levels. Raises RejectedClip, which names
    the picture that cannot be read. `remarks` gets what a user should know, in sentences.
    """
    first, remarks = start or 0, [] if remarks is None else remarks
    pages, times = _list_pages(source, rate, remarks)
    part = slice(first, None if end is None else end + 1)
    check_count(source, len(pages[part]), first, end, min_frames, max_frames)
    frames = _read_pages(source, pages, part, turn, half, max_height, limits, remarks)
    for remark in remarks:
        log.warning("%s", remark)
    log.info("%s: %d pictures of %dx%d", source, *frames.shape[:1], *frames.shape[:0:-1])
    return frames, times[part]


def _read_pages(
    source: str | Path,
    pages: Sequence[Page],
    part: slice,
    turn: int,
    half: str | None,
    max_height: int | None,
    limits: Limits,
    remarks: list[str],
) -> np.ndarray:
    """Return a part of the pages as frames (T, H, W) uint8, all in the size of the first."""
    chosen, several = pages[part], Path(source).is_dir()
    peaks = _find_peaks(chosen, several)
    if peaks and chosen != pages:  # all parts of a sequence are scaled alike
        peaks = _find_peaks(pages, several)
    if peaks.get("colour", DIM) < DIM:
        raise RejectedClip(f"{source} has colours of 16 bits, of which the upper 2 are empty: convert it to 8.")
    frames, others = None, Counter()
    for number, picture in enumerate(_read_each(chosen, lambda image: _to_grey(image, peaks))):
        picture = np.rot90(picture, -turn // 90)
        if half is not None:
            middle = picture.shape[1] // 2
            picture = picture[:, :middle] if half == "left" else picture[:, -middle:]
        if frames is None:
            shape = picture.shape
            width, height = fit_size(*shape[::-1], None, max_height)
            limits.check_frames(source, len(chosen), width, height)
            frames = np.empty((len(chosen), height, width), np.uint8)
        fit, aspect = Image.Image.resize, picture.shape[1] * shape[0] / (picture.shape[0] * shape[1])
        if abs(aspect - 1) > ALIKE:
            fit = ImageOps.pad
        others[fit] += picture.shape != shape
        frames[number] = fit(Image.fromarray(picture), (width, height), Image.Resampling.BOX)
    if changed := others.total():
        what = f"{changed} of {len(chosen)} pictures have another size than the first"
        remarks.append(f"{source}: {what}, {others[ImageOps.pad]} also another shape, which is padded with black.")
    return frames


def _find_peaks(pages: Sequence[Page], several: bool) -> dict[str, float]:
    """Return the largest value of each kind of pictures of more than 8 bits; of others the head alone is read."""

    def measure(image: Image.Image) -> tuple[str, float] | None:
        if several and holds_film(image):
            raise RejectedClip(f"{image.filename} holds several pictures: take it out of the folder of pictures.")
        if image.mode[0] in "IF":
            values = np.asarray(image)
            if not values.min() >= 0 or not np.isfinite(values.max()):  # so written, also for nan
                raise RejectedClip(
                    f"{image.filename} holds values below 0 or that are no number: convert it to 8 or 16 bits."
                )
            return image.mode[0], values.max()
        if ";16" in str(image.tile):
            return "colour", max(high for _, high in image.convert("RGB").getextrema())
        return None

    peaks: dict[str, float] = {}
    for kind, peak in filter(None, _read_each(pages, measure)):
        peaks[kind] = max(float(peak), peaks.get(kind, 0))
    return peaks


def _to_grey(image: Image.Image, peaks: Mapping[str, float]) -> np.ndarray:
    """Return a picture in grey, 0 to 255, its orientation flag obeyed."""
    picture = ImageOps.exif_transpose(image)
    if picture.mode[0] not in "IF":
        if picture.has_transparency_data:
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture.convert("RGBA"))
            picture = ground
        return np.asarray(picture.convert("L"))
    values, peak = np.asarray(picture), peaks[picture.mode[0]]
    if picture.mode == "F" and peak < 2:  # resampling lets values go a little over 1
        return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    bits = int(peak).bit_length()
    return (values // 2 ** max(0, bits + bits % 2 - 8)).astype(np.uint8)


def _read_each(pages: Sequence[Page], read: Callable[[Image.Image], Any]) -> Iterator[Any]:
    """Yield what `read` returns of each page; raises RejectedClip with the name of the file."""
    for path, numbers in groupby(pages, key=lambda page: page[0]):
        with _named(path), Image.open(path, formats=picture_formats()) as image:
            for _, number in numbers:
                image.seek(number)
                yield read(image)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what Pillow and its decoders raise for a damaged file, which can be any exception, into RejectedClip."""
    try:
        yield
    except (MemoryError, RejectedClip):
        raise
    except Exception as error:
        check_file(path)
        with path.open("rb") as file:
            start = file.read(12)
        if start[4:8] == b"ftyp" and start[8:] in HEIC and "HEIF" not in picture_formats():
            why = "is a HEIC picture, for which the package pillow-heif is needed: install it, or convert to JPEG."
        elif isinstance(error, UnidentifiedImageError):
            why = "cannot be read as a picture (its content is of no known format): copy or convert it again."
        else:
            why = f"cannot be read as a picture ({' '.join(str(error).split())}): copy or convert it again."
        raise RejectedClip(f"{path} {why}") from None
