"""What was recognised in one video, as tables: of windows, of frames, of the strongest moments."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from videofer.clips.pace import FEWEST

OK, UNCERTAIN, NO_FACE, TOO_SHORT, NOTE = "ok", "uncertain", "no face", "too short", "note"
SPAN = ["video", "face", "start_frame", "end_frame", "start_second", "end_second", "status", "label"]
QUALITY = ["detection", "seen", "face_size", "turn", "sharpness"]
BOX = ["left", "top", "right", "bottom"]
TYPES = {"face": "Int64", "label": "string"}
COVERED = -1  # by a window
MOST_FACES = 4  # that the answer in words tells apart
PLATEAU = 0.95  # frames whose probability reaches this part of the greatest one form the peak's plateau
# Beyond these a prediction is called uncertain; ours, not tuned on predictions.
FURTHEST_TURN = 0.5
FEWEST_SEEN = 0.5
# Rendered faces have 0.6 to 1.1; blurred by 1 pixel of the clip 0.2 to 0.4, by 2 pixels 0.08 to 0.17.
LEAST_SHARPNESS = 0.15


@dataclass(frozen=True)
class Window:
    """A face over T frames of a video, how well it can be seen, and what the model makes of it.

    face: its lasting number; numbers, times (T,): of the frames; boxes (T, 4): the face square in each frame, left,
    top, right, bottom in pixels of the video; detection: mean score of dlib's detector where it found the face;
    seen: share of the frames where it did; face_size: side of the face square, pixels of the video; turn: of
    `measure_turn`, median; sharpness: of `measure_sharpness`; enlarged: whether the face is smaller than the clip;
    probabilities (J,) of the classes, None until it is classified; still: whether it is a single picture; foreign:
    whether the model was made for films alone.
    """

    face: int
    numbers: np.ndarray
    times: np.ndarray
    boxes: np.ndarray
    detection: float
    seen: float
    face_size: float
    turn: float
    sharpness: float
    enlarged: bool
    probabilities: np.ndarray | None = None
    still: bool = False
    foreign: bool = True

    def list_doubts(self, confidence: float) -> list[str]:
        """Return in words why the window is uncertain, as it is at a probability below `confidence`."""
        doubts = {
            "still picture": self.still and self.foreign,
            "few frames": not self.still and len(np.unique(self.numbers)) < FEWEST,
            "small face": self.enlarged,
            "turned away": self.turn > FURTHEST_TURN,
            "often not detected": self.seen < FEWEST_SEEN,
            "blurred": self.sharpness < LEAST_SHARPNESS,
            f"probability under {confidence:g}": self.probabilities.max() < confidence,
        }
        return [doubt for doubt, holds in doubts.items() if holds]


def keep_largest(windows: Sequence[Window]) -> list[Window]:
    """Return the windows of the face that covers most of the film, its square's areas summed over its windows."""
    areas: dict[int, float] = defaultdict(float)
    for window in windows:
        areas[window.face] += window.face_size**2
    return [window for window in windows if window.face == max(areas, key=areas.get)]


def split_runs(rows: pd.DataFrame, numbers: np.ndarray, by: str = "status") -> Iterator[pd.DataFrame]:
    """Yield the rows of one face in runs without a gap and with one value of `by`; numbers (F,): of frames used."""
    order = np.searchsorted(numbers, rows["frame"])
    gap = np.diff(order, prepend=order[:1] - 1) > 1
    change = (rows[by] != rows[by].shift()).to_numpy()
    for _, run in rows.groupby(np.cumsum(gap | change)):
        yield run


