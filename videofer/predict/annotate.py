"""Draw into a video what was recognised: a box and number for each face, its expression, a bar for each class."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image, ImageDraw, ImageFont

from videofer.core.artifacts import atomic_path
from videofer.predict.prediction import BOX, NO_FACE, OK, Prediction
from videofer.video.probe import open_video

log = logging.getLogger(__name__)

# Okabe and Ito's colours, far apart for colour-blind readers; faces take them in turn.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#D55E00")
GREY, INK = "#B0B0B0", "#101010"
QUALITY = "20"  # x264's crf: visually close to the source
SOUND = {"aac", "mp3", "mp3float", "ac3", "opus"}  # what an .mp4 can hold as it is


def annotate_video(prediction: Prediction, out: str | Path) -> None:
    """Write the video with boxes and bars as H.264 in .mp4, every frame at its own time, with its sound."""
    rows = group_rows(prediction)
    source, stream = open_video(prediction.video)
    with source, atomic_path(out) as temporary, av.open(f"file:{temporary}", "w", format="mp4") as target:
        film = target.add_stream("libx264", rate=round(stream.average_rate or 25), options={"crf": QUALITY})
        # x264 halves the colour's resolution: both sides must be even.
        film.width, film.height = (side // 2 * 2 for side in prediction.shown)
        film.pix_fmt, film.codec_context.time_base = "yuv420p", stream.time_base
        # Say which colours are meant: players guess otherwise, by the size of the picture.
        film.codec_context.colorspace, film.codec_context.color_range = Colorspace.ITU709, ColorRange.MPEG
        sound = find_sound(source, prediction.video)
        copied = None if sound is None else target.add_stream_from_template(sound)
        number, shown = 0, []
        for packet in source.demux(*(one for one in (stream, sound) if one is not None)):
            if packet.stream is sound:
                if packet.dts is not None:
                    packet.stream = copied
                    target.mux(packet)
                continue
            for frame in packet.decode():
                shown = rows.get(number, shown)  # frames that were passed over show what the last one did
                picture = draw_faces(upright(frame, prediction.shown), shown, prediction.classes)
                drawn = av.VideoFrame.from_image(picture.crop((0, 0, film.width, film.height)))
                drawn = drawn.reformat(
                    format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                )
                drawn.pts, drawn.time_base = frame.pts, frame.time_base
                target.mux(film.encode(drawn))
                number += 1
        target.mux(film.encode())


def group_rows(prediction: Prediction) -> dict[int, list[dict]]:
    """Return frame number -> what to draw there, one entry a face; nothing for a frame without a face."""
    table = prediction.tabulate_frames()
    rows: dict[int, list[dict]] = {number: [] for number in table["frame"].unique().tolist()}
    for row in table[table["status"] != NO_FACE].to_dict("records"):
        rows[row["frame"]].append(row)
    return rows


def upright(frame: av.VideoFrame, shown: tuple[int, int]) -> Image.Image:
    """Return a decoded frame as a player shows it: turned by the file's flag, in square pixels."""
    picture = frame.to_image()
    turned = picture.rotate(round(frame.rotation), expand=True) if frame.rotation else picture
    return turned if turned.size == shown else turned.resize(shown, Image.Resampling.BILINEAR)


def find_sound(container, name: str):
    """Return the sound that can be copied as it is, or None."""
    sound = next(iter(container.streams.audio), None)
    if sound is not None and sound.codec_context.name not in SOUND:
        log.warning("%s: its sound (%s) is left out of the annotated video", name, sound.codec_context.name)
        return None
    return sound


def draw_faces(picture: Image.Image, rows: Sequence[Mapping], classes: Sequence[str]) -> Image.Image:
    """Draw rows of `tabulate_frames` into a picture and return it."""
    draw = ImageDraw.Draw(picture, "RGBA")
    line = max(2, picture.height // 240)
    font = ImageFont.load_default(max(11, picture.height // 32))
    for row in rows:
        colour = COLOURS[(int(row["face"]) - 1) % len(COLOURS)] if row["status"] == OK else GREY
        left, top, right, bottom = (float(row[edge]) for edge in BOX)
        draw.rectangle((left, top, right, bottom), outline=colour, width=line)
        said = f"{row['face']}  {row['label']}" if row["status"] == OK else f"{row['face']}  {row['label']}?"
        _write(draw, (left, top), said, font, colour, anchor="ls")
        _draw_bars(draw, (left, right, top), row, classes, font, colour, picture.width)
    return picture


def crop_face(picture: Image.Image, box: Sequence[float], side: int) -> Image.Image:
    """Return the square `box` of a picture, a quarter wider, as side x side pixels."""
    left, top, right, bottom = box
    more = (right - left) / 8
    return picture.crop(
        tuple(round(edge) for edge in (left - more, top - more, right + more, bottom + more))
    ).resize((side, side), Image.Resampling.LANCZOS)


def _write(draw, place, text: str, font, colour: str, anchor: str) -> None:
    around = draw.textbbox(place, text, font=font, anchor=anchor)
    pad = font.size // 4
    draw.rectangle((around[0] - pad, around[1] - pad, around[2] + pad, around[3] + pad), fill=colour)
    draw.text(place, text, font=font, fill=INK, anchor=anchor)


def _draw_bars(draw, box, row: Mapping, classes: Sequence[str], font, colour: str, width: int) -> None:
    """Draw a bar for each class beside the box, on the side where there is room."""
    left, right, top = box
    small = font.font_variant(size=max(9, int(font.size * 0.75)))
    names = max(small.getlength(name) for name in classes)
    step, pad = small.size * 1.35, small.size / 2
    panel = names + 6 * small.size + 3 * pad
    x = right + pad if right + pad + panel <= width else max(0.0, left - pad - panel)
    draw.rectangle((x, top, x + panel, top + step * len(classes) + pad), fill=(0, 0, 0, 120))
    scores = np.nan_to_num([row[f"p_{name}"] for name in classes])
    for place, (name, score) in enumerate(zip(classes, scores, strict=True)):
        y = top + pad / 2 + step * (place + 0.5)
        draw.text((x + pad, y), name, font=small, fill="white", anchor="lm")
        start = x + names + 2 * pad
        length = 6 * small.size * float(score)
        draw.rectangle((start, y - small.size * 0.35, start + length, y + small.size * 0.35), fill=colour)


def take_pictures(video: str, wanted: Mapping[int, Sequence[float]], shown: tuple[int, int], side: int) -> dict:
    """Return frame number -> the face at its box there, as a picture; wanted: frame number -> box (4,)."""
    pictures: dict[int, Image.Image] = {}
    container, stream = open_video(video)
    with container:
        for number, frame in enumerate(container.decode(stream)):
            if number in wanted:
                pictures[number] = crop_face(upright(frame, shown), wanted[number], side)
            if len(pictures) == len(wanted):
                break
    return pictures
