import itertools

import numpy as np
import pytest
from face_finding import find_face

from videofer.faces.detect import fill_gaps
from videofer.faces.search import (
    count_steps,
    explain_rotation,
    load_detector,
    match_boxes,
    overlaps,
    search_coarsely,
    search_frames,
)

LEVELS = (100, 200)  # grey of the first and the second face of a drawn frame


def draw(corners):
    """Draw frames (T, 80, 120) with squares of 30 pixels at the given (x, y); None: no such face in that frame."""
    frames = np.zeros((len(corners), 80, 120), np.uint8)
    for frame, faces in zip(frames, corners, strict=True):
        for level, corner in zip(LEVELS, faces, strict=False):
            if corner is not None:
                x, y = corner
                frame[y : y + 30, x : x + 30] = level
    return frames


def detect(frame):
    """Find the drawn faces of a frame."""
    found = []
    for level in LEVELS:
        rows, columns = np.nonzero(frame == level)
        if len(rows):
            edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            found.append((np.array(edges, float), level / 100))
    return found


def listed(per_frame):
    return [[(box.round(6).tolist(), score) for box, score in found] for found in per_frame]


CASES = {  # corners of each frame, and the frames that are not searched when every fifth is
    "even steps": ([[(20 + t, 10)] for t in range(12)], [1, 2, 3, 4, 6, 7, 8, 9]),
    "leaves": ([[(20, 10)] if not 8 <= t < 17 else [] for t in range(26)], [1, 2, 3, 4, *range(21, 25)]),
    "cut": ([[(10, 10) if t < 8 else (80, 40)] for t in range(21)], [1, 2, 3, 4, *range(11, 15), *range(16, 20)]),
    "two faces": ([[(10 + t, 10), (80 - t, 45)] for t in range(11)], [1, 2, 3, 4, 6, 7, 8, 9]),
    "a second one comes": ([[(10, 10), (80, 45) if t >= 3 else None] for t in range(11)], [6, 7, 8, 9]),
}


@pytest.mark.parametrize("case", CASES)
def test_interpolated_boxes_are_those_of_a_search_of_each_frame(case):
    corners, unsearched = CASES[case]
    frames = draw(corners)
    every = listed([detect(frame) for frame in frames])
    per_frame, searched = search_frames(frames, detect, 5)
    assert np.flatnonzero(~searched).tolist() == unsearched
    assert listed(per_frame) == every
    blank = np.where(searched[:, None, None], frames, 0)  # what was not searched does not matter
    assert listed(search_frames(blank, detect, 5)[0]) == every
    dense, searched = search_frames(frames, detect, 1)
    assert searched.all() and listed(dense) == every


def test_between_two_scores_the_lower_holds():
    found = [[(np.array([0.0, 0, 9, 9]), score)] for score in (2.0, 0.5)]
    per_frame, _ = search_frames(np.zeros((5, 1, 1), np.uint8), lambda frame: found.pop(0), 4)
    assert [score for ((_, score),) in per_frame] == [2, 0.5, 0.5, 0.5, 0.5]


def test_steps_are_those_of_the_detectors_pyramid():
    assert [count_steps(pixels) for pixels in (40, 80, 95, 96, 115, 138, 166)] == [0, 0, 0, 1, 2, 3, 4]


def test_a_reduced_frame_gives_the_detections_of_the_detectors_own_levels(moving):
    hog = load_detector("hog", 0, None)
    ((box, score),) = hog(moving[0])
    assert box[2] - box[0] > 115
    for steps in (1, 2):
        ((reduced, same),) = search_coarsely(hog, moving[0], steps)
        assert same == score
        assert np.abs(reduced - box).max() <= 1.5
    assert load_detector("hog", 0, 115)(moving[0])[0][1] == score
    assert search_coarsely(hog, moving[0], count_steps(2 * (box[2] - box[0]))) == []


def test_a_moving_face_has_nearly_the_boxes_of_a_search_of_each_frame(moving):
    dense, fast = find_face(moving), find_face(moving, every=5, smallest=115)
    assert (dense["source"] == 1).all()
    assert np.bincount(fast["source"], minlength=3).tolist() == [0, 5, 15]
    assert (np.isnan(fast["box"][:, 0]) == (fast["source"] == 2)).all()
    assert (np.isnan(fast["score"]) == (fast["source"] == 2)).all()
    boxes = fill_gaps(fast["box"].astype(float), 5)[0]
    shared = np.array([overlaps(a[None], b[None])[0, 0] for a, b in zip(boxes, dense["box"], strict=True)])
    assert np.median(shared) >= 0.9 and shared.min() >= 0.6
    side = dense["track"][0, 2]
    assert np.abs(fast["track"] - dense["track"]).max() < 0.03 * side
    assert np.abs(fast["landmarks"] - dense["landmarks"]).mean() < 0.02 * side


def find_bright_corner(frame: np.ndarray) -> list:
    """Find a face where the upper left corner is bright."""
    return [frame] if frame[0, 0] > 128 else []


@pytest.mark.parametrize(("corner", "rotation"), [((0, 0), 0), ((-1, 0), 90), ((-1, -1), 180), ((0, -1), 270)])
def test_rotations_are_clockwise(corner, rotation):
    frames = np.zeros((20, 30, 40), np.uint8)
    frames[:, corner[0], corner[1]] = 255
    hint = explain_rotation(frames, find_bright_corner)
    assert (hint is None) if rotation == 0 else f"another {rotation} degrees clockwise" in hint


@pytest.mark.parametrize(
    ("upright", "rotated", "hint"), [(0, 0, False), (3, 5, False), (2, 5, True), (2, 4, False)]
)
def test_a_rotation_is_named_only_where_it_shows_clearly_more_faces(upright, rotated, hint):
    frames = np.zeros((5, 30, 40), np.uint8)
    frames[:upright, 0, 0] = frames[:rotated, -1, -1] = 255
    found = explain_rotation(frames, find_bright_corner)
    assert (found is not None) == hint
    assert not hint or f"in {rotated} of 5 frames, as it is in {upright}" in found


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
