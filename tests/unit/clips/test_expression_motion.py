import numpy as np
import pytest
from scipy.ndimage import affine_transform, gaussian_filter

from videofer.clips.peak import CELLS, measure_change, measure_motion

FRAMES = 50
COURSE = np.clip(np.minimum(np.arange(FRAMES) - 12, 40 - np.arange(FRAMES)) / 8, 0, 1)


@pytest.fixture(scope="module")
def parts():
    """A face's picture (N, N) and what its expression adds; the latter's parts lie where brows and mouth are."""
    rng = np.random.default_rng(4)
    rest = 120 + 60 * gaussian_filter(rng.standard_normal((CELLS, CELLS)), 2) * 6
    expression = np.zeros((CELLS, CELLS))
    expression[8:10, 8:24], expression[21:25, 10:22] = 30, -40
    return rest, gaussian_filter(expression, 1)


def move(picture: np.ndarray, right: float, down: float, turn: float = 0, size: float = 1) -> np.ndarray:
    """Shift a picture by cells, turn it by radians and enlarge it."""
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / size
    middle = np.full(2, (CELLS - 1) / 2)
    return affine_transform(
        picture, matrix, middle - matrix @ (middle + np.array([down, right])), order=3, mode="nearest"
    )


def follows(motion: np.ndarray) -> float:
    """Return how far a motion, scaled to its greatest, is from the course at most."""
    return np.abs(motion / motion.max() - gaussian_filter(COURSE, 1)).max()


def test_the_course_is_that_of_the_expression(parts):
    rest, expression = parts
    pictures = rest + COURSE[:, None, None] * expression
    assert follows(measure_change(pictures)) < 0.01
    # In which direction it goes does not matter.
    assert follows(measure_change(rest - COURSE[:, None, None] * expression)) < 0.01
    twice = measure_change(rest + 2 * COURSE[:, None, None] * expression)
    np.testing.assert_allclose(twice, 2 * measure_change(pictures), atol=1e-9)


def test_it_is_counted_in_grey_levels():
    rng = np.random.default_rng(0)
    rest, noise = rng.uniform(50, 200, (2, CELLS, CELLS))
    pattern = np.sign(noise - 125)  # of one grey level everywhere, but unlike any movement
    pictures = np.concatenate([np.tile(rest, (20, 1, 1)), np.tile(rest + 8 * pattern, (20, 1, 1))])
    smooth = np.sqrt(np.mean(gaussian_filter(8 * pattern, 1) ** 2))
    assert measure_change(pictures)[30:].mean() == pytest.approx(smooth, rel=0.3)  # of the cells in the disc


def test_a_head_that_sways_and_light_that_changes_are_no_expression(parts):
    rest, expression = parts
    t = np.arange(FRAMES)
    sway = 0.4 * np.sin(t / 5), 0.4 * np.cos(t / 7), 0.02 * np.sin(t / 6), 1 + 0.02 * np.sin(t / 9)
    light = 1 + 0.15 * np.sin(t / 4), 10 * np.cos(t / 11)
    slope = np.linspace(-8, 8, CELLS)[None] * np.sin(t / 8)[:, None]

    def film(strength):
        faces = rest + strength * COURSE[:, None, None] * expression
        moved = np.stack([move(face, *how) for face, *how in zip(faces, *sway, strict=True)])
        return moved * light[0][:, None, None] + light[1][:, None, None] + slope[:, None]

    moved = measure_change(film(1))
    assert np.corrcoef(moved, COURSE)[0, 1] > 0.98
    still = film(0)
    raw = np.sqrt(np.mean((still - still[0]) ** 2, axis=(1, 2))).max()
    assert measure_change(still).max() < min(0.1 * raw, 0.35 * moved.max())


def test_blinks_and_noise_have_little_share(parts):
    rest, expression = parts
    pictures = rest + COURSE[:, None, None] * expression
    pictures += np.random.default_rng(1).normal(0, 4, pictures.shape)
    for blink in (4, 26, 44):
        pictures[blink : blink + 4, 11:14, 8:24] -= 20
    motion = measure_change(pictures)
    assert np.corrcoef(motion, COURSE)[0, 1] > 0.95
    assert motion[[6, 46]].max() < 0.35 * motion.max()


def test_a_picture_that_never_changes_has_no_motion():
    assert not measure_change(np.full((20, CELLS, CELLS), 90, np.uint8)).any()


def test_the_motion_of_a_face_is_measured_where_there_is_one():
    face, mouth = np.add.outer(np.arange(200) // 4, np.arange(200) // 2).astype(np.uint8), np.zeros((200, 200))
    face[60:80, 60:140] //= 2
    mouth[120:140, 70:130] = 60
    source = np.ones(FRAMES, np.uint8)
    source[36:39] = 0
    frames = np.stack([face + np.round(mouth * share).astype(np.uint8) for share in COURSE])
    motion = measure_motion(frames, np.tile([100.0, 100.0, 140.0], (FRAMES, 1)), source)
    there = source > 0
    assert (np.isnan(motion) == ~there).all()
    assert np.corrcoef(motion[there], COURSE[there])[0, 1] > 0.98
