"""Faces are followed from box to box: who is who, where is searched, when a face is gone."""

from types import SimpleNamespace

import numpy as np
import pytest

import videofer.predict.tracking as tracking
from videofer.faces.search import match_boxes, overlaps
from videofer.predict.stream import Frame
from videofer.predict.tracking import Tracker, drop_doubles, find_nearby

SIZE = (240, 320)


def square(x, y, side=80):
    return np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], float)


def frame(number, level=100):
    return Frame(number, number / 25, np.full(SIZE, level, np.uint8))


@pytest.fixture(autouse=True)
def no_landmarks(monkeypatch):
    monkeypatch.setattr(tracking, "find_landmarks", lambda frames, boxes, model: np.zeros((len(frames), 68, 2)))


def follow(found_by_frame, levels=None, max_gap=3, search_every=1):
    """Run a tracker over frames in which the detector finds these boxes; returns it and the ended tracks."""
    calls = SimpleNamespace(number=0)
    tracker = Tracker(lambda pixels: [(b, 1.0) for b in found_by_frame[calls.number]], None, max_gap, search_every)
    ended = []
    for number in range(len(found_by_frame)):
        calls.number = number
        ended += tracker.step(frame(number, 100 if levels is None else levels[number]))
    return tracker, ended


def numbers(track):
    return [seen.frame.number for seen in track.seen]


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


def test_two_people_keep_their_tracks_whatever_the_order_of_the_detector():
    left, right = (lambda t: square(90 + t, 120)), (lambda t: square(230 - t, 120))
    tracker, ended = follow([[left(t), right(t)] if t % 2 else [right(t), left(t)] for t in range(20)])
    assert ended == [] and [numbers(track) for track in tracker.tracks] == [list(range(20))] * 2
    for track in tracker.tracks:
        assert np.abs(np.diff([seen.box[0] for seen in track.seen])).tolist() == [1.0] * 19


def test_a_short_gap_is_bridged_by_even_steps_and_a_long_one_ends_the_track():
    found = [[square(100, 100)], [], [], [square(106, 100)], [], [], [], [], [square(106, 100)]]
    tracker, (first,) = follow(found, max_gap=3)
    assert numbers(first) == [0, 1, 2, 3]
    np.testing.assert_allclose([seen.box[0] for seen in first.seen], [60, 62, 64, 66])
    assert [np.isnan(seen.score) for seen in first.seen] == [False, True, True, False]
    assert [numbers(track) for track in tracker.tracks] == [[8]]


def test_a_cut_ends_all_tracks_a_slow_change_of_light_does_not():
    found = [[square(100, 100)]] * 10
    tracker, (first,) = follow(found, levels=[100] * 5 + [160] * 5)
    assert numbers(first) == [0, 1, 2, 3, 4] and numbers(tracker.tracks[0]) == [5, 6, 7, 8, 9]
    tracker, ended = follow(found, levels=range(100, 200, 10))
    assert ended == [] and numbers(tracker.tracks[0]) == list(range(10))


def test_the_whole_frame_is_searched_now_and_then_and_between_only_around_known_faces():
    sizes = []

    def detect(pixels):
        sizes.append(pixels.shape)
        whole = pixels.shape == SIZE
        return [(square(100, 100) - (0 if whole else 20), 1.0)]  # the part begins at 20, 20

    tracker = Tracker(detect, None, 3, search_every=4)
    for number in range(9):
        tracker.step(frame(number))
    assert [size == SIZE for size in sizes] == [True, False, False, False] * 2 + [True]
    assert sizes[1] == (160, 160)
    assert [seen.box.tolist() for seen in tracker.tracks[0].seen] == [square(100, 100).tolist()] * 9


def test_the_part_around_a_face_stays_in_the_frame():
    parts = []
    assert find_nearby(lambda p: parts.append(p.shape) or [], np.zeros(SIZE, np.uint8), square(10, 230)) == []
    assert parts == [(90, 90)]
    assert find_nearby(lambda p: 1 / 0, np.zeros(SIZE, np.uint8), square(600, 100)) == []


def test_of_doubles_the_surest_is_kept():
    sure, same, other = (square(100, 100), 3.0), (square(104, 100), 1.0), (square(220, 100), 0.5)
    assert [score for _, score in drop_doubles([same, other, sure])] == [3.0, 0.5]
