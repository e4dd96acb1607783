"""Heads of scanned people: the same person from the same numbers, landmarks in place, a mouth that opens."""

import numpy as np
import pytest

from videofer.core.landmarks import MIRROR_ORDER
from videofer.datasets.rendered.acted_scene import ActedScene
from videofer.datasets.rendered.animation import Performance, activate_unit
from videofer.datasets.rendered.basis import Material, load_basis
from videofer.datasets.rendered.clip import Scene, film, find_samples, project
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity
from videofer.datasets.rendered.scanned import SCANNED_PATH, load_scanned


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(load_scanned(), create_identity(load_scanned(), np.random.default_rng(3))[0])


def draw(head: Head, units: list[str], activation: np.ndarray, yaw: float = 0.0) -> np.ndarray:
    performance = Performance(activation[None], np.ones(1), 0, np.array([[yaw, 0, 0, 0, 0]]))
    return next(film(head, performance, Scene(192, 192, np.random.default_rng(1)), units, np.random.default_rng(2)))


def test_the_file_is_small_and_the_same_numbers_give_the_same_person():
    assert SCANNED_PATH.stat().st_size < 5_000_000
    first, again, other = (create_identity(load_scanned(), np.random.default_rng(n))[0] for n in (7, 7, 8))
    for name, array in first.items():
        assert np.array_equal(array, again[name])
    assert not np.array_equal(first["shape"], other["shape"])


def test_landmarks_lie_on_the_face_and_left_answers_right():
    basis = load_scanned()
    points = basis.base[basis.landmarks]
    # A person's right side is at negative x; the mean head is even, nearly.
    assert (points[[0, 17, 36, 48], 0] < 0).all() and (points[[16, 26, 45, 54], 0] > 0).all()
    assert np.abs(points - points[list(MIRROR_ORDER)] * [-1, 1, 1]).max() < 0.03
    brow, eye, nose, lip, chin = points[[19, 37, 30, 51, 8], 1]
    assert brow > eye > nose > lip > chin
    # The eyes lie where those of the designed heads do.
    assert abs(points[36:48, 1].mean() - 7.32) < 0.1


def test_every_unit_that_moves_a_designed_head_moves_a_scanned_one(head):
    still = [unit for unit, offsets in zip(load_basis().units, head.units, strict=True) if not offsets.any()]
    assert still == ["tongueOut"]


def test_a_smile_shows_teeth_and_a_turned_head_is_drawn(head):
    units, still = load_scanned().units, np.eye(3, dtype=np.float32)
    smile = activate_unit(units, 12, 1.1) + activate_unit(units, 25, 1.0)
    scene = Scene(192, 192, np.random.default_rng(1))

    def count_teeth(activation: np.ndarray) -> int:
        positions = head.rest + np.tensordot(activation, head.units, 1)
        points = project(head, positions.astype(np.float32), still, np.zeros(2), scene)[1]
        triangle = find_samples(points, head, 192, 192)[1]
        return int((head.materials[triangle] == Material.TEETH).sum())

    assert count_teeth(smile) > 60
    assert count_teeth(np.zeros_like(smile)) < 10
    front, turned = draw(head, units, smile), draw(head, units, smile, yaw=np.radians(25))
    assert np.abs(front.astype(float) - turned).mean() > 3


def test_bright_teeth_are_those_of_acted_scenes_alone():
    acted, posed = (scene(64, 64, np.random.default_rng(5)).lamps for scene in (ActedScene, Scene))
    assert acted.teeth.mean() > 1.3 * posed.teeth.mean()
