"""The page about a video: its annotated film, the probabilities of each face over time, the strongest moments."""

import io
import math
from contextlib import closing
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from videofer.core import __version__
from videofer.core.artifacts import atomic_path
from videofer.predict.pictures import COLOURS
from videofer.predict.prediction import BOX, OK, Prediction, split_runs
from videofer.report.page.embed import encode_uri, hash_source
from videofer.video.reader import FilmReader

THUMBNAIL = 96  # pixels
FINEST = 20_000  # frames of a face that the page keeps: thirteen minutes at 25 a second


def write_page(prediction: Prediction, out: Path) -> None:
    """Write the page, which plays the annotated video, of the same name but for its end, from beside it."""
    fill_template(
        "page",
        out,
        script=True,
        title=Path(prediction.video).name,
        film=out.with_suffix(".annotated.mp4").name,
        model=prediction.model,
        remarks=prediction.remarks,
        classes=list(zip(prediction.classes, COLOURS, strict=False)),
        nothing=prediction.explain_nothing(),
        moments=picture_moments(prediction),
        shares=count_shares(prediction),
        data={
            "start": float(prediction.times[0]),
            "end": float(prediction.times[-1]),
            "offset": prediction.offset,
            "step": prediction.step,
            "every": max(1, math.ceil(len(prediction.times) / FINEST)),
            "video": Path(prediction.video).name,
            "colours": COLOURS[: len(prediction.classes)],
            "classes": list(prediction.classes),
            "faces": describe_faces(prediction),
        },
    )


def fill_template(name: str, out: Path, script: bool = False, **values) -> None:
    """Write the page of a template, with the style that all have, and the script if it has one.

    values: what the template names, beside style, script, version and the hashes of what may run.
    """
    folder = Path(__file__).with_name("templates")
    files = {"style": "page.css"} | ({"script": "page.js"} if script else {})
    code = {key: (folder / file).read_text("utf-8") for key, file in files.items()}
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    text = environment.get_template(f"{name}.html.j2").render(
        values,
        version=__version__,
        **{key: Markup(content) for key, content in code.items()},
        hashes={key: hash_source(content) for key, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_faces(prediction: Prediction) -> list[dict]:
    """Return of each face the runs of its timeline: whether certain, frames, seconds, thousandths by class.

    until: the second up to which the last frame of a run is shown.
    """
    frames, numbers = prediction.tabulate_frames(), prediction.numbers
    every = max(1, math.ceil(len(numbers) / FINEST))
    ends = prediction.list_ends()
    faces = []
    for face, rows in frames[frames["face"].notna()].groupby("face"):
        runs = [
            {
                "certain": run["status"].iloc[0] == OK,
                "until": round(float(ends[np.searchsorted(numbers, run["frame"].iloc[-1])]), 3),
                "frames": run["frame"].iloc[::every].tolist(),
                "seconds": run["second"].iloc[::every].round(3).tolist(),
                "scores": (run[prediction.scores].iloc[::every] * 1000).round().astype(int).to_numpy().T.tolist(),
            }
            for run in split_runs(rows, numbers)
        ]
        faces.append({"face": int(face), "runs": runs})
    return faces


def picture_moments(prediction: Prediction) -> list[dict]:
    """Return the strongest moments in order of time, each with a picture of the face (a data URL)."""
    moments = prediction.tabulate_moments()
    moments["picture"] = ""
    wanted, last = moments.groupby("frame").groups, max(moments["frame"], default=0)
    first = min(moments["frame"], default=0)
    film = FilmReader(prediction.video, colour=True, start=int(first), end=int(last))
    with closing(iter(film)) as frames:
        for number, _, pixels in frames if len(moments) else ():
            for row in wanted.get(number, ()):
                left, top, right, bottom = moments.loc[row, BOX]
                more = (right - left) / 8  # on each side
                edges = [round(edge) for edge in (left - more, top - more, right + more, bottom + more)]
                thumbnail = Image.fromarray(pixels).crop(edges)
                content = io.BytesIO()
                thumbnail.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS).save(content, "JPEG", quality=85)
                moments.loc[row, "picture"] = encode_uri("image/jpeg", content.getvalue())
    return moments[["face", "second", "label", "score", "picture"]].to_dict("records")


def count_shares(prediction: Prediction) -> list[dict]:
    """Return of each face its time span, its windows, and the shares of the expressions in its certain windows."""
    windows = prediction.tabulate_windows()
    rows = []
    for face, group in windows[windows["face"].notna()].groupby("face"):
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
