"""A picture of the demo data set, made from its finished videos.

    python -m tools.contact_sheet docs/contact-sheet.jpg results/rendered/videos/S00[1-5]-*.avi

Above, one row a subject and one column a class, each the middle frame of a video (the apex); below, one strip a
class: a video from neutral through the apex and back. Only the middle of each frame is shown.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.rendered import parse_name

SHOWN = (0.16, 0.02, 0.84, 0.92)  # part of a frame: left, top, right, bottom
TILE = (190, 200)
STRIP_FRAMES = 6
STRIP_COLUMNS = 2
HEADING = 30
GAP = 3
PAPER, INK = (255, 255, 255), (40, 40, 40)
JPEG_QUALITY = 82


def read_frames(path: Path) -> list[np.ndarray]:
    """Return the frames (height, width, 3) of a video."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def sort_videos(videos: Sequence[str | Path]) -> list[dict[str, Path]]:
    """Sort videos named like S001-angry.avi into one label -> path a subject; a second performance is left out."""
    table: dict[int, dict[str, Path]] = {}
    for video in map(Path, videos):
        subject, label, index = parse_name(video.stem)
        if label and index == 1:
            table.setdefault(subject, {})[label] = video
    return [table[subject] for subject in sorted(table)]


def draw_contact_sheet(videos: Sequence[str | Path], out_path: str | Path, strips: bool = True) -> None:
    """Draw the contact sheet of `videos` (see the module's documentation) as JPEG or PNG, by suffix."""
    subjects = sort_videos(videos)
    if not subjects:
        raise UserError("A contact sheet needs at least one video.")
    sheet = draw_apexes(subjects)
    if strips:
        strip = draw_strips(subjects, sheet.width)
        joined = Image.new("RGB", (sheet.width, sheet.height + 4 * GAP + strip.height), PAPER)
        joined.paste(sheet, (0, 0))
        joined.paste(strip, (0, sheet.height + 4 * GAP))
        sheet = joined
    with atomic_path(out_path) as temporary:
        sheet.save(temporary, quality=JPEG_QUALITY, optimize=True)


def make_tile(frame: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Cut the part SHOWN out of a frame (height, width, 3) and scale it."""
    height, width, _ = frame.shape
    left, top, right, bottom = SHOWN
    box = (left * width, top * height, right * width, bottom * height)
    return Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS, box=box)


def draw_apexes(subjects: list[dict[str, Path]]) -> Image.Image:
    """Draw the middle frames: rows subjects, columns classes, with headings."""
    width, height = TILE
    size = (len(CLASSES) * (width + GAP) - GAP, HEADING + len(subjects) * (height + GAP) - GAP)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for column, label in enumerate(CLASSES):
        x = column * (width + GAP)
        pen.text((x + width / 2, HEADING / 2), label, fill=INK, font=ImageFont.load_default(18), anchor="mm")
        for row, paths in enumerate(subjects):
            if label in paths:
                frames = read_frames(paths[label])
                sheet.paste(make_tile(frames[len(frames) // 2], TILE), (x, HEADING + row * (height + GAP)))
    return sheet


def draw_strips(subjects: list[dict[str, Path]], width: int) -> Image.Image:
    """Draw frames at even times of one video a class, under its name, each class of the next subject."""
    tile_width = (width + GAP) // (STRIP_COLUMNS * STRIP_FRAMES) - GAP
    tile = (tile_width, round(tile_width * TILE[1] / TILE[0]))
    step = HEADING + tile[1] + GAP
    strip = Image.new("RGB", (width, -(-len(CLASSES) // STRIP_COLUMNS) * step), PAPER)
    pen = ImageDraw.Draw(strip)
    for number, label in enumerate(CLASSES):
        videos = [row[label] for row in subjects[number % len(subjects) :] + subjects if label in row]
        if not videos:
            continue
        left = number % STRIP_COLUMNS * (width + GAP) // STRIP_COLUMNS
        top = number // STRIP_COLUMNS * step
        pen.text((left, top + HEADING / 2), label, fill=INK, font=ImageFont.load_default(16), anchor="lm")
        frames = read_frames(videos[0])
        for column, index in enumerate(np.linspace(0, len(frames) - 1, STRIP_FRAMES).round().astype(int)):
            strip.paste(make_tile(frames[index], tile), (left + column * (tile_width + GAP), top + HEADING))
    return strip


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw a contact sheet of rendered videos.")
    parser.add_argument("out", type=Path, help="picture to write, .jpg or .png")
    parser.add_argument("videos", nargs="+", type=Path, help="videos named like S001-angry.avi")
    parser.add_argument("--no-strips", action="store_true", help="leave out the strips over time")
    arguments = parser.parse_args()
    draw_contact_sheet(arguments.videos, arguments.out, strips=not arguments.no_strips)


if __name__ == "__main__":
    main()
