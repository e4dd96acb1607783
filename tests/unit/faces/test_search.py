"""Frames between two searched ones: bridged where nothing changed, searched where a face moved, came or went."""

import subprocess
import sys

import numpy as np
import pytest

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import UserError
from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.faces.boxes import overlaps
from videofer.faces.detect import detect_faces, load_detector, load_landmark_model, track_face
from videofer.faces.search import bridge, count_steps, search_coarsely, search_frames
from videofer.faces.track import fill_gaps
from videofer.video.decode import read_frames

LEVELS = (100, 200)  # grey of the first and the second face of a drawn frame
OPTIONS = {"detector": "hog", "upsample": 0, "smallest": None, "every": 1, "min_detected": 0.5, "max_gap": 5}
OPTIONS |= {"track": "landmarks", "landmark_model": None, "face_x": None, "rotation": None, "code": ""}


def draw(corners):
    """Draw frames (T, 80, 120) with squares of 30 pixels at the given (x, y); None: no such face in that frame."""
    frames = np.zeros((len(corners), 80, 120), np.uint8)
    for frame, places in zip(frames, corners, strict=True):
        for level, place in zip(LEVELS, places, strict=False):
            if place is not None:
                x, y = place
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


def search_each(frames):
    return listed([detect(frame) for frame in frames])


def test_a_face_that_keeps_its_place_is_bridged_by_even_steps():
    frames = draw([[(20 + t, 10)] for t in range(12)])
    per_frame, searched = search_frames(frames, detect, 5)
    assert np.flatnonzero(searched).tolist() == [0, 5, 10, 11]
    assert listed(per_frame) == search_each(frames)
    # What was not searched is not looked at: blank frames between give the same.
    blank = np.where(searched[:, None, None], frames, 0)
    assert listed(search_frames(blank, detect, 5)[0]) == search_each(frames)


def test_each_frame_is_searched_without_a_step():
    frames = draw([[(20 + 7 * (t % 3), 10)] for t in range(7)])
    per_frame, searched = search_frames(frames, detect, 1)
    assert searched.all() and listed(per_frame) == search_each(frames)


def test_a_face_that_leaves_and_returns_is_searched_for_in_each_frame_there():
    frames = draw([[(20, 10) if not 8 <= t < 17 else None] for t in range(31)])
    per_frame, searched = search_frames(frames, detect, 5)
    assert listed(per_frame) == search_each(frames)
    assert np.flatnonzero(~searched).tolist() == [*range(1, 5), *range(21, 25), *range(26, 30)]


def test_a_cut_to_another_place_is_found_to_the_frame():
    frames = draw([[(10, 10) if t < 13 else (80, 40)] for t in range(26)])
    per_frame, searched = search_frames(frames, detect, 5)
    assert listed(per_frame) == search_each(frames)
    assert searched[10:16].all() and not searched[16:20].any()


def test_two_faces_keep_their_boxes_and_a_second_one_that_comes_makes_each_frame_count():
    both = draw([[(10 + t, 10), (80 - t, 45)] for t in range(11)])
    per_frame, searched = search_frames(both, detect, 5)
    assert searched.sum() == 3 and listed(per_frame) == search_each(both)
    comes = draw([[(10, 10), (80, 45) if t >= 3 else None] for t in range(11)])
    per_frame, searched = search_frames(comes, detect, 5)
    assert np.flatnonzero(~searched).tolist() == [6, 7, 8, 9] and listed(per_frame) == search_each(comes)


def test_of_two_scores_the_lower_holds_between():
    box, score = bridge((np.zeros(4), 2.0), (np.full(4, 8.0), 0.5), 0.25)
    assert box.tolist() == [2.0] * 4 and score == 0.5


def test_steps_are_those_of_the_detectors_pyramid():
    assert [count_steps(pixels) for pixels in (40, 80, 95, 96, 115, 138, 166)] == [0, 0, 0, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """Frames (20, 480, 640) of a rendered person who drifts through a larger picture."""
    folder = tmp_path_factory.mktemp("moving")
    draw_identity("S001", 2026, folder / "S001.safetensors")
    how = {"width": 480, "height": 384, "fps": 20, "difficulty": Difficulty(duration=(1.0, 1.0))}
    video = folder / "S001.avi"
    render_clip("S001-happy", 2026, folder / "S001.safetensors", video, **how)
    person = read_frames(video)[0][:20]
    frames = np.full((len(person), 480, 640), 90, np.uint8)
    for number, (frame, picture) in enumerate(zip(frames, person, strict=True)):
        frame[2 * number : 2 * number + 384, 4 * number : 4 * number + 480] = picture
    return frames


def test_a_reduced_frame_gives_the_detections_of_the_detectors_own_levels(moving):
    hog = load_detector()
    ((box, score),) = hog(moving[0])
    assert box[2] - box[0] > 115
    for steps in (1, 2):
        ((reduced, same),) = search_coarsely(hog, moving[0], steps)
        assert same == score
        assert np.abs(reduced - box).max() <= 1.5
    assert load_detector(smallest=115)(moving[0])[0][1] == score
    assert search_coarsely(hog, moving[0], count_steps(2 * (box[2] - box[0]))) == []


def test_a_moving_face_has_nearly_the_boxes_of_a_search_of_each_frame(moving):
    model = load_landmark_model()
    dense, fast = (
        track_face(moving, load_detector(smallest=smallest), model, every=every)[0]
        for smallest, every in ((None, 1), (115, 5))
    )
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


def test_a_search_of_each_frame_is_what_it_was_without_the_setting(moving):
    frames, model, hog = moving[:6], load_landmark_model(), load_detector()
    boxes = [hog(frame)[0][0] for frame in frames]
    arrays, most = track_face(frames, hog, model, every=1)
    np.testing.assert_array_equal(arrays["box"], np.array(boxes, np.float32))
    assert arrays["source"].tolist() == [1] * 6 and most == 1


def test_settings_that_contradict_each_other_are_the_users_fault(moving, tmp_path):
    frames, out = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    write_arrays(frames, "frames", {"frames": moving[:8], "times": np.arange(8) / 25}, {"start": 0})
    with pytest.raises(UserError, match="every is 7: give at most 6"):
        detect_faces(frames, out, **OPTIONS | {"every": 7})
    with pytest.raises(UserError, match="give one of the two"):
        detect_faces(frames, out, **OPTIONS | {"smallest": 115, "upsample": 1})
    detect_faces(frames, out, **OPTIONS | {"smallest": 115, "every": 5})
    assert read_arrays(out, "faces")["source"].tolist() == [1, 2, 2, 2, 2, 1, 2, 1]


def test_a_search_of_every_frame_does_not_pay_for_matching_faces():
    told = (
        "import sys, numpy as np\n"
        "from videofer.faces.search import search_frames\n"
        "found = [(np.array([0.0, 0, 9, 9]), 1.0)]\n"
        "search_frames(np.zeros((3, 9, 9), np.uint8), lambda frame: found, 1)\n"
        "print('scipy' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
