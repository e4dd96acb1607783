"""The tables of a video, checked against windows that are written down by hand."""

import numpy as np
import pytest

from videofer.datasets.rendered.animation import Difficulty, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.predict.page import count_shares, describe_faces
from videofer.predict.pictures import draw_timeline
from videofer.predict.prediction import Prediction, Window
from videofer.predict.recognizer import measure_sharpness, measure_turn

GOOD = {"detection": 1.5, "seen": 1.0, "face_size": 120.0, "turn": 0.1, "sharpness": 0.7, "enlarged": False}
POOR = {"detection": 0.2, "seen": 0.4, "face_size": 40.0, "turn": 0.8, "sharpness": 0.1, "enlarged": True}
TIMES = np.arange(40) / 20  # two seconds, of which every frame was used


def predict(*windows, confidence=0.5, times=TIMES):
    return Prediction("a.mp4", "m", ("sad", "happy"), confidence, windows, np.arange(len(times)), times, (320, 240))


def window(face, first, stop, probabilities, quality=GOOD):
    numbers = np.arange(first, stop)
    boxes = np.stack([[n, 10, n + 40, 50] for n in numbers]).astype(float)
    return Window(face, numbers, TIMES[first:stop], boxes, **quality, probabilities=np.array(probabilities))


@pytest.fixture
def prediction():
    return predict(
        window(1, 5, 15, [0.6, 0.4]),
        window(1, 10, 20, [0.2, 0.8]),
        window(2, 5, 15, [0.1, 0.9], POOR),
        window(2, 30, 40, [0.55, 0.45]),
        confidence=0.58,
    )


def test_a_row_a_window_and_a_row_a_stretch_without_a_face(prediction):
    table = prediction.tabulate_windows()
    rows = table[["face", "start_frame", "end_frame", "status", "label"]].astype(object).where(table.notna(), None)
    assert rows.to_numpy().tolist() == [
        [None, 0, 4, "no face", None],
        [1, 5, 14, "ok", "sad"],
        [2, 5, 14, "uncertain", "happy"],
        [1, 10, 19, "ok", "happy"],
        [None, 20, 29, "no face", None],
        [2, 30, 39, "uncertain", "sad"],
    ]
    assert table["start_second"].tolist() == [0, 0.25, 0.25, 0.5, 1, 1.5]
    assert table["reason"].tolist()[2] == "small face; turned away; often not detected; blurred"
    assert table["reason"].tolist()[5] == "probability under 0.58"
    assert table[["p_sad", "p_happy"]].isna().all(axis=1).tolist() == [True, False, False, False, True, False]


def test_a_frame_has_the_mean_of_its_windows(prediction):
    table = prediction.tabulate_frames()
    assert len(table) == 40 + 10  # two faces show in frames 5 to 14
    rows = table[table["face"] == 1].set_index("frame")
    # Frame 11 is 1.5 frames from the middle of the first window, 3.5 from that of the second: shares 0.7 and 0.3.
    np.testing.assert_allclose(rows.loc[[5, 11, 12, 17], "p_happy"], [0.4, 0.52, 0.6, 0.8])
    assert rows.loc[[5, 12, 17], "label"].tolist() == ["sad", "happy", "happy"]
    assert rows.loc[12, ["left", "top", "right", "bottom"]].tolist() == [12, 10, 52, 50]
    empty = table[table["status"] == "no face"]
    assert empty["frame"].tolist() == [*range(5), *range(20, 30)] and empty["face"].isna().all()


def test_the_strongest_moment_is_in_the_middle_of_the_plateau():
    # Happy in frames 8 to 23, and a hair more so at their beginning; later again, after a gap.
    windows = [window(1, n, n + 4, [0.3, 0.7]) for n in (0, 4)]
    windows += [window(1, n, n + 4, [0.04 + n / 1e4, 0.96 - n / 1e4]) for n in (8, 12, 16, 20)]
    windows += [window(1, n, n + 4, [0.05, 0.95]) for n in (28, 32)]
    windows += [window(2, 0, 8, [0.8, 0.2]), window(2, 8, 16, [0.1, 0.9], POOR)]
    moments = predict(*windows).tabulate_moments()
    assert moments[["face", "frame", "label"]].to_numpy().tolist() == [[2, 3, "sad"], [1, 15, "happy"]]
    np.testing.assert_allclose(moments["score"], [0.8, 0.96 - 8e-4])
    assert moments["second"].tolist() == [0.15, 0.75] and moments["left"].tolist() == [3, 15]


