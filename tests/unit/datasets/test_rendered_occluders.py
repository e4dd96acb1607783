"""What hides a part of a drawn face: drawn at any size, and over the face alone."""

import numpy as np
import pytest

from videofer.datasets.rendered.occluders import Occluders


@pytest.mark.parametrize("apart", [1.0, 2.5, 4.0, 7.0, 60.0])
def test_glasses_hands_and_microphones_are_drawn_on_faces_of_any_size(apart):
    """Pillow rounds no corners of a lens of a few pixels, as of a face far away."""
    frame = np.full((80, 80, 3), 90, np.uint8)
    eyes = np.array([[40 - apart / 2, 40.0], [40 + apart / 2, 40.0]])
    changed = 0
    for seed in range(120):
        covered = Occluders(np.random.default_rng(seed)).cover(frame, eyes)
        assert covered.shape == frame.shape and covered.dtype == frame.dtype
        changed += (covered != frame).any()
    assert 0 < changed < 120
