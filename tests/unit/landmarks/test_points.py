"""The true landmarks of rendered heads lie where the picture shows their features."""

import numpy as np
import pytest

from videofer.core.landmarks import MIRROR_ORDER
from videofer.datasets.rendered.acted_clip import locate_eyes
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.clip import Scene, draw_frame, split_texture
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity
from videofer.datasets.rendered.scanned import load_scanned
from videofer.landmarks.points import locate_points, space_evenly

STILL = np.zeros((1, 5))


@pytest.fixture(scope="module", params=[load_basis, load_scanned])
def person(request):
    """A head, its basis and a scene that it stands in."""
    basis, rng = request.param(), np.random.default_rng(8)
    return Head(basis, create_identity(basis, rng)[0]), basis, Scene(192, 192, rng)


def locate(person, pose=STILL):
    head, basis, scene = person
    return locate_points(head, basis, head.rest[None], np.asarray(pose, float), scene)[0]


def draw(person, pose, background):
    """Return the picture of a head at rest (H, W), on a background of one brightness."""
    head, _, scene = person
    scene.background = np.full((192, 192, 3), background, np.float32)
    light = np.ones((len(head.rest), 2), np.float32)
    return draw_frame(head, head.rest, light, split_texture(head.painted["texture"])[0], pose, scene).mean(axis=2)


def test_eyes_lie_between_their_corners(person):
    head, _, scene = person
    landmarks, eyes = locate(person), locate_eyes(head, STILL[0], scene)
    for eye, corners in zip(eyes, (landmarks[36:42], landmarks[42:48]), strict=True):
        apart = np.linalg.norm(eyes[1] - eyes[0])
        assert np.linalg.norm(corners.mean(axis=0) - eye) < 0.12 * apart


def test_a_face_from_the_front_is_nearly_its_own_mirror_image(person):
    landmarks = locate(person)
    axis = landmarks[27:31, 0].mean()
    mirrored = landmarks[list(MIRROR_ORDER)] * [-1, 1] + [2 * axis, 0]
    assert np.abs(mirrored - landmarks).max() < 0.15 * np.linalg.norm(landmarks[45] - landmarks[36])


def test_landmarks_turn_with_the_head(person):
    """A roll of the head about the neck turns the picture of its landmarks by as much."""
    landmarks, rolled = locate(person), locate(person, [[0, 0, 0.3, 0, 0]])
    before, after = landmarks[45] - landmarks[36], rolled[45] - rolled[36]
    turned = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
    assert abs(abs(turned) - 0.3) < 0.02


@pytest.mark.parametrize(("yaw", "far"), [(0.7, range(11, 16)), (-0.7, range(1, 6))])
def test_seen_from_aside_the_far_outline_is_the_edge_of_the_cheek(person, yaw, far):
    pose = np.array([yaw, 0, 0, 0, 0])
    bright, dark = draw(person, pose, 1.0), draw(person, pose, 0.0)
    covered = np.abs(bright - dark) < 0.5
    landmarks = locate(person, pose[None])
    away = np.sign(landmarks[list(far), 0].mean() - landmarks[36:48, 0].mean())
    inside, outside = 0, 0
    for x, y in landmarks[list(far)]:
        inside += covered[int(y), int(x - 4 * away)]
        outside += not covered[int(y), int(x + 5 * away)]
    assert inside == len(far) and outside >= len(far) - 1


def test_brows_are_those_that_are_painted(person):
    """The skin around the brow's middle line is darker than that above it."""
    picture, landmarks = draw(person, STILL[0], 0.5), locate(person)
    apart = np.linalg.norm(landmarks[45] - landmarks[36])
    for number in (18, 19, 24, 25):
        x, y = landmarks[number]
        below = picture[int(y) : int(y + 0.10 * apart), int(x)].min()
        assert below < picture[int(y - 0.15 * apart), int(x)]


def test_the_outline_is_spaced_evenly():
    line = np.column_stack([np.linspace(0, 1, 9) ** 2, np.zeros(9), np.zeros(9)])
    assert np.allclose(np.diff(space_evenly(line)[:, 0]), 1 / 8)
