"""Recognise the expression of every face in videos: a table of each, and on request a film, a figure, a page.

examples:
  videofer predict holiday.mp4
  videofer predict films/ 'more/*.mov' --format parquet --out tables
  videofer predict holiday.mp4 --annotate --plot --report
  videofer predict 0 --seconds 20 --report
  ffmpeg -i rtsp://camera -t 60 -f matroska - | videofer predict -

A number is a camera of this machine; its film is kept beside the tables as camera-0.mkv, and replaced by the next.

A folder is read with all below it. What is done already is not done again, unless the video, the bundle or an
option has changed; so a run that was stopped goes on where it was. Exit status: 0, or 1 if a video could not be
read.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from videofer.core.errors import RejectedClip, UserError
from videofer.predict.bundle.command import FOLDER

PIPE = "-"


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 1 if a video could not be read, else 0."""
    options = make_parser().parse_args(arguments)
    bundle = options.bundle or find_bundle(FOLDER)
    if PIPE in options.paths and (options.annotate or options.report):
        raise UserError("A pipe can be read only once: write it to a file for --annotate and --report.")

    import torch
    from rich.console import Console
    from rich.logging import RichHandler

    from videofer.predict.batch import Ledger, list_videos
    from videofer.predict.camera import is_camera, record_camera
    from videofer.predict.recognizer import Recognizer

    console = Console(stderr=True)
    handler = RichHandler(console=console, show_path=False, show_time=False)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")
    torch.set_num_threads(options.threads)
    settings = {name: getattr(options, name) for name in ("stride", "confidence", "max_height", "search_every")}
    recognizer = Recognizer.load(bundle, **settings)
    paths = []
    for path in options.paths:
        if is_camera(path):
            with console.status(f"filming {options.seconds:g} seconds with camera {path}"):
                path = str(record_camera(int(path), options.seconds, options.out / f"camera-{path}.mkv"))
        paths.append(path)
    sources = list_videos(paths)
    ledger = Ledger(options.out, recognizer.bundle.digest, settings)
    refused = 0
    with show_progress(console) as progress:
        overall = progress.add_task(f"{len(sources)} videos", total=len(sources), visible=len(sources) > 1)
        for source in sources:
            files = name_files(source.name, options)
            if options.again or not ledger.is_done(source, list(files.values())):
                task = progress.add_task(source.name, total=None)
                try:
                    predict_one(recognizer, source.path, files, progress, task)
                    ledger.note(source)
                except RejectedClip as error:
                    refused += 1
                    console.print(f"videofer predict: {error}", style="red", markup=False, soft_wrap=True)
                progress.remove_task(task)
            progress.advance(overall)
    for source in sources:
        for file in name_files(source.name, options).values():
            if file.exists():
                sys.stdout.write(f"{file}\n")
    return 1 if refused else 0


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        "videofer predict", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    paths = "videos, folders, patterns such as 'clips/*.mp4', the number of a camera, or - for a pipe"
    add("paths", nargs="+", metavar="PATH", help=paths)
    add("--bundle", type=Path, help=f"made by `videofer export`; by default the only one in {FOLDER}/")
    add("--out", type=Path, default=Path("predictions"), help="folder of what is written; by default predictions/")
    add("--format", choices=("csv", "parquet", "jsonl"), default="csv", help="of the tables; by default csv")
    add("--frames", action="store_true", help="also a table with one row a frame and face")
    add("--annotate", action="store_true", help="also a film with boxes, numbers and bars")
    add("--plot", action="store_true", help="also a figure: the expressions of each face over time")
    add(
        "--report", action="store_true", help="also a page with the film (--annotate), timelines, strongest moments"
    )
    add("--stride", type=int, default=8, help="frames from one window of 16 to the next; by default 8")
    add("--confidence", type=float, default=0.5, help="a lower probability is called uncertain; by default 0.5")
    add("--max-height", type=int, default=480, help="pixels; larger pictures are scaled down; by default 480")
    add("--search-every", type=int, default=5, help="frames from one look for new faces to the next; by default 5")
    add("--seconds", type=float, default=30, help="that a camera films; by default 30")
    add("--threads", type=int, default=1, help="of the processor, for the networks; by default 1")
    add("--again", action="store_true", help="predict also what is done already")
    return parser


def find_bundle(folder: Path) -> Path:
    """Return the only bundle in a folder; raises UserError where there is none, or a choice."""
    found = sorted(p for p in folder.glob("*") if (p / "bundle.json").is_file() or p.suffix == ".zip")
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{folder}/ holds several bundles: choose one, --bundle {' or '.join(map(str, found))}.")
    raise UserError(f"{folder}/ holds no bundle: make one by `videofer export RESULTS`, or give --bundle.")


def name_files(name: str, options: argparse.Namespace) -> dict[str, Path]:
    """Return what is written of a video: kind -> path."""
    asked = {
        "windows": f".{options.format}",
        "frames": f".frames.{options.format}" if options.frames else "",
        "film": ".annotated.mp4" if options.annotate or options.report else "",
        "figure": ".png" if options.plot else "",
        "page": ".html" if options.report else "",
    }
    return {kind: options.out / f"{name}{suffix}" for kind, suffix in asked.items() if suffix}


def predict_one(recognizer, video: str, files: dict[str, Path], progress, task) -> None:
    """Recognise one video and write its files, the table of windows last."""
    from videofer.predict.annotate import annotate_video
    from videofer.predict.batch import save_table
    from videofer.predict.page import write_page
    from videofer.predict.timeline import plot_timeline

    prediction = recognizer.recognise(
        video, lambda done, promised: progress.update(task, completed=done, total=promised and max(done, promised))
    )
    record = recognizer.bundle.record
    if "film" in files:
        annotate_video(prediction, files["film"])
    if "figure" in files:
        plot_timeline(prediction, files["figure"])
    if "page" in files:
        model = f"{record['model']} {record['variant']}, trained on {record['data']['name']}"
        write_page(prediction, model, files["film"], files["page"])
    if "frames" in files:
        save_table(prediction.tabulate_frames(), files["frames"])
    save_table(prediction.tabulate_windows(), files["windows"])


def show_progress(console):
    """Return the bars: of the video at work, and of all."""
    from rich import progress

    columns = [
        progress.TextColumn("{task.description}", markup=False), progress.BarColumn(),
        progress.MofNCompleteColumn(), progress.TimeRemainingColumn(),
    ]  # fmt: skip
    return progress.Progress(*columns, console=console, transient=True)
