"""What was recognised in one video, as tables: of windows, of frames, of the strongest moments."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from videofer.predict.windows import Window

OK, UNCERTAIN, NO_FACE = "ok", "uncertain", "no face"
SPAN = ["video", "face", "start_frame", "end_frame", "start_second", "end_second", "status", "label"]
QUALITY = ["detection", "seen", "face_size", "turn", "sharpness"]
BOX = ["left", "top", "right", "bottom"]
TYPES = {"face": "Int64", "label": "string"}
PLATEAU = 0.95  # frames whose probability reaches this part of the greatest one form the peak's plateau


@dataclass(frozen=True)
class Prediction:
    """All windows of a video; model: what its page calls the model; confidence: a lower probability is uncertain.

    numbers, times (F,): of the frames that were used; shown: (width, height) as a player shows the video.
    """

    video: str
    model: str
    classes: Sequence[str]
    confidence: float
    windows: Sequence[Window]
    numbers: np.ndarray
    times: np.ndarray
    shown: tuple[int, int]

    @property
    def scores(self) -> list[str]:
        """The columns of the probabilities."""
        return [f"p_{name}" for name in self.classes]

    def tabulate_windows(self) -> pd.DataFrame:
        """Return the table that `Recognizer.predict` describes, in order of time."""
        rows = [self._describe(window) for window in self.windows]
        for first, last in self._list_empty():
            rows.append(self._span(self.numbers[[first, last]], self.times[[first, last]], NO_FACE))
        table = pd.DataFrame(rows, columns=[*SPAN, *self.scores, *QUALITY, "reason"])
        table = table.astype(TYPES | {"reason": "string"})
        return table.sort_values(["start_frame", "face"], kind="stable", ignore_index=True)

    def tabulate_frames(self) -> pd.DataFrame:
        """Return one row a frame and face: video, face, frame, second, box, status, label, p_<class>.

        Probabilities are averages over the windows that contain the frame, each with the greater weight the nearer
        the frame is to its middle (`weigh_frames`); left, top, right and bottom are edges of the face square in
        pixels of the video, blank in rows of frames without a face.
        """
        parts: dict[tuple[int, int], list[tuple[Window, int]]] = defaultdict(list)
        for window in self.windows:
            for position, number in enumerate(window.numbers.tolist()):
                parts[number, window.face].append((window, position))
        rows = []
        for (number, face), part in parts.items():
            weights = [weigh_frames(len(window.numbers))[position] for window, position in part]
            mean = np.average([window.probabilities for window, _ in part], axis=0, weights=weights)
            status = UNCERTAIN if any(self._list_doubts(window) for window, _ in part) else OK
            window, position = part[0]
            box = window.boxes[position]
            label = self.classes[int(mean.argmax())]
            rows.append([self.video, face, number, window.times[position], *box, status, label, *mean])
        with_face = {number for number, _ in parts}
        blank = [np.nan] * len(self.classes)
        for number, time in zip(self.numbers.tolist(), self.times, strict=True):
            if number not in with_face:
                rows.append([self.video, pd.NA, number, time, *[np.nan] * 4, NO_FACE, None, *blank])
        columns = ["video", "face", "frame", "second", *BOX, "status", "label", *self.scores]
        table = pd.DataFrame(rows, columns=columns).astype(TYPES)
        return table.sort_values(["frame", "face"], kind="stable", ignore_index=True)

    def tabulate_moments(self) -> pd.DataFrame:
        """Return where each face shows each expression most strongly: rows of `tabulate_frames`, with their score.

        It is the frame in the middle of the plateau around the greatest probability (`find_plateau`), since a
        strong expression is almost equally probable in many frames. Only certain frames count, and only expressions
        that are the likeliest somewhere; in order of time.
        """
        frames = self.tabulate_frames()
        rows = []
        for face, certain in frames[frames["status"] == OK].groupby("face"):
            # Frames follow each other if they do so among those that were used.
            order = np.searchsorted(self.numbers, certain["frame"])
            for label in certain["label"].unique():
                score = certain[f"p_{label}"].to_numpy()
                best = int(np.where(certain["label"] == label, score, -1).argmax())
                first, last = find_plateau(score, order, best)
                row = certain.iloc[(first + last) // 2].to_dict()
                rows.append(row | {"face": face, "label": label, "score": float(score[best])})
        table = pd.DataFrame(rows, columns=[*frames.columns, "score"])
        return table.sort_values(["frame", "face"], kind="stable", ignore_index=True)

    def _list_doubts(self, window: Window) -> list[str]:
        """Return in words why a window is uncertain; nothing if it is not."""
        doubts = window.quality.list_doubts()
        if window.probabilities.max() < self.confidence:
            doubts.append(f"probability under {self.confidence:g}")
        return doubts

    def _describe(self, window: Window) -> dict:
        doubts = self._list_doubts(window)
        row = self._span(window.numbers, window.times, UNCERTAIN if doubts else OK)
        row |= {"face": window.face, "label": self.classes[int(window.probabilities.argmax())]}
        row |= dict(zip(self.scores, window.probabilities.tolist(), strict=True))
        row |= {name: getattr(window.quality, name) for name in QUALITY}
        return row | {"reason": "; ".join(doubts) or None}

    def _span(self, numbers: np.ndarray, times: np.ndarray, status: str) -> dict:
        frames = {"start_frame": int(numbers[0]), "end_frame": int(numbers[-1])}
        seconds = {"start_second": float(times[0]), "end_second": float(times[-1])}
        return {"video": self.video, "face": pd.NA, **frames, **seconds, "status": status}

    def _list_empty(self) -> list[tuple[int, int]]:
        """Return the first and last position of each stretch of frames that no window covers."""
        covered = np.zeros(len(self.numbers), bool)
        for window in self.windows:
            first, last = np.searchsorted(self.numbers, window.numbers[[0, -1]])
            covered[first : last + 1] = True
        edges = np.flatnonzero(np.diff(np.concatenate(([True], covered, [True])).astype(np.int8)))
        return [(first, stop - 1) for first, stop in edges.reshape(-1, 2)]


def weigh_frames(length: int) -> np.ndarray:
    """Return the weights (T,) of a window of `length` frames in each of them: a triangle, greatest in the middle.

    Windows that overlap by half then pass from one to the next evenly: each frame gets the mean of both predictions
    in the shares of its distance to their middles.
    """
    middle = (length - 1) / 2
    return 1 - np.abs(np.arange(length) - middle) / (length / 2)


def find_plateau(scores: np.ndarray, order: np.ndarray, best: int) -> tuple[int, int]:
    """Return the first and last of the frames around `best` whose score, (F,), reaches PLATEAU of its own.

    order (F,): position of each frame among those of the video; a gap between them ends the plateau.
    """
    ends = []
    for step in (-1, 1):
        end = best
        while (
            0 <= end + step < len(scores)
            and scores[end + step] >= PLATEAU * scores[best]
            and abs(order[end + step] - order[end]) == 1
        ):
            end += step
        ends.append(end)
    return ends[0], ends[1]
