"""Many videos in a row: which they are, which are done already, and what is written of each."""

import errno
import glob
import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import Progress, TaskID

from videofer.core.artifacts import atomic_path
from videofer.core.clip import show_name
from videofer.core.errors import UserError
from videofer.datasets.sources import PICTURES, VIDEOS, list_files, list_films
from videofer.predict.page import write_page
from videofer.predict.pictures import annotate_video, plot_timeline
from videofer.predict.prediction import Prediction
from videofer.predict.recognizer import Recognizer
from videofer.predict.tiers import write_tiers
from videofer.video.pictures import is_picture, is_sequence

RESERVED = 20  # bytes of a name for the ends of its results, such as .frames.parquet
FILMED = (".annotated.mp4", ".html", ".TextGrid")  # results that only a film has
DIGITS = 8  # of a digest in a name
FATAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # faults of the disk, which other videos would meet, too


def predict_videos(
    recognizer: Recognizer, paths: Iterable[str], out: Path, suffixes: Sequence[str], again: bool, quiet: bool
) -> tuple[list[Path], int]:
    """Predict videos that are not done yet; returns the files of all that are, and how many could not be read.

    suffixes: of the results wanted of each video (`write_result`); again: predict also what is done; quiet: do not
    print the answer to each film, on stdout. Each video that cannot be read is one sentence on stderr.
    """
    console = Console(stderr=True)
    handler = RichHandler(console=console, show_path=False, show_time=False)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")

    def tell(sentence: str) -> None:
        console.print(f"videofer: {show_name(sentence)}", style="red", markup=False, soft_wrap=True)

    videos, complaints = list_videos(paths, longest_name(out))
    for complaint in complaints:
        tell(complaint)
    ledger = Ledger(out, recognizer.bundle.digest, recognizer.options.list_asked())
    written, failed = [], len(complaints)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        for number, (name, path) in enumerate(videos.items(), 1):
            task = progress.add_task(f"{number}/{len(videos)} {escape(show_name(name))}", total=None)

            def show(done: int, promised: int | None, task: TaskID = task) -> None:
                progress.update(task, completed=done, total=promised and max(done, promised))

            try:
                pictures = is_picture(path) or is_sequence(path)
                wanted = [suffix for suffix in suffixes if not (pictures and suffix in FILMED)]
                if lacking := sorted(set(suffixes) - set(wanted)):
                    tell(f"{path} is made of pictures, and gets no {', '.join(lacking)}.")
                files = [out / f"{name}{suffix}" for suffix in wanted]
                if again or not ledger.is_done(name, path, files):
                    prediction = recognizer.recognise(path, show)
                    if prediction.is_short:
                        tell(f"{path} is {prediction.explain_nothing()}.")
                    for suffix, file in reversed(list(zip(wanted, files, strict=True))):
                        write_result(prediction, suffix, file)
                    ledger.note(name, path)
                    if not quiet:
                        progress.stop()
                        print(show_name(f"{name}: {prediction.summarise()}"), flush=True)
                        progress.start()
                elif not quiet:
                    print(show_name(f"{name}: done before, in {files[0]}"), flush=True)
                written += filter(Path.exists, files)
            except Exception as error:  # of one video, whatever it is: the others go on
                if isinstance(error, OSError) and error.errno in FATAL:
                    raise
                failed += 1
                sentence = str(error) if isinstance(error, UserError) else f"it cannot be predicted ({error!r})."
                tell(sentence if path in sentence else f"{path}: {sentence}")
            progress.remove_task(task)
    return written, failed


def write_result(prediction: Prediction, suffix: str, path: Path) -> None:
    """Write one result: .annotated.mp4, .png (a figure), .html (a page), .TextGrid, a table of windows or .frames.

    Tables end with .csv, .jsonl or .parquet.
    """
    writers = {".annotated.mp4": annotate_video, ".png": plot_timeline, ".html": write_page}
    writers[".TextGrid"] = write_tiers
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


