"""What was recognised in one video, as tables: a row a window, or a row a frame and face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from videofer.predict.quality import Quality

OK, UNCERTAIN, NO_FACE = "ok", "uncertain", "no face"
PLACE = ["video", "face", "start_frame", "end_frame", "start_second", "end_second", "status", "label"]
QUALITY = ["detection", "seen", "face_size", "turn", "sharpness"]
BOX = ["left", "top", "right", "bottom"]


@dataclass(frozen=True)
class Answer:
    """What the model says of a window: probabilities (J,); the rest as of `windows.Window`."""

    face: int
    numbers: np.ndarray
    times: np.ndarray
    boxes: np.ndarray
    quality: Quality
    probabilities: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """All answers to a video; numbers, times (F,): of the frames that were looked at; shown: (width, height)."""

    video: str
    classes: Sequence[str]
    confidence: float
    answers: Sequence[Answer]
    numbers: np.ndarray
    times: np.ndarray
    shown: tuple[int, int]

    def tabulate_windows(self) -> pd.DataFrame:
        """Return the table that `Recognizer.predict` describes, in order of time."""
        rows = [self._describe(answer) for answer in self.answers] + self._list_empty()
        table = pd.DataFrame(rows, columns=[*PLACE, *self.scores, *QUALITY, "reason"])
        table = table.astype({"face": "Int64", "label": "string", "reason": "string"})
        return table.sort_values(["start_frame", "face"], kind="stable", ignore_index=True)

    def tabulate_frames(self) -> pd.DataFrame:
        """Return one row a frame and face: video, face, frame, second, box, status, label, p_<class>.

        Probabilities are averages over the windows that hold the frame; left, top, right and bottom are edges of
        the face square in pixels of the video, blank in rows of frames without a face.
        """
        frames: dict[tuple[int, int], list] = {}
        for answer in self.answers:
            for place, number in enumerate(answer.numbers.tolist()):
                entry = frames.setdefault((number, answer.face), [answer.times[place], answer.boxes[place], []])
                entry[2].append(answer)
        rows = []
        for (number, face), (time, box, answers) in frames.items():
            mean = np.mean([answer.probabilities for answer in answers], axis=0)
            status = UNCERTAIN if any(self.list_doubts(answer) for answer in answers) else OK
            rows.append([self.video, face, number, time, *box, status, self.classes[int(mean.argmax())], *mean])
        seen = {number for number, _ in frames}
        blank = [np.nan] * len(self.classes)
        for number, time in zip(self.numbers.tolist(), self.times, strict=True):
            if number not in seen:
                rows.append([self.video, pd.NA, number, time, *[np.nan] * 4, NO_FACE, None, *blank])
        columns = ["video", "face", "frame", "second", *BOX, "status", "label", *self.scores]
        table = pd.DataFrame(rows, columns=columns)
        table = table.astype({"face": "Int64", "label": "string"})
        return table.sort_values(["frame", "face"], kind="stable", ignore_index=True)

    @property
    def scores(self) -> list[str]:
        """The columns of the probabilities."""
        return [f"p_{name}" for name in self.classes]

    def list_doubts(self, answer: Answer) -> list[str]:
        """Return in words why an answer is uncertain; nothing if it is not."""
        doubts = answer.quality.doubts()
        if answer.probabilities.max() < self.confidence:
            doubts.append(f"probability under {self.confidence:g}")
        return doubts

    def _describe(self, answer: Answer) -> dict:
        doubts = self.list_doubts(answer)
        row = {
            "video": self.video,
            "face": answer.face,
            "start_frame": int(answer.numbers[0]),
            "end_frame": int(answer.numbers[-1]),
            "start_second": float(answer.times[0]),
            "end_second": float(answer.times[-1]),
            "status": UNCERTAIN if doubts else OK,
            "label": self.classes[int(answer.probabilities.argmax())],
            "reason": "; ".join(doubts) or None,
        }
        row |= dict(zip(self.scores, answer.probabilities.tolist(), strict=True))
        return row | {name: getattr(answer.quality, name) for name in QUALITY}

    def _list_empty(self) -> list[dict]:
        """Return a row for each stretch of frames that no window covers."""
        covered = np.zeros(len(self.numbers), bool)
        for answer in self.answers:
            first, last = np.searchsorted(self.numbers, answer.numbers[[0, -1]])
            covered[first : last + 1] = True
        edges = np.flatnonzero(np.diff(np.concatenate(([True], covered, [True])).astype(np.int8)))
        return [
            {
                "video": self.video,
                "face": pd.NA,
                "start_frame": int(self.numbers[first]),
                "end_frame": int(self.numbers[stop - 1]),
                "start_second": float(self.times[first]),
                "end_second": float(self.times[stop - 1]),
                "status": NO_FACE,
            }
            for first, stop in edges.reshape(-1, 2)
        ]
