"""How far boxes overlap, and which continues which."""

import numpy as np

from videofer.faces.boxes import match_boxes, overlaps


def square(x, y, side=80):
    return np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], float)


def test_overlaps_are_those_of_a_loop_over_pixels():
    boxes = [np.array([2, 3, 9, 12.0]), np.array([5, 1, 11, 7.0]), np.array([20, 20, 22, 22.0])]
    grid = np.zeros((3, 30, 30), bool)
    for mask, (left, top, right, bottom) in zip(grid, np.array(boxes, int), strict=True):
        mask[top:bottom, left:right] = True
    expected = [[(a & b).sum() / (a | b).sum() for b in grid] for a in grid]
    np.testing.assert_allclose(overlaps(np.stack(boxes), np.stack(boxes)), expected)


def test_the_match_is_the_best_of_all_not_the_first():
    # The first known box overlaps both found ones, and is nearer to the one that the second needs.
    known = [square(100, 100), square(140, 100)]
    found = [square(115, 100), square(70, 100)]
    assert match_boxes(known, found) == {0: 1, 1: 0}
    assert match_boxes(known, [square(250, 100)]) == {} and match_boxes([], found) == {}