def test_the_timeline_finds_the_apex_of_known_performances():
    """By a network whose probability is how strong an expression was on average over a window."""
    units, found = load_basis().units, []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        course = perform("happy", units, np.zeros(len(units)), 25, rng, Difficulty())
        last = len(course.envelope) - 16
        windows = []
        for first in [*range(0, last, 8), last]:
            numbers = np.arange(first, first + 16)
            happy = 1 / (1 + np.exp(4 - 8 * course.envelope[numbers].mean()))
            probabilities = np.array([1 - happy, happy])
            windows.append(Window(1, numbers, numbers / 25, np.zeros((16, 4)), **GOOD, probabilities=probabilities))
        moments = predict(*windows, times=np.arange(len(course.envelope)) / 25).tabulate_moments()
        found.append(abs(moments[moments["label"] == "happy"]["frame"].item() - course.apex))
    assert np.mean(np.array(found) <= 3) >= 0.9 and max(found) <= 6


def test_a_video_without_a_face_is_one_row_and_still_a_figure():
    empty = predict()
    table = empty.tabulate_windows()
    assert table[["start_frame", "end_frame", "status"]].to_numpy().tolist() == [[0, 39, "no face"]]
    assert empty.tabulate_frames()["status"].eq("no face").all() and empty.tabulate_moments().empty
    draw_timeline(empty).draw_without_rendering()


def test_the_figure_breaks_where_a_face_is_away_and_pales_where_it_is_uncertain(prediction):
    figure = draw_timeline(prediction)
    assert [a.get_ylabel() for a in figure.axes] == ["face 1", "face 2"]
    first, second = ([band.get_alpha() for band in axes.collections] for axes in figure.axes)
    assert set(first) == {1.0} and second == [0.35] * 4  # two runs of two classes
    edges = [band.get_paths()[0].get_extents().intervalx.tolist() for band in figure.axes[1].collections[::2]]
    np.testing.assert_allclose(edges, [[0.25, 0.75], [1.5, 1.95]])


def test_the_page_shows_the_same(prediction):
    faces = describe_faces(prediction)
    assert [face["face"] for face in faces] == [1, 2]
    assert [run["certain"] for run in faces[1]["runs"]] == [False, False]
    assert faces[0]["runs"][0]["scores"][1][7] == 600  # thousandths
    shares = [(row["face"], row["windows"], row["certain"], row["shares"]) for row in count_shares(prediction)]
    assert shares == [(1, 2, 2, "sad 50 %, happy 50 %"), (2, 2, 0, "")]


def test_turn_is_zero_in_front_and_one_in_profile_however_the_head_is_tilted():
    landmarks = np.zeros((3, 68, 2))
    landmarks[:, 36], landmarks[:, 45] = (-10, 0), (10, 0)
    landmarks[:, 30] = [(0, 12), (5, 12), (-10, 12)]
    tilt = np.array([[0.8, 0.6], [-0.6, 0.8]])
    np.testing.assert_allclose(measure_turn(landmarks @ tilt), [0, 0.5, 1], atol=1e-12)


def test_sharpness_falls_with_blur_and_not_with_light():
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 200, (2, 48, 48)).astype(np.float32)
    blurred = (sharp + np.roll(sharp, 1, 1) + np.roll(sharp, 1, 2) + np.roll(sharp, (1, 1), (1, 2))) / 4
    assert measure_sharpness(blurred) < 0.7 * measure_sharpness(sharp)
    assert measure_sharpness(20 + sharp / 4) == pytest.approx(measure_sharpness(sharp), rel=1e-5)
    assert measure_sharpness(np.full((2, 48, 48), 7)) == 0
