"""The commands `predict`, `evaluate` and `export`; they import what is heavy when they run: `--help` is quick."""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from videofer.core.clip import show_name
from videofer.core.errors import UserError
from videofer.models.registry import MODELS
from videofer.predict.options import Options, find_bundle, read_clock

FOLDER = Path("bundles")  # where `export` writes
MODEL = "frames-landmarks"  # exported by default
written = partial(typer.Option, rich_help_panel="What is written")
reading = partial(typer.Option, rich_help_panel="How a video is read")
running = partial(typer.Option, rich_help_panel="How it runs")
PATHS = "Videos, pictures, folders, patterns such as 'clips/*.mp4', the number of a camera, or - for a pipe."


def predict(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=PATHS)],
    bundle: Annotated[
        Path | None,
        running(
            help="Made by `videofer export`, or default or free, which come with videofer.", show_default=False
        ),
    ] = None,
    threads: Annotated[int, running(help="Processor threads of the networks.")] = 1,
    again: Annotated[bool, running("--again", help="Predict also what is done already.")] = False,
    quiet: Annotated[bool, running("--quiet", help="Do not print the answers, only what went wrong.")] = False,
    out: Annotated[Path, written(help="Folder of the results.")] = Path("predictions"),
    format: Annotated[Literal["csv", "parquet", "jsonl"], written(help="Format of the tables.")] = "csv",
    frames: Annotated[bool, written("--frames", help="Also a table with a row for each frame and face.")] = False,
    annotate: Annotated[bool, written("--annotate", help="Also a film with boxes, numbers and bars.")] = False,
    plot: Annotated[bool, written("--plot", help="Also a figure: each face over time.")] = False,
    report: Annotated[
        bool, written("--report", help="Also a page: annotated film, timelines, strongest moments.")
    ] = False,
    tiers: Annotated[bool, written("--tiers", help="Also a TextGrid for Praat and ELAN: a tier a face.")] = False,
    stride: Annotated[int, reading(help="Frames from one window of 16 to the next.")] = Options.stride,
    confidence: Annotated[
        float | None, reading(help="A lower probability is called uncertain; by default the bundle says it.")
    ] = Options.confidence,
    rest: Annotated[
        str,
        reading(
            help="The person's face at rest: a film or picture of it, or auto, the calmest part of each video."
        ),
    ] = Options.rest,
    start: Annotated[str, reading(help="Read each film from here on: seconds or h:mm:ss.")] = "0",
    end: Annotated[
        str | None, reading(help="And up to here; times in the tables stay those of the film.", show_default=False)
    ] = None,
    every: Annotated[int, reading(help="Read each so-many-th frame, as if a film had no others.")] = Options.every,
    faces: Annotated[
        Literal["all", "largest"], reading(help="Whose rows are written; largest: who covers most of the film.")
    ] = Options.faces,
    max_height: Annotated[int, reading(help="Pixels; larger frames are scaled down.")] = Options.max_height,
    search_every: Annotated[
        int, reading(help="Frames from one search for new faces to the next.")
    ] = Options.search_every,
    seconds: Annotated[float, reading(help="How long a camera films.")] = 30,
) -> None:
    """Recognise the expression of every face in videos: a table of each, and on request a film, a figure, a page.

    A folder is read with all below it; one that holds pictures and no video is
    a film of 25 a second. A number is a camera of this machine;
    its film is kept beside the tables as camera-0.mkv, until the next one, and
    that of a pipe as stdin.
    What is done already is not done again, unless the video, the bundle or an
    option has changed. Exit status: 0, or 1 if a video could not be read.

    For example:

    videofer predict holiday.mp4 --annotate --plot --report
    videofer predict films/ 'more/*.mov' --format parquet --out tables
    videofer predict 0 --seconds 20 --report
    ffmpeg -i rtsp://camera -t 60 -f matroska - | videofer predict -
    """
    if format == "parquet" and find_spec("pyarrow") is None:
        raise UserError("Parquet needs the package pyarrow: pip install pyarrow, or take --format csv.")
    bundle = find_bundle(bundle)
    if not quiet:
        print(f"videofer: the model is {show_name(str(bundle))}", file=sys.stderr)
    results = {
        f".{format}": True,
        f".frames.{format}": frames,
        ".annotated.mp4": annotate or report,
        ".png": plot,
        ".html": report,
        ".TextGrid": tiers,
    }

    from videofer.predict.batch import predict_videos
    from videofer.predict.recognizer import Recognizer
    from videofer.predict.stream import STANDARD_INPUT, is_camera, keep_pipe, record_camera

    options = {"stride": stride, "confidence": confidence, "max_height": max_height, "search_every": search_every}
    options |= {"rest": rest, "every": every, "faces": faces, "start": read_clock("--start", start)}
    options["end"] = None if end is None else read_clock("--end", end)
    recognizer = Recognizer.load(bundle, threads, **options)
    make_folder(out)
    videos, missing = [], 0
    for path in paths:
        try:
            if is_camera(path):
                print(f"filming {seconds:g} seconds with camera {path}", file=sys.stderr)
                path = record_camera(int(path), seconds, out / f"camera-{path}.mkv")
            elif path == STANDARD_INPUT:
                path = keep_pipe(sys.stdin.buffer, out / "stdin")
            videos.append(str(path))
        except UserError as error:  # of one: the others go on
            print(f"videofer: {error}", file=sys.stderr)
            missing += 1
    suffixes = [suffix for suffix, wanted in results.items() if wanted]
    files, failed = predict_videos(recognizer, videos, out, suffixes, again, quiet)
    if not quiet:
        sys.stderr.writelines(f"wrote {show_name(str(file))}\n" for file in files)
    raise typer.Exit(1 if failed or missing else 0)


