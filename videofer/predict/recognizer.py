"""Recognizer: a trained model that reads videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import dlib
import numpy as np
import pandas as pd

from videofer.faces.search import Detector, load_detector, model_path
from videofer.faces.track import load_landmark_model
from videofer.predict.bundle import Bundle, average_probabilities, name_model, open_bundle
from videofer.predict.options import Options
from videofer.predict.prediction import Prediction
from videofer.predict.stream import VideoStream, keep_rate
from videofer.predict.tracking import Identities, Tracker
from videofer.predict.windows import Window, cut_window, list_windows

BATCH = 16  # windows that are classified together
DESCRIBER = "dlib_face_recognition_resnet_model_v1.dat"

Report = Callable[[int, int | None], None]
Cut = tuple[Window, np.ndarray, np.ndarray]  # with clip and landmarks


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
    landmark_model: dlib.shape_predictor = field(repr=False)
    describer: dlib.face_recognition_model_v1 = field(repr=False)

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
            describer = dlib.face_recognition_model_v1(str(model_path(DESCRIBER)))
            return cls(bundle, chosen, detector, load_landmark_model(bundle.landmark_model), describer)

    def predict(self, video: str | Path) -> pd.DataFrame:
        """Return one row a window of 16 frames and face, and one for each stretch without a face.

        Columns: video; face, a number from 1 that stays with the person; start_frame, end_frame (from 0, both
        included), start_second, end_second; status: ok, uncertain or no face; label; p_<class>, the probabilities;
        detection, seen, face_size, turn, sharpness of `windows.Window`; reason, why it is uncertain.
        Raises RejectedClip if the video cannot be read.
        """
        return self.recognise(video).tabulate_windows()

    def recognise(self, video: str | Path, report: Report = lambda done, promised: None) -> Prediction:
        """Read a video and return its `Prediction`, of which `predict` is the table of windows.

        report: called for each frame used with how many are read and how many the file promises, or None.
        """
        times: dict[int, float] = {}
        stream = VideoStream(video, self.options.max_height)
        cuts, windows = self._cut_windows(stream, times, report), []
        while batch := list(islice(cuts, BATCH)):
            found, clips, landmarks = zip(*batch, strict=True)
            probabilities = average_probabilities(self.bundle.members, np.stack(clips), np.stack(landmarks))
            windows += [replace(window, probabilities=p) for window, p in zip(found, probabilities, strict=True)]
        numbers, seconds = np.array(list(times)), np.array(list(times.values()))
        model, classes = name_model(self.bundle.record), tuple(self.bundle.record["classes"])
        confidence = self.options.confidence
        return Prediction(str(video), model, classes, confidence, windows, numbers, seconds, stream.shown)

    def _cut_windows(self, stream: VideoStream, times: dict[int, float], report: Report) -> Iterator[Cut]:
        """Yield each window of each face (`cut_window`), and note the time of each frame used, by its number."""
        preparation = self.bundle.preparation
        tracker = Tracker(self.detector, self.landmark_model, preparation.max_gap, self.options.search_every)
        people = Identities(self.describer)
        for frame in chain(keep_rate(stream, preparation.rate), [None]):
            ended = []
            if frame is not None:
                report(frame.number + 1, stream.promised)
                times[frame.number] = frame.time
                ended = tracker.step(frame)
            for track in [*ended, *tracker.tracks]:
                complete = frame is None or track in ended
                for positions in list_windows(track, preparation, self.options.stride, complete):
                    if track.face is None:
                        present = {other.face for other in tracker.tracks if other is not track}
                        track.face = people.identify(track.best, present)
                    yield cut_window(track, positions, preparation)
