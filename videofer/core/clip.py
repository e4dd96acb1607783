"""Clips: who shows which expression in which part of which file, and why a clip cannot be used."""

import contextlib
import logging
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from videofer.core.errors import RejectedClip, UserError, explain

if TYPE_CHECKING:
    from videofer.core.artifacts import Arrays

log = logging.getLogger(__name__)

# Control characters (line ends, tabs), halves of pairs (bytes that are no UTF-8), separators of lines, paragraphs.
BREAKING = ("Cc", "Cs", "Zl", "Zp")


@dataclass(frozen=True)
class Clip:
    """One labelled piece of a video or image sequence; frame numbers count from 0, start and end included."""

    clip: str  # its name: letters, digits, '-', '_', '.'
    video: str  # a video file, or the folder of an image sequence
    subject: str  # the person, as join_blanks writes names; where the set names none, the clip itself
    label: str
    start: int | None = None
    end: int | None = None
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    view: str | None = None
    rotation: int | None = None  # degrees clockwise, on top of the rotation flag in the file
    half: str | None = None  # left or right: the part of the upright picture that counts
    face_x: float | None = None  # where the wanted face is, 0 (left edge) to 1; None: the largest face
    rate: float | None = None  # frames a second of an image sequence
    part: str | None = None  # of the set's own split, such as train


@dataclass(frozen=True)
class Rejection:
    """A clip that cannot be used, and why, in one sentence."""

    clip: str
    video: str
    stage: str  # index, decode, detect, select or pack
    reason: str


@dataclass(frozen=True)
class Scan:
    """The clips of a data set, those that cannot be used, and how many are left out on purpose."""

    clips: list[Clip]
    rejected: list[Rejection]
    left_out: Mapping[str, int] = field(default_factory=Counter)  # why -> number of recordings
    official: tuple[Mapping[str, str], ...] = ()  # folds of the set's own split: part -> role
    people: bool = True  # whether the set names its subjects


def is_plain(name: str) -> bool:
    """Tell whether a name is one line of text in UTF-8, which cannot break the line of a table."""
    return not any(unicodedata.category(character) in BREAKING for character in name)


def join_blanks(name: str) -> str:
    """Return a name in Unicode's composed form (NFC), each run of blanks as one; of more than one line as it is."""
    name = unicodedata.normalize("NFC", name)
    return " ".join(name.split()) if is_plain(name) else name


def show_name(name: str) -> str:
    r"""Return a name on one line, with escapes such as \n for what breaks a line or is no text."""
    return "".join(letter if is_plain(letter) else repr(letter)[1:-1] for letter in name)


def blame(path: str | Path, error: Exception) -> RejectedClip:
    """Return the rejection of a clip for an error that nobody foresaw, whose traceback goes to the log."""
    log.error("%s", path, exc_info=error)
    what = " ".join([f"{type(error).__name__}:", *str(error).split()]).removesuffix(":")
    return RejectedClip(f"{path} cannot be used ({what}): convert it again, or leave it out.")


@contextlib.contextmanager
def rejection_kept(
    stage: str, out: str | Path, format: str, parameters: dict, inputs: Sequence[str | Path]
) -> Iterator[None]:
    """Write `out` without arrays, with the stage that rejected the clip first, if the block fails.

    Raised is what is no fault of the clip: UserError (OverLimit, a setting), and OSError of the disk written to.
    """
    from videofer.core.artifacts import write_arrays  # numpy, which who lists clips need not wait for

    try:
        yield
    except RejectedClip as error:
        rejection = error
    except UserError:
        raise
    except Exception as error:
        file = str(getattr(error, "filename", None))
        if explain(error) and not any(Path(file).is_relative_to(path) for path in inputs):
            raise
        rejection = blame(inputs[0], error)
    else:
        return
    first = getattr(rejection, "stage", stage)
    log.warning("rejected at %s: %s", first, rejection)
    answer = (out, format, {}, parameters | {"stage": first})
    try:
        write_arrays(*answer, inputs, rejected=str(rejection))
    except OSError:  # what cannot be read has no checksum; if `out` cannot be written, this fails too
        write_arrays(*answer, rejected=str(rejection))


def read_accepted(path: str | Path, format: str) -> "Arrays":
    """Read a clip's artifact as Arrays; raises the RejectedClip of the earlier step that rejected the clip."""
    from videofer.core.artifacts import read_arrays

    arrays = read_arrays(path, format)
    if arrays.rejected is not None:
        error = RejectedClip(arrays.rejected)
        error.stage = arrays.parameters["stage"]
        raise error
    return arrays
