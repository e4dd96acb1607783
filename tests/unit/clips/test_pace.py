"""Frames on a clock of even steps: which are used, how long each is shown, and what nothing may span."""

import numpy as np
import pytest

from videofer.clips.pace import lay_out


def jitter(intervals):
    return np.cumsum([0, *np.tile(intervals, 40)])


@pytest.mark.parametrize("rate", [23.976, 24, 25, 29.97, 30])
def test_at_usual_rates_each_frame_is_a_step_however_its_time_is_rounded(rate):
    for times in (np.arange(600) / rate, np.round(np.arange(600) / rate, 3)):
        np.testing.assert_array_equal(lay_out(times, 25), np.arange(600))


@pytest.mark.parametrize("rate, every", [(50, 2), (60, 2), (120, 5), (240, 10)])
def test_of_fast_films_every_nth_frame_is_used(rate, every):
    np.testing.assert_array_equal(lay_out(np.round(np.arange(400) / rate, 3), 25), np.arange(0, 400, every))
    np.testing.assert_array_equal(lay_out(np.arange(400) / rate, None), np.arange(400))


@pytest.mark.parametrize("rate", [1, 5, 10, 12, 15])
def test_frames_of_slow_films_are_shown_as_long_as_they_last(rate):
    order = lay_out(np.arange(40) / rate, 25)
    assert len(order) == pytest.approx(39 * 25 / rate, rel=0.05) and set(order) == set(range(40))


def test_the_jitter_of_a_phone_neither_drops_frames_nor_repeats_them():
    times = jitter([0.0213, 0.0453])
    np.testing.assert_array_equal(lay_out(times, 25), np.arange(len(times)))


def test_a_pause_is_marked_and_a_missing_frame_is_filled_by_the_one_before():
    times = np.arange(30) / 25
    assert lay_out(np.append(times, 600 + times), 25).tolist() == [*range(30), -1, *range(30, 60)]
    assert lay_out(np.delete(times, 9), 25)[7:12].tolist() == [7, 8, 8, 9, 10]
