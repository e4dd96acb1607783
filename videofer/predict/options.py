"""How a video is read: the options that the command line and `Recognizer.load` share, with their defaults."""

import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from videofer.core.errors import UserError

ALL, LARGEST = "all", "largest"  # faces
CLOCK = re.compile(r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d+)?)")
# These come with the package. The landmark model of the first is dlib's, which excludes commercial use and which
# the extra `dlib` brings; that of the second comes with the package, too.
DEFAULT_BUNDLE, FREE_BUNDLE = (Path(__file__).parents[1] / "bundles" / name for name in ("default", "free"))

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How a video is read.

    stride: frames from one window to the next; confidence: a window whose likeliest class has less is uncertain;
    max_height: pixels, larger frames are scaled down; search_every: frames from one search of the whole picture to
    the next, which finds new faces; rest: what shows the person's face at rest, "none", "auto" (the calmest part of
    the video itself) or the path of a film or picture of the same person; start, end: of the part that is read,
    seconds of the film, both included, end None: to its end; every: each so-many-th frame of a film is read, as if
    it had no others; faces: "all", or "largest", the one that covers most of the film.
    """

    stride: int = 8
    confidence: float | None = None  # None: that of the bundle
    max_height: int = 480
    search_every: int = 15
    rest: str = "none"
    start: float = 0.0
    end: float | None = None
    every: int = 1
    faces: str = ALL

    def check(self, length: int) -> None:
        """Raise UserError for a value out of range; length: frames of a window."""
        if not 1 <= self.stride <= length:
            raise UserError(f"stride is {self.stride}: give 1 to {length} frames, the length of a window.")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise UserError(f"confidence is {self.confidence}: give a probability, 0 to 1.")
        if self.max_height < 64 or self.search_every < 1:
            raise UserError("max_height must be 64 pixels or more, and search_every 1 frame or more.")
        if self.every < 1:
            raise UserError(f"every is {self.every}: give 1 (each frame) or more.")
        if self.faces not in (ALL, LARGEST):
            raise UserError(f"faces is {self.faces}: give {ALL} or {LARGEST}.")
        if not all(isinstance(time, int | float | None) for time in (self.start, self.end)):
            raise UserError(f"start is {self.start!r} and end is {self.end!r}: give seconds, as numbers.")
        if not 0 <= self.start < (float("inf") if self.end is None else self.end):
            raise UserError(f"start is {self.start:g} s and end is {self.end} s: it must end after it starts.")

    @property
    def is_part(self) -> bool:
        """Whether not the whole film is read."""
        return self.start > 0 or self.end is not None

    def list_asked(self) -> dict[str, float | str | None]:
        """Return the options by name; without `start` to `faces` as they are by default, which change nothing."""
        plain = asdict(Options())
        return {name: value for name, value in asdict(self).items() if name not in PARTS or value != plain[name]}


PARTS = ("start", "end", "every", "faces")


def read_clock(option: str, text: str) -> float:
    """Return the seconds that a time means, in seconds or h:mm:ss; raises UserError for what is neither."""
    parts = CLOCK.fullmatch(text.strip())
    hours, minutes, seconds = (float(parts[name] or 0) for name in CLOCK.groupindex) if parts else (0, 0, 0)
    if parts is None or (parts["hours"] and minutes >= 60) or (parts["minutes"] and seconds >= 60):
        raise UserError(f"{option} is {text}: give seconds or h:mm:ss, such as 90 or 0:01:30.")
    return 3600 * hours + 60 * minutes + seconds


def find_bundle(chosen: str | Path | None = None) -> Path:
    """Return the folder or file of a bundle: a path, or "default" or "free", those that come with the package.

    None: default, or where dlib's models are not installed free, with a warning.
    """
    from videofer.faces.model_files import DLIB, find_landmark_model  # loads numpy

    if chosen is not None:
        return {path.name: path for path in (DEFAULT_BUNDLE, FREE_BUNDLE)}.get(str(chosen), Path(chosen))
    try:
        find_landmark_model(DLIB)
    except UserError:
        log.warning("dlib's models are not installed (pip install 'videofer[dlib]'): the bundle free answers.")
        return FREE_BUNDLE
    return DEFAULT_BUNDLE
