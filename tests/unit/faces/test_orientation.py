import numpy as np
import pytest

from videofer.faces.orientation import count_by_turn, explain_turn


def corner_detector(frame: np.ndarray) -> list:
    """A detector that finds a face where the upper left corner is bright."""
    return [frame] if frame[0, 0] > 128 else []


@pytest.mark.parametrize(("corner", "turn"), [((0, 0), 0), ((-1, 0), 90), ((-1, -1), 180), ((0, -1), 270)])
def test_turns_are_clockwise(corner, turn):
    frames = np.zeros((20, 30, 40), np.uint8)
    frames[:, corner[0], corner[1]] = 255
    counts = count_by_turn(frames, corner_detector)
    assert counts == {0: 0, 90: 0, 180: 0, 270: 0} | {turn: 5}
    told = explain_turn(counts)
    assert (told is None) if turn == 0 else f"another {turn} degrees clockwise" in told


def test_doubtful_cases_are_left_alone():
    assert explain_turn({0: 0, 90: 0, 180: 0, 270: 0}) is None
    assert explain_turn({0: 3, 90: 5, 180: 0, 270: 0}) is None
    assert "in 5 of 5 frames, as it is in 2" in explain_turn({0: 2, 90: 0, 180: 5, 270: 0})
