"""Clips before they are decoded: who shows which expression in which part of which file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clip:
    """One labelled piece of a video or image sequence; frame numbers count from 0, start and end included."""

    clip: str  # its name: letters, digits, '-', '_', '.'
    video: str  # a video file, or the folder of an image sequence
    subject: str  # the person; where the set names none, the clip itself
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
    stage: str  # index, decode, detect or select
    reason: str


@dataclass(frozen=True)
class Scan:
    """The clips of a data set, those that cannot be used, and how many are left out on purpose."""

    clips: list[Clip]
    rejected: list[Rejection]
    left_out: Mapping[str, int] = field(default_factory=Counter)  # why -> number of recordings
    official: tuple[Mapping[str, str], ...] = ()  # folds of the set's own split: part -> role
    people: bool = True  # whether the set names its subjects
