"""What shows the course of a video's expressions: a figure of each face, and a page with the annotated film."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image

from videofer.core import __version__
from videofer.core.artifacts import atomic_path
from videofer.predict.annotate import upright
from videofer.predict.prediction import BOX, NO_FACE, OK, UNCERTAIN, Prediction
from videofer.report.figures.style import GREY, WIDTH, save_figure, styled
from videofer.report.page.embed import encode_uri, hash_source
from videofer.video.probe import open_video

# Okabe and Ito's colours by class, in the order of the bundle; stacked, each band is named in the legend.
COLOURS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#56B4E9", "#F0E442", "#999999")
TALL = 1.35  # inches a face
MOST_FACES = 12  # of the figure: those with the most frames
THUMBNAIL = 96  # pixels
FILM = ".annotated.mp4"
FINEST = 1500  # points of a face's timeline in the page: more than a screen is wide


def plot_timeline(prediction: Prediction, out: Path) -> None:
    """Draw the figure (`draw_timeline`) to a .png, .svg or .pdf."""
    with styled():
        save_figure(draw_timeline(prediction), [out])


def draw_timeline(prediction: Prediction) -> Figure:
    """Return a panel a face: the probabilities stacked over the seconds; uncertain runs are pale."""
    table = prediction.tabulate_frames()
    shown = table[table["status"] != NO_FACE]
    faces = sorted(shown["face"].value_counts().head(MOST_FACES).index)
    figure = Figure(figsize=(WIDTH, TALL * max(1, len(faces)) + 0.7), layout="constrained")
    panels = figure.subplots(max(1, len(faces)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, face in zip(panels, faces, strict=False):
        for run in split_runs(shown[shown["face"] == face], prediction.numbers):
            _draw_run(axes, run, prediction)
        axes.set(ylabel=f"face {face}", ylim=(0, 1), yticks=(0, 0.5, 1))
    if not faces:
        panels[0].text(0.5, 0.5, "no face was found", transform=panels[0].transAxes, ha="center", color=GREY)
        panels[0].set_yticks([])
    start, end = prediction.times[[0, -1]]
    panels[-1].set(xlabel="seconds", xlim=(start, max(end, start + 1e-3)))
    handles, labels = panels[0].get_legend_handles_labels()
    by_name = dict(zip(labels, handles, strict=True))
    if by_name:
        figure.legend(by_name.values(), by_name, loc="outside upper center", ncols=len(prediction.classes))
    return figure


def split_runs(rows: pd.DataFrame, numbers: np.ndarray) -> Iterator[pd.DataFrame]:
    """Yield the rows of one face in runs without a gap and of one status; numbers (F,): of the frames used."""
    order = np.searchsorted(numbers, rows["frame"])
    gap = np.diff(order, prepend=order[:1] - 1) > 1
    change = (rows["status"] != rows["status"].shift()).to_numpy()
    for _, run in rows.groupby(np.cumsum(gap | change)):
        yield run


def _draw_run(axes, run: pd.DataFrame, prediction: Prediction) -> None:
    """Stack the probabilities of one run; each frame lasts until the next."""
    last = np.searchsorted(prediction.times, run["second"].iloc[-1], side="right")
    seconds = [*run["second"], prediction.times[min(last, len(prediction.times) - 1)]]
    scores = run[prediction.scores].to_numpy().T
    scores = np.column_stack([scores, scores[:, -1]])
    alpha = 0.35 if run["status"].iloc[0] == UNCERTAIN else 1.0
    bands = axes.stackplot(seconds, scores, colors=COLOURS[: len(scores)], alpha=alpha, linewidth=0)
    if alpha == 1.0 or not axes.get_legend_handles_labels()[1]:
        for band, name in zip(bands, prediction.classes, strict=True):
            band.set_label(name)


def write_page(prediction: Prediction, out: Path) -> None:
    """Write the page, which plays the annotated video, of the same name but for its end, from beside it."""
    folder = Path(__file__).with_name("templates")
    code = {"style": (folder / "page.css").read_text("utf-8"), "script": (folder / "page.js").read_text("utf-8")}
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    text = environment.get_template("page.html.j2").render(
        title=Path(prediction.video).name,
        film=out.with_suffix(FILM).name,
        model=prediction.model,
        classes=list(zip(prediction.classes, COLOURS, strict=False)),
        moments=picture_moments(prediction),
        shares=count_shares(prediction),
        data={
            "start": float(prediction.times[0]),
            "end": float(prediction.times[-1]),
            "colours": COLOURS[: len(prediction.classes)],
            "classes": list(prediction.classes),
            "faces": describe_faces(prediction),
        },
        version=__version__,
        **{name: Markup(content) for name, content in code.items()},
        hashes={name: hash_source(content) for name, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_faces(prediction: Prediction) -> list[dict]:
    """Return of each face the runs of its timeline: whether certain, seconds, probabilities by class."""
    frames = prediction.tabulate_frames()
    faces = []
    for face, rows in frames[frames["status"] != NO_FACE].groupby("face"):
        every = max(1, len(rows) // FINEST)
        runs = [
            {
                "certain": run["status"].iloc[0] == OK,
                "seconds": run["second"].iloc[::every].round(3).tolist(),
                "scores": run[prediction.scores].iloc[::every].round(3).to_numpy().T.tolist(),
            }
            for run in split_runs(rows, prediction.numbers)
        ]
        faces.append({"face": int(face), "runs": runs})
    return faces


def picture_moments(prediction: Prediction) -> list[dict]:
    """Return the strongest moments in order of time, each with a picture of the face (a data URL)."""
    moments = prediction.tabulate_moments()
    moments["picture"] = ""
    wanted, last = moments.groupby("frame").groups, max(moments["frame"], default=-1)
    container, stream = open_video(prediction.video)
    with container:
        for number, frame in zip(range(last + 1), container.decode(stream), strict=False):
            for row in wanted.get(number, ()):
                left, top, right, bottom = moments.loc[row, BOX]
                more = (right - left) / 8  # on each side
                edges = [round(edge) for edge in (left - more, top - more, right + more, bottom + more)]
                thumbnail = upright(frame, prediction.shown).crop(edges)
                content = io.BytesIO()
                thumbnail.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS).save(content, "JPEG", quality=85)
                moments.loc[row, "picture"] = encode_uri("image/jpeg", content.getvalue())
    return moments[["face", "second", "label", "score", "picture"]].to_dict("records")


def count_shares(prediction: Prediction) -> list[dict]:
    """Return of each face its time span, its windows, and the shares of the expressions in its certain windows."""
    windows = prediction.tabulate_windows()
    rows = []
    for face, group in windows[windows["status"] != NO_FACE].groupby("face"):
        certain = group.loc[group["status"] == OK, "label"]
        shares = certain.value_counts(normalize=True)
        rows.append(
            {
                "face": int(face),
                "start": group["start_second"].min(),
                "end": group["end_second"].max(),
                "windows": len(group),
                "certain": len(certain),
                "shares": ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items()),
                "size": int(np.median(group["face_size"])),
            }
        )
    return rows
