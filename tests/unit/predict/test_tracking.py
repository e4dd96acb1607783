"""Faces are followed from box to box: what continues a track, where is searched, when a track ends."""

import numpy as np
import pytest

import videofer.predict.tracking as tracking
from videofer.predict.stream import Frame
from videofer.predict.tracking import Tracker, drop_duplicates, find_nearby

SIZE = (240, 320)


def square(x, y, side=80):
    return np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], float)


def frame(number, level=100):
    return Frame(number, number / 25, np.full(SIZE, level, np.uint8))


@pytest.fixture(autouse=True)
def no_landmarks(monkeypatch):
    monkeypatch.setattr(tracking, "find_landmarks", lambda frames, boxes, model: np.zeros((len(frames), 68, 2)))


def follow(found_by_frame, levels=None, max_gap=3):
    """Run a tracker over frames in which the detector finds these boxes; returns it and the ended tracks."""
    found = iter(found_by_frame)
    tracker = Tracker(lambda pixels: [(box, 1.0) for box in next(found)], None, max_gap, search_every=1)
    frames = map(frame, range(len(found_by_frame)), levels or [100] * len(found_by_frame))
    return tracker, [track for shown in frames for track in tracker.step(shown)]


def numbers(track):
    return [face.frame.number for face in track.observations]


def test_two_people_keep_their_tracks_whatever_the_order_of_the_detector():
    left, right = (lambda t: square(90 + t, 120)), (lambda t: square(230 - t, 120))
    tracker, ended = follow([[left(t), right(t)] if t % 2 else [right(t), left(t)] for t in range(20)])
    assert ended == [] and [numbers(track) for track in tracker.tracks] == [list(range(20))] * 2
    for track in tracker.tracks:
        assert np.abs(np.diff([face.box[0] for face in track.observations])).tolist() == [1.0] * 19


def test_a_short_gap_is_bridged_by_even_steps_and_a_long_one_ends_the_track():
    found = [[square(100, 100)], [], [], [square(106, 100)], [], [], [], [], [square(106, 100)]]
    tracker, (first,) = follow(found, max_gap=3)
    assert numbers(first) == [0, 1, 2, 3]
    np.testing.assert_allclose([face.box[0] for face in first.observations], [60, 62, 64, 66])
    assert [np.isnan(face.score) for face in first.observations] == [False, True, True, False]
    assert [numbers(track) for track in tracker.tracks] == [[8]]


def test_a_cut_ends_all_tracks_a_slow_change_of_light_does_not():
    found = [[square(100, 100)]] * 10
    tracker, (first,) = follow(found, levels=[100] * 5 + [160] * 5)
    assert numbers(first) == [0, 1, 2, 3, 4] and numbers(tracker.tracks[0]) == [5, 6, 7, 8, 9]
    tracker, ended = follow(found, levels=range(100, 200, 10))
    assert ended == [] and numbers(tracker.tracks[0]) == list(range(10))


def near(pixels):
    """Find one face, which stays where it is, in the whole frame or in the part that begins at 20, 20."""
    return [(square(100, 100) - (0 if pixels.shape == SIZE else 20), 1.0)]


def test_the_whole_frame_is_searched_now_and_then_and_between_only_around_known_faces():
    sizes = []
    tracker = Tracker(lambda pixels: sizes.append(pixels.shape) or near(pixels), None, 3, search_every=7)
    for number in range(9):
        tracker.step(frame(number))
    assert sizes == [SIZE, (160, 160), (160, 160), SIZE]  # frames 0, 3, 6 and 7
    (track,) = tracker.end()
    assert len(sizes) == 5 and numbers(track) == list(range(9))  # the last one was not searched before the end
    np.testing.assert_allclose([face.box for face in track.observations], [square(100, 100)] * 9)
    assert [face.score for face in track.observations] == [1.0] * 9


def test_after_a_missed_face_each_frame_is_searched():
    searched = []

    def detect(pixels):
        searched.append(int(pixels[0, 0]))
        return [] if pixels[0, 0] == 103 else near(pixels)

    tracker = Tracker(detect, None, 3, search_every=20)
    for number in range(6):
        tracker.step(frame(number, 100 + number))
    assert searched == [100, 103, 104]
    assert [np.isnan(face.score) for face in tracker.tracks[0].observations] == [False, False, False, True, False]


def test_the_part_around_a_face_stays_in_the_frame():
    parts = []
    assert find_nearby(lambda p: parts.append(p.shape) or [], np.zeros(SIZE, np.uint8), square(10, 230)) == []
    assert parts == [(90, 90)]
    assert find_nearby(lambda p: 1 / 0, np.zeros(SIZE, np.uint8), square(600, 100)) == []


def test_of_duplicates_the_best_is_kept():
    sure, same, other = (square(100, 100), 3.0), (square(104, 100), 1.0), (square(220, 100), 0.5)
    assert [score for _, score in drop_duplicates([same, other, sure])] == [3.0, 0.5]


def test_a_frame_that_is_shown_for_several_steps_is_one_observation_repeated_and_a_pause_ends_the_track():
    steps = [1, 3, 2, None, 1]
    tracker, ended = Tracker(lambda pixels: [(square(100, 100), 1.0)], None, 5, search_every=1), []
    for number, count in enumerate(steps):
        ended += tracker.step(Frame(number, number, np.full(SIZE, 100, np.uint8), steps=count))
    assert [numbers(track) for track in [*ended, *tracker.tracks]] == [[0, 0, 0, 1, 1, 2], [3, 4]]
