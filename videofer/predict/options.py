"""How a video is read: the options that the command line and `Recognizer.load` share, with their defaults."""

from dataclasses import dataclass
from pathlib import Path

from videofer.core.errors import UserError

DEFAULT_BUNDLE = Path(__file__).parents[1] / "bundles" / "default"  # comes with the package


@dataclass(frozen=True)
class Options:
    """How a video is read.

    stride: frames from one window to the next; confidence: a window whose likeliest class has less is uncertain;
    max_height: pixels, larger frames are scaled down; search_every: frames from one search of the whole picture to
    the next, which finds new faces; rest: what shows the person's face at rest, "none", "auto" (the calmest part of
    the video itself) or the path of a film or picture of the same person.
    """

    stride: int = 8
    confidence: float | None = None  # None: that of the bundle
    max_height: int = 480
    search_every: int = 15
    rest: str = "none"

    def check(self, length: int) -> None:
        """Raise UserError for a value out of range; length: frames of a window."""
        if not 1 <= self.stride <= length:
            raise UserError(f"stride is {self.stride}: give 1 to {length} frames, the length of a window.")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise UserError(f"confidence is {self.confidence}: give a probability, 0 to 1.")
        if self.max_height < 64 or self.search_every < 1:
            raise UserError("max_height must be 64 pixels or more, and search_every 1 frame or more.")
