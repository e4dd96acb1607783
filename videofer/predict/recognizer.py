"""Recognizer: a trained model that reads videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core.errors import UserError
from videofer.faces.detect import load_landmark_model
from videofer.faces.search import Detector, load_detector
from videofer.predict.bundle.contents import Bundle, open_bundle
from videofer.predict.bundle.members import average_answers
from videofer.predict.identity import Describe, Identities, load_describer
from videofer.predict.prediction import Answer, Prediction
from videofer.predict.stream import Frame, VideoStream, keep_rate
from videofer.predict.tracking import Tracker
from videofer.predict.windows import Window, is_due, take_windows

AT_ONCE = 16  # windows that are answered together

Report = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Options:
    """How a video is read.

    stride: frames from one window to the next; confidence: a window whose likeliest class has less is uncertain;
    max_height: pixels, larger frames are scaled down; search_every: frames from one search of the whole picture for
    new faces to the next.
    """

    stride: int = 8
    confidence: float = 0.5
    max_height: int = 480
    search_every: int = 5


@dataclass
class Recognizer:
    """Recognises the expression of every face in a video; made by `load`.

    >>> from videofer import Recognizer
    >>> recognizer = Recognizer.load("bundles/rendered-frames-landmarks")  # doctest: +SKIP
    >>> table = recognizer.predict("holiday.mp4")  # doctest: +SKIP
    >>> table[["face", "start_second", "label", "status"]]  # doctest: +SKIP
    """

    bundle: Bundle
    options: Options
    detector: Detector = field(repr=False)
    landmark_model: object = field(repr=False)
    describe: Describe | None = field(repr=False)

    @classmethod
    def load(cls, path: str | Path, **options) -> Recognizer:
        """Load and verify a bundle that `videofer export` made; options: fields of `Options`.

        Raises UserError if the bundle is damaged, changed or of another version.
        """
        chosen = Options(**options)
        with open_bundle(path) as bundle:
            preparation = bundle.preparation
            check_options(chosen, preparation.length)
            detector = load_detector(preparation.detector, preparation.upsample, smallest=None)
            return cls(bundle, chosen, detector, load_landmark_model(bundle.landmark_model), load_describer())

    def predict(self, video: str | Path) -> pd.DataFrame:
        """Return one row a window of 16 frames and face, and one for each stretch without a face.

        Columns: video; face, a number from 1 that stays with the person; start_frame, end_frame (from 0, both
        included), start_second, end_second; status: ok, uncertain or no face; label; p_<class>, the probabilities;
        detection, seen, face_size, turn, sharpness of `quality.Quality`; reason, why it is uncertain.
        Raises RejectedClip if the video cannot be read.
        """
        return self.recognise(video).tabulate_windows()

    def recognise(self, video: str | Path, report: Report = lambda done, promised: None) -> Prediction:
        """Read a video and return all that is known of it, of which `predict` is the table of windows.

        report: is told after each frame how many are done and how many the file promises (or None).
        """
        numbers: list[int] = []
        times: list[float] = []
        stream = VideoStream(video, self.options.max_height)

        def counted() -> Iterator[Frame]:
            for frame in stream:
                report(frame.number + 1, stream.promised)
                yield frame

        def kept() -> Iterator[Frame]:
            for frame in keep_rate(counted(), self.bundle.preparation.rate):
                numbers.append(frame.number)
                times.append(frame.time)
                yield frame

        windows = self._cut_windows(kept(), lambda frame: stream.shown[1] / frame.pixels.shape[0])
        answers = list(self._answer(windows))
        return Prediction(
            str(video), self.bundle.classes, self.options.confidence, answers,
            np.array(numbers), np.array(times), stream.shown,
        )  # fmt: skip

    def _cut_windows(self, frames: Iterator[Frame], scale_of: Callable[[Frame], float]) -> Iterator[Window]:
        preparation = self.bundle.preparation
        tracker = Tracker(self.detector, self.landmark_model, preparation.max_gap, self.options.search_every)
        people = Identities(self.describe)
        scale = 1.0
        for frame in frames:
            scale = scale_of(frame)
            ended = tracker.step(frame)
            for track in [*ended, *tracker.tracks]:
                yield from self._take(track, tracker, people, scale, track in ended)
        for track in tracker.tracks:
            yield from self._take(track, tracker, people, scale, True)

    def _take(self, track, tracker: Tracker, people: Identities, scale: float, ended: bool) -> Iterator[Window]:
        if track.face is None and is_due(track, self.bundle.preparation, ended):
            track.face = people.name(track.best, {other.face for other in tracker.tracks if other is not track})
        yield from take_windows(track, self.bundle.preparation, self.options.stride, scale, ended)

    def _answer(self, windows: Iterator[Window]) -> Iterator[Answer]:
        waiting: list[Window] = []
        for window in windows:
            waiting.append(window)
            if len(waiting) == AT_ONCE:
                yield from self.answer_windows(waiting)
                waiting = []
        yield from self.answer_windows(waiting)

    def answer_windows(self, windows: Sequence[Window]) -> list[Answer]:
        """Answer windows; what is kept of them is small."""
        if not windows:
            return []
        clips, landmarks = (
            np.stack([getattr(window, name) for window in windows]) for name in ("clip", "landmarks")
        )
        probabilities = average_answers(self.bundle.members, clips, landmarks)
        return [
            Answer(window.face, window.numbers, window.times, window.boxes, window.quality, probability)
            for window, probability in zip(windows, probabilities, strict=True)
        ]


def check_options(options: Options, length: int) -> None:
    """Raise UserError for options that make no sense together."""
    if not 1 <= options.stride <= length:
        raise UserError(f"stride is {options.stride}: give 1 to {length} frames, the length of a window.")
    if not 0 <= options.confidence <= 1:
        raise UserError(f"confidence is {options.confidence}: give a probability, 0 to 1.")
    if options.max_height < 64 or options.search_every < 1:
        raise UserError("max_height must be 64 pixels or more, and search_every 1 frame or more.")
