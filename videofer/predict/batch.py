"""Many videos in a row: which they are, which are done already, and what is written of each."""

import glob
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import Progress

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.datasets.sources import VIDEOS
from videofer.predict.pictures import annotate_video, plot_timeline, write_page
from videofer.predict.prediction import Prediction
from videofer.predict.recognizer import Recognizer


def predict_videos(
    recognizer: Recognizer, paths: Iterable[str], out: Path, suffixes: Sequence[str], again: bool, threads: int
) -> tuple[list[Path], int]:
    """Predict videos that are not done yet; returns the files of all that are, and how many could not be read.

    suffixes: of the results wanted of each video (`write_result`); again: predict also what is done; threads: of
    the networks. Each video that cannot be read is one sentence on stderr.
    """
    console = Console(stderr=True)
    handler = RichHandler(console=console, show_path=False, show_time=False)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")
    torch.set_num_threads(threads)
    videos = list_videos(paths)
    ledger = Ledger(out, recognizer.bundle.digest, asdict(recognizer.options))
    written, failed = [], 0
    with Progress(console=console, transient=True) as progress:
        for number, (name, path) in enumerate(videos.items(), 1):
            files = [out / f"{name}{suffix}" for suffix in suffixes]
            if again or not ledger.is_done(name, path, files):
                task = progress.add_task(f"{number}/{len(videos)} {escape(name)}", total=None)

                def show(done: int, promised: int | None, task=task) -> None:
                    progress.update(task, completed=done, total=promised and max(done, promised))

                try:
                    prediction = recognizer.recognise(path, show)
                    for suffix, file in reversed(list(zip(suffixes, files, strict=True))):
                        write_result(prediction, suffix, file)
                    ledger.note(name, path)
                except UserError as error:
                    failed += 1
                    console.print(f"videofer: {error}", style="red", markup=False, soft_wrap=True)
                progress.remove_task(task)
            written += filter(Path.exists, files)
    return written, failed


def write_result(prediction: Prediction, suffix: str, path: Path) -> None:
    """Write one result: .annotated.mp4, .png (a figure), .html (a page), or a table of windows or .frames.

    Tables end with .csv, .jsonl or .parquet.
    """
    writers = {".annotated.mp4": annotate_video, ".png": plot_timeline, ".html": write_page}
    if suffix in writers:
        writers[suffix](prediction, path)
        return
    table = prediction.tabulate_frames() if suffix.startswith(".frames.") else prediction.tabulate_windows()
    with atomic_path(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, index=False, lineterminator="\n")
        elif path.suffix == ".jsonl":
            table.to_json(temporary, orient="records", lines=True, force_ascii=False)
        else:
            table.to_parquet(temporary, index=False)


def list_videos(paths: Iterable[str]) -> dict[str, str]:
    """Return the videos that files, folders (with all below them) and patterns such as clips/*.mp4 stand for.

    Result: name below the output folder -> path; a video of a folder keeps its place in it. Raises UserError where
    there is none, or two would have one name.
    """
    videos: dict[str, str] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            below = sorted(p for p in path.rglob("[!.]*") if p.suffix.lower() in VIDEOS and p.is_file())
            found = {str(p): p.relative_to(path).as_posix() for p in below}
            if not found:
                raise UserError(f"{given} holds no video: {', '.join(sorted(VIDEOS))} are looked for.")
        else:
            # A file may have a name that is a pattern, too. Path.glob takes no absolute pattern.
            matches = [given] if path.is_file() else sorted(glob.glob(given, recursive=True))  # noqa: PTH207
            found = {match: Path(match).name for match in matches if Path(match).is_file()}
            if not found:
                raise UserError(f"{given} does not exist, and as a pattern it matches nothing: check the path.")
        for file, name in found.items():
            if videos.setdefault(name, file) != file:
                raise UserError(
                    f"{videos[name]} and {file} would share the output {name}: predict them one by one."
                )
    return videos


class Ledger:
    """What is done in an output folder: each video's size and time of change, and by what it was predicted."""

    def __init__(self, folder: Path, bundle: str, settings: Mapping):
        self._path = folder / "predicted.json"
        self._settings = hashlib.sha256(json.dumps([bundle, settings], sort_keys=True).encode()).hexdigest()[:16]
        try:
            self._done: dict[str, dict] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._done = {}
        except json.JSONDecodeError:
            raise UserError(f"{self._path} is damaged: delete it, and all videos are predicted again.") from None

    def is_done(self, name: str, path: str, files: Iterable[Path]) -> bool:
        """Return whether all files of a video exist, made of the same file by the same bundle and settings."""
        stamp = self._stamp(name, path)
        return self._done.get(name) == stamp and all(file.exists() for file in files)

    def note(self, name: str, path: str) -> None:
        """Note a video as done, in one step."""
        self._done[name] = self._stamp(name, path)
        with atomic_path(self._path) as temporary:
            temporary.write_text(json.dumps(self._done, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def _stamp(self, name: str, path: str) -> dict:
        status = Path(path).stat()
        file = {"name": name, "path": path, "bytes": status.st_size, "changed": status.st_mtime_ns}
        return file | {"settings": self._settings}
