"""Give every face a lasting number: a person who comes back into the picture gets the same one again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import dlib
import numpy as np

from videofer.faces.search import model_path
from videofer.predict.tracking import Observation

MODEL = "dlib_face_recognition_resnet_model_v1.dat"
# Distance of two descriptors up to which they are one person. Stricter than dlib's own 0.6, which is for colour.
SAME_PERSON = 0.5

Describe = Callable[[Observation], np.ndarray]


@dataclass
class Person:
    """A known person: number from 1, mean descriptor (128,) over `count` tracks."""

    number: int
    mean: np.ndarray
    count: int = 1


def load_describer() -> Describe:
    """Return a function from a face to its descriptor (128,), by dlib's face recognition network (King 2017)."""
    network = dlib.face_recognition_model_v1(str(model_path(MODEL)))

    def describe(face: Observation) -> np.ndarray:
        left, top, right, bottom = (round(float(edge)) for edge in face.box)
        points = dlib.points([dlib.point(round(float(x)), round(float(y))) for x, y in face.landmarks])
        shape = dlib.full_object_detection(dlib.rectangle(left, top, right - 1, bottom - 1), points)
        colours = np.repeat(face.frame.pixels[..., None], 3, axis=2)
        return np.array(network.compute_face_descriptor(colours, shape))

    return describe


class Identities:
    """The people of one video, each with the mean descriptor of the tracks that show them."""

    def __init__(self, describe: Describe):
        self._describe = describe
        self._people: list[Person] = []

    def identify(self, face: Observation, present: Collection[int]) -> int:
        """Return the number of a face: that of the nearest person known who is not `present`, or a new one."""
        descriptor = self._describe(face)
        absent = [person for person in self._people if person.number not in present]
        nearest = min(absent, key=lambda person: np.linalg.norm(person.mean - descriptor), default=None)
        if nearest is None or np.linalg.norm(nearest.mean - descriptor) > SAME_PERSON:
            self._people.append(Person(len(self._people) + 1, descriptor))
            return len(self._people)
        nearest.mean = (nearest.mean * nearest.count + descriptor) / (nearest.count + 1)
        nearest.count += 1
        return nearest.number