def list_videos(paths: Iterable[str], longest: int = 255 - RESERVED) -> tuple[dict[str, str], list[str]]:
    """Return the videos that files, folders (with all below them) and patterns such as clips/*.mp4 stand for.

    Result: name below the output folder -> path, and a sentence on each of `paths` that stands for none. A video of
    a folder keeps its place in it; a folder that holds pictures and no video is one. longest: bytes of a name.
    """
    videos: dict[str, str] = {}
    complaints = []
    for given in paths:
        try:
            locked = [p for p in Path(given).rglob("*/") if not os.access(p, os.R_OK | os.X_OK)]
            complaints += [f"{folder} cannot be read (Permission denied)." for folder in sorted(locked)]
            found = _find_videos(given)
        except UserError as error:
            complaints.append(str(error))
            continue
        except OSError as error:
            complaints.append(f"{given} cannot be read ({error.strerror}).")
            continue
        for file, name in found.items():
            name = shorten(name, file, longest)
            if Path(videos.setdefault(name, file)).resolve() != Path(file).resolve():
                videos[shorten(f"{name}-{_digest(file)}", file, longest)] = file
    return videos, complaints


def _find_videos(given: str) -> dict[str, str]:
    path = Path(given)
    if path.is_dir():
        next(path.iterdir(), None)  # raises where rglob finds nothing because it may not read
        files = [p for p in path.rglob("[!.]*") if p.suffix.lower() in VIDEOS | PICTURES and p.is_file()]
        folders = sorted({p.parent for p in files})
        if films := sorted(film for folder in folders for film in list_films(folder)):
            return {str(p): p.relative_to(path).as_posix() for p in films}
        if folders:
            return {str(p): p.resolve().name if p == path else p.relative_to(path).as_posix() for p in folders}
        raise UserError(f"{given} holds no video: {', '.join(sorted(VIDEOS))} are looked for, or pictures.")
    # A file may have a name that is a pattern, too. Path.glob takes no absolute pattern.
    matches = [given] if path.is_file() else sorted(glob.glob(given, recursive=True))  # noqa: PTH207
    if not (found := {match: Path(match).name for match in matches if Path(match).is_file()}):
        raise UserError(f"{given} does not exist, and as a pattern it matches nothing: check the path.")
    return found


def longest_name(folder: Path) -> int:
    """Return how many bytes the name of a video may have, so that those of its results fit on the disk."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX") - RESERVED
    except (AttributeError, OSError):  # Windows; a disk that does not say
        return 255 - RESERVED


def shorten(name: str, file: str, longest: int) -> str:
    """Return a name whose last part is cut to `longest` bytes, the last of them digits of its file's digest."""
    folder, slash, last = name.rpartition("/")
    if len(os.fsencode(last)) <= longest:
        return name
    cut = os.fsencode(last)[: longest - DIGITS - 1].decode("utf-8", "ignore")
    return f"{folder}{slash}{cut}-{_digest(file)}"


def _digest(file: str) -> str:
    return hashlib.sha256(os.fsencode(Path(file).resolve())).hexdigest()[:DIGITS]


class Ledger:
    """What is done in an output folder: each video's size and time of change, and by what it was predicted."""

    def __init__(self, folder: Path, bundle: str, settings: Mapping):
        self._path = folder / "predicted.json"
        self._settings = hashlib.sha256(json.dumps([bundle, settings], sort_keys=True).encode()).hexdigest()[:16]
        try:
            self._done: dict[str, dict] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._done = {}
        except ValueError:  # no JSON, or no text
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
        files = list_files(Path(path), PICTURES) if Path(path).is_dir() else [Path(path)]
        states = [file.stat() for file in files]
        size, changed = sum(state.st_size for state in states), max(state.st_mtime_ns for state in states)
        file = {"name": name, "path": path, "bytes": size, "changed": changed}
        return file | {"settings": self._settings}
