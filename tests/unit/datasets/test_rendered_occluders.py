"""What hides a part of a drawn face: drawn at any size, and over the face alone."""

import numpy as np
import pytest

from videofer.datasets.rendered.occluders import Occluders

FRAME = np.full((80, 80, 3), 90, np.uint8)


def look(apart: float) -> np.ndarray:
    """Return eyes so many pixels apart."""
    return np.array([[40 - apart / 2, 40.0], [40 + apart / 2, 40.0]])


@pytest.mark.parametrize("apart", [1.0, 4.0, 60.0])
def test_glasses_hands_and_microphones_are_drawn_before_some_faces(apart):
    drawn = [Occluders(np.random.default_rng(seed)).cover(FRAME, look(apart)) for seed in range(120)]
    assert all(frame.shape == FRAME.shape and frame.dtype == np.uint8 for frame in drawn)
    assert 0 < sum((frame != FRAME).any() for frame in drawn) < 120


def test_lenses_that_are_nearly_as_high_as_wide_are_drawn_at_every_size():
    """Pillow rounds no corners where one or two pixels lie between them."""
    glasses = Occluders(np.random.default_rng(0))
    glasses.glasses, glasses.lens = True, (0.35, 0.34, 1.0)
    for apart in np.linspace(2, 60, 400):
        assert (glasses.cover(FRAME, look(apart)) != FRAME).any()
