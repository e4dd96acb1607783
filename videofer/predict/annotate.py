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

# Okabe and Ito's colours, far apart for colour-blind readers, by the number of the face.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#D55E00")
GREY, INK = "#B0B0B0", "#101010"
CRF = "20"  # x264's quality: visually close to the source
SOUND = {"aac", "mp3", "mp3float", "ac3", "opus"}  # what an .mp4 can hold as it is


def annotate_video(prediction: Prediction, out: str | Path) -> None:
    """Write the video with boxes and bars as H.264 in .mp4, every frame at its own time, with its sound."""
    table = prediction.tabulate_frames()
    rows: dict[int, list[dict]] = {number: [] for number in table["frame"].unique().tolist()}
    for row in table[table["status"] != NO_FACE].to_dict("records"):
        rows[row["frame"]].append(row)
    source, stream = open_video(prediction.video)
    with source, atomic_path(out) as temporary, av.open(f"file:{temporary}", "w", format="mp4") as target:
        film = target.add_stream("libx264", rate=round(stream.average_rate or 25), options={"crf": CRF})
        # x264 halves the colour's resolution: both sides must be even.
        film.width, film.height = (side // 2 * 2 for side in prediction.shown)
        film.pix_fmt, film.codec_context.time_base = "yuv420p", stream.time_base
        # State which colours are meant: players guess otherwise, by the size of the picture.
        film.codec_context.colorspace, film.codec_context.color_range = Colorspace.ITU709, ColorRange.MPEG
        sound = next(iter(source.streams.audio), None)
        if sound is not None and sound.codec_context.name not in SOUND:
            codec, sound = sound.codec_context.name, None
            log.warning("%s: its sound (%s) is left out of the annotated video", prediction.video, codec)
        copied = None if sound is None else target.add_stream_from_template(sound)
        number, shown = 0, []
        for packet in source.demux(*filter(None, (stream, sound))):
            if packet.stream is sound:
                if packet.dts is not None:
                    packet.stream = copied
                    target.mux(packet)
                continue
            for frame in packet.decode():
                shown = rows.get(number, shown)  # skipped frames show what the frame before shows
                picture = draw_faces(upright(frame, prediction.shown), shown, prediction.classes)
                drawn = av.VideoFrame.from_image(picture.crop((0, 0, film.width, film.height)))
                drawn = drawn.reformat(
                    format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                )
                drawn.pts, drawn.time_base = frame.pts, frame.time_base
                target.mux(film.encode(drawn))
                number += 1
        target.mux(film.encode())


def upright(frame: av.VideoFrame, shown: tuple[int, int]) -> Image.Image:
    """Return a decoded frame as a player shows it: turned by the file's flag, in square pixels."""
    picture = frame.to_image()
    turned = picture.rotate(round(frame.rotation), expand=True) if frame.rotation else picture
    return turned if turned.size == shown else turned.resize(shown, Image.Resampling.BILINEAR)


def draw_faces(picture: Image.Image, rows: Sequence[Mapping], classes: Sequence[str]) -> Image.Image:
    """Draw rows of `tabulate_frames` into a picture and return it.

    The bars of the classes are beside a face's box, on the side where there is room.
    """
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(max(11, picture.height // 32))
    small = font.font_variant(size=max(9, int(font.size * 0.75)))
    names = max(small.getlength(name) for name in classes)
    step, pad, full = small.size * 1.35, small.size / 2, 6 * small.size
    panel = names + full + 3 * pad
    for row in rows:
        certain = row["status"] == OK
        colour = COLOURS[(int(row["face"]) - 1) % len(COLOURS)] if certain else GREY
        box = left, top, right, _ = tuple(float(row[edge]) for edge in BOX)
        draw.rectangle(box, outline=colour, width=max(2, picture.height // 240))
        text = f"{row['face']}  {row['label']}{'' if certain else '?'}"
        around = draw.textbbox((left, top), text, font=font, anchor="ls")
        edge = font.size // 4
        draw.rectangle((around[0] - edge, around[1] - edge, around[2] + edge, around[3] + edge), fill=colour)
        draw.text((left, top), text, font=font, fill=INK, anchor="ls")
        x = right + pad if right + pad + panel <= picture.width else max(0.0, left - pad - panel)
        draw.rectangle((x, top, x + panel, top + step * len(classes) + pad), fill=(0, 0, 0, 120))
        for number, name in enumerate(classes):
            y = top + pad / 2 + step * (number + 0.5)
            draw.text((x + pad, y), name, font=small, fill="white", anchor="lm")
            start = x + names + 2 * pad
            length = full * float(np.nan_to_num(row[f"p_{name}"]))
            draw.rectangle((start, y - small.size * 0.35, start + length, y + small.size * 0.35), fill=colour)
    return picture
