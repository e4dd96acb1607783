"""One page about a video: the annotated film, a timeline of each face, and the moments of strongest expression."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from videofer.core import __version__
from videofer.core.artifacts import atomic_path
from videofer.predict.annotate import upright
from videofer.predict.prediction import BOX, NO_FACE, OK, Prediction
from videofer.predict.timeline import COLOURS, split_runs
from videofer.report.page.embed import hash_source
from videofer.video.probe import open_video

THUMBNAIL = 96  # pixels
FILM = ".annotated.mp4"
CODE = {"style": "css", "script": "js"}
FINEST = 1500  # points of a face's timeline: more than a screen is wide


def write_page(prediction: Prediction, out: Path) -> None:
    """Write the page, which plays the annotated video, of the same name but for its end, from beside it."""
    folder = Path(__file__).with_name("templates")
    code = {name: (folder / f"page.{suffix}").read_text("utf-8") for name, suffix in CODE.items()}
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
    """Return the strongest moments with a picture (a data URL) of the face in each, in order of time."""
    moments = prediction.tabulate_moments()
    moments["picture"] = ""
    wanted, last = moments.groupby("frame").groups, max(moments["frame"], default=-1)
    container, stream = open_video(prediction.video)
    with container:
        for number, frame in zip(range(last + 1), container.decode(stream), strict=False):
            for row in wanted.get(number, ()):
                face = upright(frame, prediction.shown)
                moments.loc[row, "picture"] = embed_face(face, moments.loc[row, BOX])
    return moments[["face", "second", "label", "score", "picture"]].to_dict("records")


def embed_face(picture: Image.Image, box: Sequence[float]) -> str:
    """Return a thumbnail of a picture's box (4,), and of a quarter more, as a data URL."""
    left, top, right, bottom = box
    more = (right - left) / 8
    edges = [round(edge) for edge in (left - more, top - more, right + more, bottom + more)]
    thumbnail = picture.crop(edges).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    thumbnail.save(content, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode("ascii")


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