def evaluate(
    bundle: Annotated[
        str, typer.Argument(help="Made by `videofer export`, or default or free, which come with videofer.")
    ],
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="Table with the columns path, subject, label.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and the page, index.html.")] = None,
    among: Annotated[
        str | None,
        typer.Option(help="Classes that answers are chosen from, such as angry,happy,sad; by default all."),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option(help="The list's words for classes, such as calm=neutral,anger=angry; may be repeated."),
    ] = None,
    rest: Annotated[
        bool,
        typer.Option(
            "--rest", help="Give each film its subject's other films labelled neutral as the face at rest."
        ),
    ] = False,
    threads: Annotated[int, typer.Option(help="Processor threads of the networks.")] = 1,
) -> None:
    """Measure a model on labelled films and pictures that it was not trained on; nothing is learned from them.

    The answer to a film is the mean of its windows' probabilities.

    For example:

    videofer evaluate default real.csv --among angry,disgust,fear,happy,sad,surprise --out measured
    """
    from videofer.predict.bundle import name_model
    from videofer.predict.measure import measure_list, print_summary, write_measures
    from videofer.predict.measure_page import write_measure_page
    from videofer.predict.recognizer import Recognizer

    recognizer = Recognizer.load(find_bundle(bundle), threads)
    pairs = [pair.partition("=") for given in words or [] for pair in given.split(",")]
    if wrong := [word for word, sign, _ in pairs if not sign]:
        raise UserError(f"--words {wrong[0]} names no class: write it as {wrong[0]}=neutral.")
    renamed = {word: label for word, _, label in pairs}
    if out is not None:
        make_folder(out)
    answers = measure_list(recognizer, listed, among.split(",") if among else None, renamed, rest)
    print_summary(answers)
    if out is not None:
        model = name_model(recognizer.bundle.record)
        print(*write_measures(answers, out), *write_measure_page(answers, model, listed, out), sep="\n")


def make_folder(out: Path) -> None:
    """Make the folder of results; raises UserError where that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out} cannot be made ({error.strerror}): give another folder.") from None


def export(
    results: Annotated[Path, typer.Argument(help="Folder of a finished study, such as results/rendered.")],
    out: Annotated[
        Path | None,
        typer.Argument(help=f"A folder, or a name ending with .zip; by default {FOLDER}/STUDY-MODEL."),
    ] = None,
    model: Annotated[str, typer.Option(help="A network of the study.", autocompletion=lambda: [*MODELS])] = MODEL,
    variant: Annotated[str | None, typer.Option(help="Of the model; by default its first in the study.")] = None,
    seeds: Annotated[
        list[int] | None,
        typer.Option(help="Whose folds are averaged, given once for each; by default the lowest seed."),
    ] = None,
) -> None:
    """Make a bundle of a trained model: a folder (or .zip) that `videofer predict` reads and that can be shared.

    For example:

    videofer export results/rendered
    videofer export results/rendered --model capsule-lstm --variant margin-ce bundles/capsules.zip
    """
    for package in ("torch", "onnx", "onnxscript"):
        if find_spec(package) is None:
            raise UserError(f"videofer export needs the package {package}: pip install 'videofer[pipeline]'.")
    from videofer.predict.export import export_bundle

    out = out or FOLDER / "-".join(filter(None, [results.resolve().name, model, variant]))
    export_bundle(results, model, variant, seeds, out)
    print(out)
