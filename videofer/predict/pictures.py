"""What shows the expressions in a video: an annotated film, and a figure of each face over time."""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from videofer.core.artifacts import atomic_path
from videofer.predict.prediction import BOX, OK, UNCERTAIN, Prediction, split_runs
from videofer.report.figures.style import GREY, WIDTH, save_figure, styled
from videofer.video.probe import open_video
from videofer.video.reader import FilmReader

log = logging.getLogger(__name__)

# Okabe and Ito's colours, far apart for colour-blind readers, by the number of the face.
FACE_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#D55E00")
PALE, INK = "#B0B0B0", "#101010"
TICK = Fraction(1, 90000)  # seconds, the clock of annotated films
CRF = "20"  # x264's quality: visually close to the source
SOUND = {"aac", "mp3", "mp3float", "ac3", "opus"}  # what an .mp4 can hold as it is
# Okabe and Ito's colours by class, in the order of the bundle; stacked, each band is named in the legend.
COLOURS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#56B4E9", "#999999", "#F0E442")
TALL = 1.35  # inches a face
MOST_FACES = 12  # of the figure: those with the most frames


def annotate_video(prediction: Prediction, out: str | Path) -> None:
    """Write the video with boxes and bars as H.264 in .mp4, every frame at its own time, with its sound.

    Of a part of a video that part alone; its clock starts anew.
    """
    table = prediction.tabulate_frames()
    rows: dict[int, list[dict]] = {number: [] for number in table["frame"].unique().tolist()}
    for row in table[table["status"].isin([OK, UNCERTAIN])].to_dict("records"):
        rows[row["frame"]].append(row)
    first, last = prediction.numbers[[0, -1]].tolist() if prediction.part else (0, None)
    film = FilmReader(prediction.video, colour=True, start=first, end=last)
    with atomic_path(out) as temporary, av.open(f"file:{temporary}", "w", format="mp4") as target:
        track = target.add_stream("libx264", rate=round(film.info.rate or 25), options={"crf": CRF, "preset": "veryfast"})
        # x264 halves the colour's resolution: both sides must be even.
        track.width, track.height = (side // 2 * 2 for side in prediction.shown)
        track.pix_fmt, track.codec_context.time_base = "yuv420p", TICK
        # State which colours are meant: players guess otherwise, by the size of the picture.
        track.codec_context.colorspace, track.codec_context.color_range = Colorspace.ITU709, ColorRange.MPEG
        sound, shown, opening = copy_sound(prediction.video, target, prediction.offset), [], True
        with closing(sound), closing(iter(film)) as frames:
            next(sound)
            for number, time, pixels in frames:
                shown = rows.get(number, shown)  # skipped frames show what the frame before shows
                picture = draw_faces(Image.fromarray(pixels), shown, prediction.classes)
                drawn = av.VideoFrame.from_image(picture.crop((0, 0, track.width, track.height)))
                drawn = drawn.reformat(
                    format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                )
                # Where the picture starts after the sound, its first frame stands from the beginning.
                seconds = 0 if opening else time - prediction.offset
                drawn.pts, drawn.time_base, opening = round(seconds / TICK), TICK, False
                target.mux(track.encode(drawn))
                sound.send(time)
            target.mux(track.encode())
            if not prediction.part:
                sound.send(float("inf"))


def copy_sound(video: str, target: av.container.OutputContainer, since: float) -> Generator[None, float, None]:
    """Copy the first sound of a video into `target` as it is, up to each time in seconds that it is sent.

    Times count from the start of the video's file; what comes before `since` is left out, and `since` becomes 0. A
    sound that an .mp4 cannot hold is left out.
    """
    source, _ = open_video(video)
    with source:
        sound = next(iter(source.streams.audio), None)
        if sound is not None and sound.codec_context.name not in SOUND:
            log.warning("%s: its sound (%s) is left out of the annotated video", video, sound.codec_context.name)
            sound = None
        copied = None if sound is None else target.add_stream_from_template(sound)
        until = yield
        try:
            for packet in () if sound is None else source.demux(sound):
                if packet.dts is None or packet.pts is None:
                    continue
                start = round((source.start_time or 0) / av.time_base / packet.time_base)
                start += round(since / packet.time_base)
                packet.pts, packet.dts = packet.pts - start, packet.dts - start
                if since and packet.pts < 0:
                    continue
                while packet.dts * packet.time_base > until - since:
                    until = yield
                packet.stream = copied
                target.mux(packet)
        except av.FFmpegError as error:
            log.warning("%s: its sound is damaged (%s) and ends early", video, error.strerror)
        while True:
            yield


def draw_faces(picture: Image.Image, rows: Sequence[Mapping], classes: Sequence[str]) -> Image.Image:
    """Draw rows of `tabulate_frames` into a picture and return it; a face's bars stand where there is room."""
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(max(11, picture.height // 32))
    small = font.font_variant(size=max(9, int(font.size * 0.75)))
    names = max(small.getlength(name) for name in classes)
    step, pad, full = small.size * 1.35, small.size / 2, 6 * small.size
    panel = names + full + 3 * pad
    for row in rows:
        certain = row["status"] == OK
        colour = FACE_COLOURS[(int(row["face"]) - 1) % len(FACE_COLOURS)] if certain else PALE
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


def plot_timeline(prediction: Prediction, out: Path) -> None:
    """Draw the figure (`draw_timeline`) to a .png, .svg or .pdf."""
    with styled():
        save_figure(draw_timeline(prediction), [out])


def draw_timeline(prediction: Prediction) -> Figure:
    """Return a panel a face: the probabilities stacked over the seconds; uncertain runs are pale."""
    table = prediction.tabulate_frames()
    shown = table[table["face"].notna()]
    faces = sorted(shown["face"].value_counts().head(MOST_FACES).index)
    figure = Figure(figsize=(WIDTH, TALL * max(1, len(faces)) + 0.7), layout="constrained")
    panels = figure.subplots(max(1, len(faces)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, face in zip(panels, faces, strict=False):
        for run in split_runs(shown[shown["face"] == face], prediction.numbers):
            # Each frame lasts until the next.
            last = np.searchsorted(prediction.times, run["second"].iloc[-1], side="right")
            seconds = [*run["second"], prediction.times[min(last, len(prediction.times) - 1)]]
            scores = run[prediction.scores].to_numpy().T
            scores = np.column_stack([scores, scores[:, -1]])
            alpha = 0.35 if run["status"].iloc[0] == UNCERTAIN else 1.0
            bands = axes.stackplot(seconds, scores, colors=COLOURS[: len(scores)], alpha=alpha, linewidth=0)
            if alpha == 1.0 or not axes.get_legend_handles_labels()[1]:
                for band, name in zip(bands, prediction.classes, strict=True):
                    band.set_label(name)
        axes.set(ylabel=f"face {face}", ylim=(0, 1), yticks=(0, 0.5, 1))
    if not faces:
        why, place = prediction.explain_nothing(), panels[0].transAxes
        panels[0].text(0.5, 0.5, why, transform=place, ha="center", color=GREY)
        panels[0].set_yticks([])
    start, end = prediction.times[[0, -1]]
    panels[-1].set(xlabel="seconds", xlim=(start, max(end, start + 1e-3)))
    handles, labels = panels[0].get_legend_handles_labels()
    by_name = dict(zip(labels, handles, strict=True))
    if by_name:
        figure.legend(by_name.values(), by_name, loc="outside upper center", ncols=len(prediction.classes))
    return figure
