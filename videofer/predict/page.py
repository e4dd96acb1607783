"""One page about a video: the annotated film, a timeline of each face, and the moments of strongest expression."""

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from videofer.core import __version__
from videofer.core.artifacts import atomic_path
from videofer.predict.annotate import take_pictures
from videofer.predict.prediction import BOX, NO_FACE, OK, Prediction
from videofer.predict.timeline import COLOURS, split_runs
from videofer.report.page.build import hash_source

THUMBNAIL = 96  # pixels
FINEST = 1500  # points of a face's timeline: more than a screen is wide


def write_page(prediction: Prediction, model: str, film: Path, out: Path) -> None:
    """Write the page; film: the annotated video, which must stay beside it; model: what the page calls it."""
    frames, windows = prediction.tabulate_frames(), prediction.tabulate_windows()
    folder = Path(__file__).with_name("page_files")
    code = {
        name: (folder / file).read_text("utf-8") for name, file in (("style", "page.css"), ("script", "page.js"))
    }
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    moments = picture_moments(prediction)
    text = environment.get_template("page.html.j2").render(
        title=Path(prediction.video).name,
        film=film.name,
        model=model,
        classes=list(zip(prediction.classes, COLOURS, strict=False)),
        moments=moments,
        shares=count_shares(windows),
        data={
            "start": float(prediction.times[0]),
            "end": float(prediction.times[-1]),
            "colours": COLOURS[: len(prediction.classes)],
            "classes": list(prediction.classes),
            "faces": describe_faces(frames, prediction),
        },
        version=__version__,
        **{name: Markup(content) for name, content in code.items()},
        hashes={name: hash_source(content) for name, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_faces(frames: pd.DataFrame, prediction: Prediction) -> list[dict]:
    """Return of each face the runs of its timeline: whether certain, seconds, probabilities by class."""
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
    """Return the rows of `tabulate_moments` that the page shows, each with a picture of the face."""
    moments = prediction.tabulate_moments()
    faces: dict[tuple[int, int], str] = {}
    for face, rows in moments.groupby("face"):
        wanted = {row["frame"]: [row[edge] for edge in BOX] for row in rows.to_dict("records")}
        pictures = take_pictures(prediction.video, wanted, prediction.shown, THUMBNAIL)
        faces |= {(face, number): embed(picture) for number, picture in pictures.items()}
    return [
        {name: row[name] for name in ("face", "second", "label", "score")}
        | {"picture": faces.get((row["face"], row["frame"]), "")}
        for row in moments.to_dict("records")
    ]


def count_shares(windows: pd.DataFrame) -> list[dict]:
    """Return of each face how long it shows, and how its certain windows share among the expressions."""
    rows = []
    for face, group in windows[windows["status"] != NO_FACE].groupby("face"):
        certain = group[group["status"] == OK]
        shares = certain["label"].value_counts(normalize=True)
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


def embed(picture) -> str:
    """Return a picture as a data URL."""
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode("ascii")
