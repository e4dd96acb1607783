"""Follow every face from frame to frame, and give every person a number that stays when they go and come back."""

from collections.abc import Collection
from dataclasses import dataclass, field

import dlib
import numpy as np

from videofer.faces import search
from videofer.faces.detect import find_landmarks
from videofer.faces.landmark_model import LandmarkModel
from videofer.faces.search import Detector, Found
from videofer.predict.stream import Frame

NEARBY = 0.5  # sides of a face: how far around its last box it is searched
SHRUNK = search.STEP**2  # how much smaller it may have become
CUT = 25.0  # grey levels that a coarse picture changes by, on average, where a film cuts to another scene
COARSE = 16  # cells a side of the coarse picture, of every fourth pixel
BRIDGED = 3  # steps from one search of a known face to the next, where none was missed; between, its box is bridged
# Distance of two descriptors up to which they are one person. Stricter than dlib's own 0.6, which is for colour.
SAME_PERSON = 0.5


@dataclass(frozen=True)
class Observation:
    """A face in a frame: box (4,), landmarks (68, 2), both in pixels of the frame; score nan: interpolated."""

    frame: Frame
    box: np.ndarray
    score: float
    landmarks: np.ndarray


@dataclass(eq=False)
class Track:
    """A face in consecutive frames; `observations` are those that windows to come still need, one a step.

    dropped: how many of its first observations are no longer kept; passed: frames since the last detection, and
    whether it was searched there; next_window: where the next window starts, counted from the first observation;
    face: its lasting number, once it has one; best: its observation of the highest score.
    """

    observations: list[Observation] = field(default_factory=list)
    dropped: int = 0
    passed: list[tuple[Frame, bool]] = field(default_factory=list)
    next_window: int = 0
    face: int | None = None
    best: Observation | None = None

    def __len__(self) -> int:
        """Return how many observations there were so far."""
        return self.dropped + len(self.observations)

    @property
    def box(self) -> np.ndarray:
        """The box (4,) of the last detection."""
        return self.observations[-1].box

    def list_frames(self) -> list[int]:
        """Return the numbers of the frames of the observations that are kept."""
        return list(dict.fromkeys(face.frame.number for face in self.observations))

    @property
    def gap(self) -> int:
        """Steps of the clock since the last detection."""
        return sum(frame.steps or 1 for frame, _ in self.passed)

    def is_due(self, steps: int) -> bool:
        """Whether the face must be searched `steps` on: it was missed, or not searched for long enough."""
        return self.gap + steps >= BRIDGED or any(searched for _, searched in self.passed)

    def add(self, frame: Frame, box: np.ndarray, score: float, landmark_model: LandmarkModel) -> None:
        """Add a detection; boxes of the frames passed before it are interpolated (as `track.fill_gaps` does).

        Where it was not searched it has the lower score of both ends, where it was missed none. Each step of the
        clock has an observation: that of a frame that is shown for several is repeated.
        """
        frames = [*(shown for shown, _ in self.passed), frame]
        at = np.cumsum([shown.steps or 1 for shown in frames])
        share = np.linspace(0, 1, at[-1] + 1)[at[:-1], None]
        between = self.box * (1 - share) + box * share if self.passed else []
        boxes = np.array([*between, box], np.float64)
        bridged = min(self.observations[-1].score, score) if self.passed else score
        scores = [float("nan") if searched else bridged for _, searched in self.passed] + [score]
        for shown, edges, certainty in zip(frames, boxes, scores, strict=True):
            self.observations += self.observations[-1:] * ((shown.steps or 1) - 1)
            landmarks = find_landmarks(shown.pixels[None], edges[None], landmark_model)[0]
            self.observations.append(Observation(shown, edges, certainty, landmarks))
        self.passed = []
        if self.best is None or score > self.best.score:
            self.best = self.observations[-1]


