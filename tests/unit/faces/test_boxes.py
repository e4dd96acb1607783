import itertools

import numpy as np
import pytest

from videofer.faces.search import match_boxes, overlaps

BOXES = np.array([[0, 0, 10, 10], [5, 5, 15, 15], [2, 3, 8, 12], [30, 30, 40, 35]], float)


def test_the_overlap_is_that_of_counted_pixels():
    y, x = np.mgrid[:50, :50]
    masks = [(x >= left) & (x < right) & (y >= top) & (y < bottom) for left, top, right, bottom in BOXES]
    for (i, one), (j, other) in itertools.product(enumerate(masks), repeat=2):
        assert overlaps(BOXES, BOXES)[i, j] == pytest.approx((one & other).sum() / (one | other).sum())


def test_matches_are_best_in_sum_and_never_below_the_least():
    known = [np.array([0.0, 0, 10, 10]), np.array([4.0, 0, 14, 10])]
    found = [np.array([2.0, 0, 12, 10]), np.array([-4.0, 0, 6, 10])]
    # Both overlap the first found box equally; only the first known one overlaps the second.
    assert match_boxes(known, found) == {0: 1, 1: 0}
    assert match_boxes(known, found, least=0.5) in ({0: 0}, {1: 0})
    assert match_boxes(known, [found[1] - 100]) == match_boxes([], found) == {}
