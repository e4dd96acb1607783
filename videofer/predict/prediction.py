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
PLATEAU = 0.95  # frames whose probability reaches this part of the greatest one form the peak's plateau


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

        Probabilities are averages over the windows that hold the frame, each counting the more the nearer the frame
        is to its middle (`weigh_frames`); left, top, right and bottom are edges of the face square in pixels of the
        video, blank in rows of frames without a face.
        """
        frames: dict[tuple[int, int], list] = {}
        for answer in self.answers:
            weights = weigh_frames(len(answer.numbers)).tolist()
            for place, number in enumerate(answer.numbers.tolist()):
                entry = frames.setdefault((number, answer.face), [answer.times[place], answer.boxes[place], [], []])
                entry[2].append(answer)
                entry[3].append(weights[place])
        rows = []
        for (number, face), (time, box, answers, weights) in frames.items():
            mean = np.average([answer.probabilities for answer in answers], axis=0, weights=weights)
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

    def tabulate_moments(self) -> pd.DataFrame:
        """Return where each face shows each expression most strongly: rows of `tabulate_frames`, with their score.

        It is the frame in the middle of the plateau around the greatest probability (`find_plateau`), since a
        strong expression is almost equally probable in many frames. Only certain frames count, and only expressions
        that are the likeliest somewhere; in order of time.
        """
        frames = self.tabulate_frames()
        certain = frames[frames["status"] == OK]
        rows = []
        for face, shown in certain.groupby("face"):
            # Where the frames follow each other, among those that were looked at.
            place = np.searchsorted(self.numbers, shown["frame"])
            for label in shown["label"].unique():
                score = shown[f"p_{label}"].to_numpy()
                best = int(np.where(shown["label"] == label, score, -1).argmax())
                first, last = find_plateau(score, place, best)
                row = shown.iloc[(first + last) // 2].to_dict()
                rows.append(row | {"face": face, "label": label, "score": float(score[best])})
        table = pd.DataFrame(rows, columns=[*frames.columns, "score"])
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


def weigh_frames(length: int) -> np.ndarray:
    """Return how much a window of so many frames counts in each of them, (T,): a triangle, greatest in the middle.

    Windows that overlap by half then pass from one to the next evenly: each frame gets the mean of both answers in
    the shares of its distance to their middles.
    """
    middle = (length - 1) / 2
    return 1 - np.abs(np.arange(length) - middle) / (length / 2)


def find_plateau(scores: np.ndarray, places: np.ndarray, best: int) -> tuple[int, int]:
    """Return the first and last of the frames around `best` whose score, (F,), reaches PLATEAU of its own.

    places (F,): of the frames in the video; a gap between them ends the plateau.
    """
    ends = []
    for step in (-1, 1):
        end = best
        while 0 <= end + step < len(scores):
            if scores[end + step] < PLATEAU * scores[best] or abs(places[end + step] - places[end]) > 1:
                break
            end += step
        ends.append(end)
    return ends[0], ends[1]
