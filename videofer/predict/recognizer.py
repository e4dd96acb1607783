"""A trained model that reads videos: faces are cut into windows, like the clips of the training, and classified."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import dlib
import numpy as np
import pandas as pd

from videofer.clips.augment import augment_landmarks, crop_centre
from videofer.clips.peak import crop_clip, map_landmarks
from videofer.core.errors import UserError
from videofer.core.landmarks import NOSE_TIP, OUTER_EYE_CORNERS
from videofer.faces.detect import steady_track
from videofer.faces.landmark_model import LandmarkModel, load_landmark_model
from videofer.faces.model_files import model_path
from videofer.faces.search import Detector, load_detector
from videofer.predict.bundle import AGAIN, RECORD, Bundle, Preparation, name_model, open_bundle
from videofer.predict.networks import Networks, Rest
from videofer.predict.options import LARGEST, Options, find_bundle
from videofer.predict.prediction import Prediction, Window, keep_largest
from videofer.predict.rest import AUTO_REST, NO_REST, RestFinder, choose_rest
from videofer.predict.sources import Source, open_source
from videofer.predict.stream import keep_rate
from videofer.predict.tracking import Identities, Track, Tracker

BATCH = 16  # windows that are classified together
# Frames before and after a window that its face square is smoothed over; the training had the whole sequence.
CONTEXT = 16
# Below which a window is uncertain, where neither the user nor the bundle says it. Of two classes the likeliest has
# always that: then half as much again as a guess.
CONFIDENCE, TIMES_A_GUESS = 0.5, 1.5
SMALLEST_FACE = 48.0  # pixels of the scaled frame: below, the clip is an enlargement
DESCRIBER = "dlib_face_recognition_resnet_model_v1.dat"
NUMBERED_ANEW = (
    "Faces that come back have new numbers: pip install 'videofer[dlib]' brings what people are known again by."
)

Report = Callable[[int, int | None], None]
Cut = tuple[Window, np.ndarray, np.ndarray]  # with clip and landmarks


@dataclass
class Recognizer:
    """Recognises the expression of every face in a video; made by `load`.

    Examples:
        >>> from videofer import Recognizer
        >>> recognizer = Recognizer.load()  # doctest: +SKIP
        >>> table = recognizer.predict("holiday.mp4")  # doctest: +SKIP
        >>> table[["face", "start_second", "label", "status"]]  # doctest: +SKIP
    """

    bundle: Bundle
    options: Options
    networks: Networks = field(repr=False)
    detector: Detector = field(repr=False)
    landmark_model: LandmarkModel = field(repr=False)
    describer: dlib.face_recognition_model_v1 | None = field(repr=False)

    @classmethod
    def load(cls, path: str | Path | None = None, threads: int = 1, **options: float | str) -> Recognizer:
        """Load and verify a bundle (`find_bundle`); options: fields of `Options`.

        threads: processor threads of the networks. Raises UserError if the bundle is damaged, changed or of another
        version.
        """
        chosen = Options(**options)
        path = find_bundle(path)
        with open_bundle(path) as bundle:
            preparation = bundle.preparation
            chosen.check(preparation.length)
            detector = load_detector(preparation.detector, preparation.upsample, smallest=None)
            describer = None
            with contextlib.suppress(UserError):  # without it, see NUMBERED_ANEW
                describer = dlib.face_recognition_model_v1(str(model_path(DESCRIBER)))
            landmark_model, networks = (
                load_landmark_model(str(bundle.landmark_model)),
                Networks(bundle.networks, threads),
            )
            if networks.classes != list(bundle.record["classes"]):
                raise UserError(f"{path} is damaged: its networks name other classes than its {RECORD}: {AGAIN}.")
            if chosen.rest != NO_REST and not networks.rest_frames:
                raise UserError(f"--rest needs a bundle whose networks take a face at rest, and {path} has none.")
            if chosen.confidence is None:
                least = max(CONFIDENCE, TIMES_A_GUESS / len(networks.classes))
                chosen = replace(chosen, confidence=bundle.record.get("confidence", least))
            return cls(bundle, chosen, networks, detector, landmark_model, describer)

    def predict(self, video: str | Path) -> pd.DataFrame:
        """Return one row a window of 16 frames and face, and one for each stretch without a face.

        Columns: video; face, a number from 1 that stays with the person; start_frame, end_frame (from 0, both
        included), start_second, end_second; status: ok, uncertain, no face, too short or note; label; `p_<class>`,
        the probabilities; detection, seen, face_size, turn, sharpness of `prediction.Window`; reason, why it is
        uncertain.
        Raises RejectedClip if the video cannot be read.
        """
        return self.recognise(video).tabulate_windows()

    def recognise(self, video: str | Path, report: Report = lambda done, promised: None) -> Prediction:
        """Read a video and return its `Prediction`, of which `predict` is the table of windows.

        report: called for each frame used with how many are read and how many the file promises, or None.
        """
        rests, remarks = self._find_rests(video)
        times, short, windows = {}, [], []
        stream = self._open(video)
        for found, clips, landmarks in self._batch_windows(stream, times, short, report):
            for face in sorted({window.face for window in found}):
                own = [number for number, window in enumerate(found) if window.face == face]
                probabilities = self.networks.average(clips[own], landmarks[own], rests(face))
                windows += [replace(found[n], probabilities=p) for n, p in zip(own, probabilities, strict=True)]
        if self.describer is None and len({window.face for window in windows}) > 1:
            remarks = [*remarks, NUMBERED_ANEW]
        numbers, seconds = np.array(list(times)), np.array(list(times.values()))
        model, classes = name_model(self.bundle.record), tuple(self.bundle.record["classes"])
        confidence = self.options.confidence
        about = str(video), model, classes, confidence
        needed = self.bundle.preparation.min_frames
        if len(numbers) < needed and not stream.still:
            short = [(int(numbers[0]), int(numbers[-1]), len(numbers))]
        if self.options.faces == LARGEST and windows:
            windows, short = keep_largest(windows), []
        return Prediction(
            *about, windows, numbers, seconds, stream.shown, (*remarks, *stream.remarks), tuple(short), needed,
            part=self.options.is_part,
        )  # fmt: skip

    def _open(self, video: str | Path) -> Source:
        return open_source(video, self.options.max_height, self.options.start, self.options.end)

    def _batch_windows(
        self, stream: Source, times: dict[int, float], short: list[tuple[int, int, int]], report: Report
    ) -> Iterator[tuple[list[Window], np.ndarray, np.ndarray]]:
        """Yield BATCH windows at a time with their clips and landmarks."""
        cuts = self._cut_windows(stream, times, short, report)
        while batch := list(islice(cuts, BATCH)):
            found, clips, landmarks = zip(*batch, strict=True)
            yield list(found), np.stack(clips), np.stack(landmarks)

    def _find_rests(self, video: str | Path) -> tuple[Callable[[int], Rest | None], list[str]]:
        """Return the face at rest by the number of the face, and remarks on what was taken for it.

        Of the film or picture that `options.rest` names, or of a first reading of the video itself.
        """
        if (chosen := self.options.rest) == NO_REST:
            return lambda face: None, []
        own = chosen == AUTO_REST
        source = str(video) if own else chosen
        finder = RestFinder(self.networks, list(self.bundle.record["classes"]))
        stream = self._open(source) if own else open_source(source, self.options.max_height)
        for found, clips, landmarks in self._batch_windows(stream, {}, [], lambda done, promised: None):
            finder.add(found, clips, landmarks)
        return choose_rest(finder, source, own=own)

    def _cut_windows(
        self, stream: Source, times: dict[int, float], short: list[tuple[int, int, int]], report: Report
    ) -> Iterator[Cut]:
        """Yield each window of each face (`cut_window`).

        Noted are the time of each frame used, by its number, and the faces that are `Prediction.short`.
        """
        preparation = self.bundle.preparation
        tracker = Tracker(self.detector, self.landmark_model, preparation.max_gap, self.options.search_every)
        people = Identities(self.describer)
        frames = islice(stream, 0, None, self.options.every)
        for frame in chain(keep_rate(frames, preparation.rate), [None]):
            if frame is None:
                ended = tracker.end()
            else:
                report(frame.number + 1, stream.promised)
                times[frame.number] = frame.time
                ended = tracker.step(frame)
            shown = [*ended, *tracker.tracks]
            for track in shown:
                complete = track in ended
                if complete and stream.still:  # shown for one window
                    track.observations *= preparation.length
                elif track.next_window == 0 and len(seen := track.list_frames()) < preparation.min_frames:
                    if complete:
                        short.append((seen[0], seen[-1], len(seen)))
                    continue
                for positions in list_windows(track, preparation, self.options.stride, complete):
                    if track.face is None:
                        present = {other.face for other in shown if other is not track}
                        track.face = people.identify(track.best, present)
                    window, *faces = cut_window(track, positions, preparation)
                    foreign = not self.bundle.record.get("stills", False)
                    yield replace(window, still=stream.still, foreign=foreign), *faces


def list_windows(track: Track, preparation: Preparation, stride: int, ended: bool) -> Iterator[np.ndarray]:
    """Yield the windows of a track that can be cut now, as positions (T,) in its observations.

    They start `stride` steps apart. A window is complete once CONTEXT steps after it are known. Of an ended track
    all are complete, the last one so that it ends with the track; a track of `min_frames` frames or more that is
    shorter than a window is stretched, as `peak.choose_frames` does. Observations that no later window needs are
    dropped after each.
    """
    length = preparation.length
    while track.next_window + length + (0 if ended else CONTEXT) <= len(track):
        start = track.next_window - track.dropped
        yield np.arange(start, start + length)
        track.next_window += stride
        unneeded = track.next_window - CONTEXT - track.dropped
        # The last window of all may reach back from the track's end.
        unneeded = max(0, min(unneeded, len(track.observations) - length - CONTEXT))
        track.dropped += unneeded
        del track.observations[:unneeded]
    if not ended:
        return
    if track.next_window == 0 and len(track) >= preparation.min_frames:
        yield ((np.arange(length) + 0.5) * len(track) / length).astype(np.int64)
    elif 0 < track.next_window < len(track) - length + stride:
        yield np.arange(len(track) - length, len(track)) - track.dropped


def cut_window(track: Track, positions: np.ndarray, preparation: Preparation) -> Cut:
    """Cut one window, the observations at `positions` (T,), of a track.

    Returns it with its clip (T, 48, 48) uint8 and landmarks (T, 68, 2) in pixels of the clip.
    """
    first = max(0, int(positions[0]) - CONTEXT)
    around = track.observations[first : int(positions[-1]) + 1 + CONTEXT]
    chosen = positions - first
    landmarks = np.stack([face.landmarks for face in around])
    square = steady_track(np.stack([face.box for face in around]), landmarks, preparation.track)
    square = square.astype(np.float32)[chosen]  # as a 'faces' artifact keeps it
    faces = [around[position] for position in chosen]
    size, margin, scale = preparation.size, preparation.margin, faces[0].frame.scale
    clip = crop_clip(np.stack([face.frame.pixels for face in faces]), square, size, margin)
    clip = np.ascontiguousarray(crop_centre(clip, size))
    mapped = map_landmarks(landmarks[chosen], square, size, margin)
    centre, side = square[:, :2].astype(np.float64), square[:, 2:].astype(np.float64)
    scores = np.array([face.score for face in faces])
    detected = np.isfinite(scores)
    window = Window(
        face=track.face,
        numbers=np.array([face.frame.number for face in faces]),
        times=np.array([face.frame.time for face in faces]),
        boxes=np.concatenate([centre - side / 2, centre + side / 2], axis=1) * scale,
        detection=float(scores[detected].mean()) if detected.any() else float("nan"),
        seen=float(detected.mean()),
        face_size=float(side[0, 0]) * scale,
        turn=float(np.median(measure_turn(landmarks[chosen]))),
        sharpness=measure_sharpness(clip),
        enlarged=float(side[0, 0]) < SMALLEST_FACE,
    )
    return window, clip, augment_landmarks(mapped[None], size + 2 * margin, size)[0, 0]


def measure_turn(landmarks: np.ndarray) -> np.ndarray:
    """Return how far each face is turned to the side: landmarks (T, 68, 2) -> (T,).

    Distance of the nose tip from the middle of the outer eye corners, in half theirs: 0 in front, 1 in profile.
    """
    right, left = (landmarks[:, corner].astype(np.float64) for corner in OUTER_EYE_CORNERS)
    across = left - right
    half = np.maximum((across**2).sum(-1) / 2, 1e-9)
    from_middle = landmarks[:, NOSE_TIP] - (left + right) / 2
    return np.abs((from_middle * across).sum(-1)) / half


def measure_sharpness(clip: np.ndarray) -> float:
    """Return the deviation of a clip's (T, H, W) Laplacian over that of its pixels: blur lowers it, not light."""
    pixels = clip.astype(np.float32)
    neighbours = pixels[:, :-2, 1:-1] + pixels[:, 2:, 1:-1] + pixels[:, 1:-1, :-2] + pixels[:, 1:-1, 2:]
    spread = float(pixels.std())
    return float((neighbours - 4 * pixels[:, 1:-1, 1:-1]).std()) / spread if spread > 0 else 0.0
