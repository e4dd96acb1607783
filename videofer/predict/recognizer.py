"""Recognizer: a trained model that reads videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.faces.detect import load_landmark_model
from videofer.faces.search import Detector, load_detector
from videofer.predict.bundle.contents import Bundle, name_model, open_bundle
from videofer.predict.bundle.members import average_probabilities
from videofer.predict.identity import Describe, Identities, load_describer
from videofer.predict.options import Options
from videofer.predict.prediction import Prediction
from videofer.predict.stream import Frame, VideoStream, keep_rate
from videofer.predict.tracking import Tracker
from videofer.predict.windows import Window, cut_window, list_windows

BATCH = 16  # windows that are classified together

Cut = tuple[Window, np.ndarray, np.ndarray]  # with clip and landmarks
Report = Callable[[int, int | None], None]


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
    describe: Describe = field(repr=False)

    @classmethod
    def load(cls, path: str | Path, **options) -> Recognizer:
        """Load and verify a bundle that `videofer export` made; options: fields of `Options`.

        Raises UserError if the bundle is damaged, changed or of another version.
        """
        chosen = Options(**options)
        with open_bundle(path) as bundle:
            preparation = bundle.preparation
            chosen.check(preparation.length)
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
        """Read a video and return its `Prediction`, of which `predict` is the table of windows.

        report: called for each frame used with how many are read and how many the file promises, or None.
        """
        read: list[tuple[int, float]] = []
        stream = VideoStream(video, self.options.max_height)

        def kept() -> Iterator[Frame]:
            for frame in keep_rate(stream, self.bundle.preparation.rate):
                report(frame.number + 1, stream.promised)
                read.append((frame.number, frame.time))
                yield frame

        cuts, windows = self._cut_windows(kept()), []
        while batch := list(islice(cuts, BATCH)):
            windows += self._classify(batch)
        numbers, times = map(np.array, zip(*read, strict=True))
        model = name_model(self.bundle.record)
        confidence = self.options.confidence
        return Prediction(str(video), model, self.bundle.classes, confidence, windows, numbers, times, stream.shown)

    def _cut_windows(self, frames: Iterator[Frame]) -> Iterator[Cut]:
        preparation = self.bundle.preparation
        tracker = Tracker(self.detector, self.landmark_model, preparation.max_gap, self.options.search_every)
        people = Identities(self.describe)

        def cut(track, ended: bool) -> Iterator[Cut]:
            for positions in list_windows(track, preparation, self.options.stride, ended):
                if track.face is None:
                    present = {other.face for other in tracker.tracks if other is not track}
                    track.face = people.identify(track.best, present)
                yield cut_window(track, positions, preparation)

        for frame in frames:
            ended = tracker.step(frame)
            for track in [*ended, *tracker.tracks]:
                yield from cut(track, track in ended)
        for track in tracker.tracks:
            yield from cut(track, True)

    def _classify(self, batch: Sequence[Cut]) -> list[Window]:
        windows, clips, landmarks = zip(*batch, strict=True)
        probabilities = average_probabilities(self.bundle.members, np.stack(clips), np.stack(landmarks))
        return [replace(window, probabilities=p) for window, p in zip(windows, probabilities, strict=True)]