class Tracker:
    """Finds the faces of each frame and joins them to tracks; a track ends after `max_gap` missed steps.

    Around known faces every third frame is searched (BRIDGED), and each one after a face was missed; the whole
    frame only every `search_every` steps, which is when new faces are found. At a cut of the film and at a pause
    all tracks end.
    """

    def __init__(self, detector: Detector, landmark_model: LandmarkModel, max_gap: int, search_every: int):
        self.tracks: list[Track] = []
        self._detector, self._landmark_model = detector, landmark_model
        self._max_gap, self._search_every = max_gap, search_every
        self._since_search = search_every
        self._coarse: np.ndarray | None = None

    def step(self, frame: Frame) -> list[Track]:
        """Take the next frame; returns the tracks that ended before it."""
        ended = []
        sampled = frame.pixels[::4, ::4]
        rows, columns = (np.linspace(0, side, COARSE + 1).astype(int)[:-1] for side in sampled.shape)
        sums = np.add.reduceat(np.add.reduceat(sampled, rows, 0, np.float32), columns, 1)
        before, self._coarse = self._coarse, sums / (sampled.size / COARSE**2)
        if before is not None and (frame.steps is None or float(np.abs(self._coarse - before).mean()) > CUT):
            ended = self.end()
            self._since_search = self._search_every
        self._since_search += frame.steps or 1
        whole = self._since_search >= self._search_every
        searched = [track for track in self.tracks if whole or track.is_due(frame.steps or 1)]
        if whole:
            self._since_search = 0
            found = self._detector(frame.pixels)
        else:
            nearby = [face for track in searched for face in find_nearby(self._detector, frame.pixels, track.box)]
            found = drop_duplicates(nearby)
        matched = search.match_boxes([track.box for track in self.tracks], [box for box, _ in found])
        for number, track in enumerate(self.tracks):
            if number in matched:
                track.add(frame, *found[matched[number]], self._landmark_model)
            else:
                track.passed.append((frame, track in searched))
        for number, (box, score) in enumerate(found):
            if number not in matched.values():
                self.tracks.append(Track())
                self.tracks[-1].add(frame, box, score, self._landmark_model)
        ended += [track for track in self.tracks if track.gap > self._max_gap]
        self.tracks = [track for track in self.tracks if track.gap <= self._max_gap]
        return ended

    def end(self) -> list[Track]:
        """End all tracks, as after the last frame, and return them; each is searched again in its last frame."""
        ended, self.tracks = self.tracks, []
        for track in ended:
            if track.passed and not any(searched for _, searched in track.passed):
                frame, _ = track.passed.pop()
                found = find_nearby(self._detector, frame.pixels, track.box)
                matched = search.match_boxes([track.box], [box for box, _ in found])
                if matched:
                    track.add(frame, *found[matched[0]], self._landmark_model)
        return ended


def find_nearby(detector: Detector, pixels: np.ndarray, box: np.ndarray) -> Found:
    """Detect faces, with boxes in pixels of the frame (H, W), around `box` (4,) and not much smaller than it."""
    reach = NEARBY * (box[2] - box[0])
    left, top = np.maximum(np.floor(box[:2] - reach), 0).astype(int)
    right, bottom = np.ceil(box[2:] + reach).astype(int)
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    if part.size == 0:
        return []
    corner = np.array([left, top, left, top])
    steps = search.count_steps((box[2] - box[0]) / SHRUNK)
    return [(found + corner, score) for found, score in search.search_coarsely(detector, part, steps)]


def drop_duplicates(found: Found) -> Found:
    """Keep, of detections of one face in neighbouring parts of a frame, the one with the best score."""
    kept: Found = []
    for box, score in sorted(found, key=lambda pair: -pair[1]):
        if not kept or search.overlaps(box[None], np.stack([other for other, _ in kept])).max() < search.SAME_FACE:
            kept.append((box, score))
    return kept


class Identities:
    """The people of one video, by their mean descriptors (128,) of dlib's face recognition network (King 2017)."""

    def __init__(self, network: dlib.face_recognition_model_v1):
        self._network = network
        self._people: list[tuple[np.ndarray, int]] = []  # mean descriptor over so many tracks

    def identify(self, face: Observation, present: Collection[int]) -> int:
        """Return the number of a face, from 1: that of the nearest person who is not `present`, or a new one."""
        left, top, right, bottom = (round(float(edge)) for edge in face.box)
        points = dlib.points([dlib.point(round(float(x)), round(float(y))) for x, y in face.landmarks])
        shape = dlib.full_object_detection(dlib.rectangle(left, top, right - 1, bottom - 1), points)
        colours = np.repeat(face.frame.pixels[..., None], 3, axis=2)
        descriptor = np.array(self._network.compute_face_descriptor(colours, shape))
        distances = [np.linalg.norm(mean - descriptor) for mean, _ in self._people]
        absent = [person for person in range(len(self._people)) if person + 1 not in present]
        nearest = min(absent, key=distances.__getitem__, default=None)
        if nearest is None or distances[nearest] > SAME_PERSON:
            self._people.append((descriptor, 1))
            return len(self._people)
        mean, count = self._people[nearest]
        self._people[nearest] = (mean * count + descriptor) / (count + 1), count + 1
        return nearest + 1