@dataclass(frozen=True)
class Prediction:
    """All windows of a video; model: what its page calls the model; confidence: a lower probability is uncertain.

    numbers, times (F,): of the frames that were used; shown: (width, height) as a player shows the video; remarks:
    sentences on the whole video, such as how much of it is lost; short: first and last frame of each face that
    shows in fewer than the `needed` frames, and in how many; part: whether not the whole video was wanted.
    """

    video: str
    model: str
    classes: Sequence[str]
    confidence: float
    windows: Sequence[Window]
    numbers: np.ndarray
    times: np.ndarray
    shown: tuple[int, int]
    remarks: Sequence[str] = ()
    short: Sequence[tuple[int, int, int]] = ()
    needed: int = 0
    part: bool = False

    @property
    def scores(self) -> list[str]:
        """The columns of the probabilities."""
        return [f"p_{name}" for name in self.classes]

    @property
    def offset(self) -> float:
        """The second of the video at which its annotated film starts."""
        return float(self.times[0]) if self.part else 0.0

    @property
    def step(self) -> float:
        """How long a frame that is used is usually shown, seconds."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.04

    def list_ends(self) -> np.ndarray:
        """Return until when each frame used is shown (F,), seconds: until the next one comes."""
        return np.append(self.times[1:], self.times[-1] + self.step)

    @property
    def is_short(self) -> bool:
        """Whether the whole video has too few frames."""
        return not self.windows and len(self.numbers) < self.needed and bool(self.short)

    def explain_short(self, frames: int) -> str:
        """Return in words how few frames there are."""
        every = round(float(np.median(np.diff(self.numbers)))) if len(self.numbers) > 1 else 1
        used = f" (1 in {every} is used)" if every > 1 else ""
        return f"{frames} frame{'' if frames == 1 else 's'}, {self.needed} needed{used}"

    def explain_nothing(self) -> str:
        """Return in words why there is no window."""
        return f"too short: {self.explain_short(len(self.numbers))}" if self.is_short else "no face was found"

    def _mark_short(self) -> np.ndarray:
        """Return of each frame (F,) which of `short` shows there, from 1, or 0."""
        marks = np.zeros(len(self.numbers))
        for number, (first, last, _) in enumerate(self.short, 1):
            marks[(self.numbers >= first) & (self.numbers <= last)] = number
        return marks

    def average(self) -> np.ndarray | None:
        """Return the mean probabilities (J,) of all windows, None if there is none."""
        return np.mean([window.probabilities for window in self.windows], axis=0) if self.windows else None

    def summarise(self) -> str:
        """Return the answer in words: of each face its mean probability, and whether most of its windows are ok."""
        faces: dict[int, list[Window]] = defaultdict(list)
        for window in self.windows:
            faces[window.face].append(window)
        answers = []
        for own in faces.values():
            mean = np.mean([window.probabilities for window in own], axis=0)
            doubtful = sum(bool(window.list_doubts(self.confidence)) for window in own) > len(own) / 2
            status = UNCERTAIN if doubtful else OK
            answers.append(f"{self.classes[int(mean.argmax())]} {mean.max():.2f} ({status})")
        more = f", and {len(answers) - MOST_FACES} more" if len(answers) > MOST_FACES else ""
        words = "; ".join(answers[:MOST_FACES]) + more if answers else self.explain_nothing()
        count = f"{len(answers)} faces: " if len(answers) > 1 else ""
        return (
            f"{count}{words}, {self.times[-1] - self.times[0]:.1f} s" if len(self.times) > 1 else f"{count}{words}"
        )

    def tabulate_windows(self) -> pd.DataFrame:
        """Return the table that `Recognizer.predict` describes, in order of time."""
        rows, covered = [], self._mark_short()
        for window in self.windows:
            doubts = window.list_doubts(self.confidence)
            span = [*window.numbers[[0, -1]], *window.times[[0, -1]], UNCERTAIN if doubts else OK]
            label = self.classes[int(window.probabilities.argmax())]
            quality = [getattr(window, name) for name in QUALITY]
            reason = "; ".join(doubts) or None
            rows.append([self.video, window.face, *span, label, *window.probabilities, *quality, reason])
            first, last = np.searchsorted(self.numbers, window.numbers[[0, -1]])
            covered[first : last + 1] = COVERED
        edges = np.flatnonzero(np.diff(covered, prepend=np.nan, append=np.nan))
        blank = [np.nan] * (len(self.classes) + len(QUALITY))
        for first, stop in pairwise(edges.tolist()):
            if covered[first] != COVERED:  # a stretch of frames that no window covers
                ends, short = [first, stop - 1], covered[first] > 0
                reason = self.explain_short(self.short[int(covered[first]) - 1][2]) if short else None
                status = TOO_SHORT if short else NO_FACE
                span = [*self.numbers[ends], *self.times[ends], status]
                rows.append([self.video, pd.NA, *span, None, *blank, reason])
        for remark in self.remarks:
            ends = [0, -1]
            rows.append([self.video, pd.NA, *self.numbers[ends], *self.times[ends], NOTE, None, *blank, remark])
        table = pd.DataFrame(rows, columns=[*SPAN, *self.scores, *QUALITY, "reason"])
        table = table.astype(TYPES | {"reason": "string"})
        return table.sort_values(["start_frame", "face"], kind="stable", ignore_index=True)

    def tabulate_frames(self) -> pd.DataFrame:
        """Return one row a frame and face: video, face, frame, second, box, status, label, p_<class>.

        Probabilities are averages over the windows that contain the frame, weighted by a triangle over each window,
        greatest in its middle. left, top, right and bottom are edges of the face square in pixels of the video,
        blank in rows of frames without a face.
        """
        parts: dict[tuple[int, int], list[tuple[Window, int]]] = defaultdict(list)
        for window in self.windows:
            for position, number in enumerate(window.numbers.tolist()):
                parts[number, window.face].append((window, position))
        rows = []
        for (number, face), part in parts.items():
            halves = [len(window.numbers) / 2 for window, _ in part]
            weights = [1 - abs(at + 0.5 - half) / half for (_, at), half in zip(part, halves, strict=True)]
            mean = np.average([window.probabilities for window, _ in part], axis=0, weights=weights)
            status = UNCERTAIN if any(window.list_doubts(self.confidence) for window, _ in part) else OK
            window, position = part[0]
            box, label = window.boxes[position], self.classes[int(mean.argmax())]
            rows.append([self.video, face, number, window.times[position], *box, status, label, *mean])
        with_face = {number for number, _ in parts}
        blank = [np.nan] * len(self.classes)
        for number, time, short in zip(self.numbers.tolist(), self.times, self._mark_short(), strict=True):
            if number not in with_face:
                status = TOO_SHORT if short else NO_FACE
                rows.append([self.video, pd.NA, number, time, *[np.nan] * 4, status, None, *blank])
        columns = ["video", "face", "frame", "second", *BOX, "status", "label", *self.scores]
        table = pd.DataFrame(rows, columns=columns).astype(TYPES)
        return table.sort_values(["frame", "face"], kind="stable", ignore_index=True)

    def tabulate_moments(self) -> pd.DataFrame:
        """Return where each face shows each expression most strongly: rows of `tabulate_frames`, with their score.

        It is the frame in the middle of the plateau around the greatest probability, since a strong expression is
        almost equally probable in many frames. Only certain frames count, and only expressions that are the
        likeliest somewhere; in order of time.
        """
        frames = self.tabulate_frames()
        rows = []
        for face, certain in frames[frames["status"] == OK].groupby("face"):
            # A plateau ends at a gap between the frames, counted in those that were used.
            gap = np.diff(np.searchsorted(self.numbers, certain["frame"]), prepend=-1) > 1
            for label in certain["label"].unique():
                score = certain[f"p_{label}"].to_numpy()
                best = int(np.where(certain["label"] == label, score, -1).argmax())
                high = score >= PLATEAU * score[best]
                run = np.cumsum(gap | ~high)
                first, last = np.flatnonzero(high & (run == run[best]))[[0, -1]]
                row = certain.iloc[(first + last) // 2].to_dict()
                rows.append(row | {"face": face, "label": label, "score": float(score[best])})
        table = pd.DataFrame(rows, columns=[*frames.columns, "score"])
        return table.sort_values(["frame", "face"], kind="stable", ignore_index=True)
