import numpy as np
import pytest

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import UserError
from videofer.faces.detect import detect_faces, fill_gaps, steady_track
from videofer.faces.model_files import OWN
from videofer.faces.search import choose_face

OPTIONS = {"detector": "hog", "upsample": 0, "smallest": None, "every": 1, "min_detected": 0.5, "max_gap": 5}
OPTIONS |= {"track": "landmarks", "landmark_model": OWN, "face_x": None, "rotation": None, "code": ""}


def detect(folder, frames, **changes):
    """Run the step on frames (T, H, W); returns the artifact."""
    source, out = folder / "frames.safetensors", folder / "faces.safetensors"
    write_arrays(
        source, "frames", {"frames": frames, "times": np.arange(len(frames)) / 25}, {"start": 0, "remarks": []}
    )
    detect_faces(source, out, **OPTIONS | changes)
    return read_arrays(out, "faces")


def test_the_artifact_has_the_face_of_each_frame(moving, tmp_path):
    faces = detect(tmp_path, moving[:4])
    assert faces["source"].tolist() == [1] * 4 and np.isfinite(faces["score"]).all()
    x, y, side = faces["track"].T
    left, top, right, bottom = faces["box"].T
    assert (left < x).all() and (x < right).all() and (top < y).all() and (y < bottom).all()
    assert faces["landmarks"].shape == (4, 68, 2)
    inner = np.abs(faces["landmarks"][:, 17:] - np.stack([x, y], axis=1)[:, None]) / side[:, None, None]
    assert inner.max() < 0.5
    assert (faces.parameters["most_faces"], faces.parameters["remarks"]) == (1, [])


def test_frames_without_a_face_are_rejected_with_the_figures(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (10, 120, 160), np.uint8)
    faces = detect(tmp_path, noise)
    assert "found in 0 of 10 frames, fewer than the 50%" in faces.rejected and "turned" not in faces.rejected
    assert faces.parameters["stage"] == "detect"


def test_a_rotated_film_is_rejected_with_the_rotation_that_shows_the_face(moving, tmp_path):
    faces = detect(tmp_path, np.ascontiguousarray(np.rot90(moving[:6], axes=(1, 2))))  # counter-clockwise
    assert "turned by another 90 degrees clockwise it shows a face in 5 of 5 frames" in faces.rejected


def test_of_several_faces_the_one_used_is_named(moving, tmp_path):
    pair = np.concatenate([moving[:4], moving[:4]], axis=2)
    for face_x, named in ((None, "largest, most central"), (0.9, "one nearest to face_x 0.9")):
        faces = detect(tmp_path, pair, face_x=face_x)
        assert faces.parameters["most_faces"] == 2
        assert f"Up to 2 faces show in one frame: the {named}" in faces.parameters["remarks"][0]
    assert faces["track"][0, 0] > 640


def test_a_face_that_leaves_its_track_is_remarked_on(moving, tmp_path):
    jumping = moving[:6].copy()
    jumping[5] = np.roll(jumping[5], 60, axis=1)
    faces = detect(tmp_path, jumping, track="fixed")
    assert faces.parameters["remarks"][0].startswith("The face strays from its track by up to")


def test_a_rejection_is_passed_on_with_its_stage(tmp_path):
    frames, out = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    write_arrays(frames, "frames", {}, {"stage": "decode"}, rejected="it is empty.")
    detect_faces(frames, out, **OPTIONS)
    faces = read_arrays(out, "faces")
    assert (faces.rejected, faces.parameters["stage"]) == ("it is empty.", "decode")


def test_settings_that_contradict_each_other_are_the_users_fault(moving, tmp_path):
    with pytest.raises(UserError, match="every is 7: give at most 6"):
        detect(tmp_path, moving[:8], every=7)
    with pytest.raises(UserError, match="give one of the two"):
        detect(tmp_path, moving[:8], smallest=115, upsample=1)
    assert detect(tmp_path, moving[:8], smallest=115, every=5)["source"].tolist() == [1, 2, 2, 2, 2, 1, 2, 1]


SIZE = (256, 320)
NO_LANDMARKS = np.full((40, 68, 2), np.nan)


def square(x: float, y: float, side: float) -> np.ndarray:
    return np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2])


def stepping_boxes(frames: int = 40) -> np.ndarray:
    """Boxes of a face that drifts to the right by 0.2 pixels a frame, in dlib's steps of 1.2x."""
    sides = np.where(np.arange(frames) % 7 == 0, 150, 124)
    return np.stack([square(160 + 0.2 * t, 120 + (side > 124) * 6, side) for t, side in enumerate(sides)])


def face_landmarks(centres: np.ndarray, size: float) -> np.ndarray:
    """Landmarks (T, 68, 2) of one face, `size` pixels from eye corner to eye corner, at centres (T, 2)."""
    shape = np.random.default_rng(2).uniform(-0.5, 0.5, (68, 2))
    shape[36], shape[45], shape[27], shape[33] = (-0.5, 0), (0.5, 0), (0, 0), (0, 0.6)
    return centres[:, None] + size * shape


@pytest.mark.parametrize("kind", ["fixed", "smooth"])
def test_steps_of_the_detector_never_reach_the_track_and_the_smooth_one_follows_the_head(kind):
    boxes = stepping_boxes()
    track = steady_track(boxes, NO_LANDMARKS, kind)
    assert np.unique(track[:, 2]).tolist() == [124]
    assert np.abs(np.diff(track[:, 1])).max() < 0.01
    head = 160 + 0.2 * np.arange(40)
    expected = head[6:-6] if kind == "smooth" else np.full(28, np.median(head))
    np.testing.assert_allclose(track[6:-6, 0], expected, atol=0.01)
    boxes[10:25] = np.nan
    track = steady_track(boxes, NO_LANDMARKS, kind)
    middle = head[17] if kind == "smooth" else np.median(np.delete(head, slice(10, 25)))
    assert np.isfinite(track).all() and track[17, 0] == pytest.approx(middle, abs=0.3)


def test_short_gaps_are_interpolated_and_marked_long_ones_are_not():
    boxes = np.stack([square(100 + 2 * t, 100, 80) for t in range(30)])
    broken = boxes.copy()
    for gap in (slice(0, 2), slice(5, 8), slice(12, 16), slice(28, 30)):
        broken[gap] = np.nan
    filled, source = fill_gaps(broken, max_gap=3)
    assert source.tolist() == [2] * 2 + [1] * 3 + [2] * 3 + [1] * 4 + [0] * 4 + [1] * 12 + [2] * 2
    np.testing.assert_allclose(filled[5:8], boxes[5:8])
    np.testing.assert_array_equal(filled[:2], boxes[[2, 2]])
    assert np.isnan(filled[12:16]).all()
    np.testing.assert_array_equal(filled[source == 1], boxes[source == 1])


def test_the_main_face_is_the_one_nearest_to_its_own_track():
    # Two people of one size: the detector names now one, now the other first.
    left, right = square(110, 128, 80), square(230, 128, 80)
    per_frame = [
        [(left + t, 1.0), (right + t, 2.0)] if t % 2 else [(right + t, 1.0), (left + t, 2.0)] for t in range(20)
    ]
    chosen = choose_face(per_frame, SIZE, None)
    assert list(chosen) == list(range(20))
    assert np.diff([box[0] for box, _ in chosen.values()]).tolist() == [1.0] * 19


def test_the_main_face_is_large_central_and_lasting():
    main = square(160, 128, 90)
    small, edge, brief = square(160, 30, 40), square(40, 40, 90), square(160, 128, 240)
    per_frame = [[(main, 1.0), (small, 3.0), (edge, 3.0)] for _ in range(20)]
    per_frame[4] = [(brief, 5.0)]
    chosen = choose_face(per_frame, SIZE, None)
    assert list(chosen) == [t for t in range(20) if t != 4]
    assert all((box == main).all() for box, _ in chosen.values())


def test_landmarks_size_and_move_the_track_whatever_the_boxes():
    walk = np.stack([100 + 2.0 * np.arange(40), np.full(40, 120.0)], axis=1)
    boxes = [np.tile(square(160, 120, side), (40, 1)) for side in (104, 150)]
    small, same = (steady_track(one, face_landmarks(walk, 60), "landmarks") for one in boxes)
    np.testing.assert_array_equal(small, same)
    large = steady_track(boxes[0], face_landmarks(walk, 120), "landmarks")
    np.testing.assert_allclose(large[:, 2], 2 * small[:, 2])
    np.testing.assert_allclose(np.diff(small[6:-6, 0]), 2)


def test_one_wrong_set_of_landmarks_and_gaps_leave_the_track_alone():
    landmarks = face_landmarks(np.tile([160.0, 120.0], (40, 1)), 80)
    expected = steady_track(np.tile(square(160, 120, 125), (40, 1)), landmarks, "landmarks")
    landmarks[0] += 40
    landmarks[20] *= 1.5
    landmarks[25:30] = np.nan
    np.testing.assert_allclose(steady_track(stepping_boxes(), landmarks, "landmarks"), expected)


def test_face_x_chooses_among_the_lasting_faces():
    left, right, brief = square(60, 50, 40), square(250, 50, 20), square(180, 50, 30)
    per_frame = [[(left, 1.0), (right, 1.0)]] * 20 + [[(brief, 1.0)]] * 3
    for face_x, expected in ((None, left), (0.8, right), (0.55, right)):  # the nearest to 0.55 shows too briefly
        chosen = choose_face(per_frame, (100, 320), face_x)
        assert len(chosen) == 20 and (chosen[0][0] == expected).all()
    assert choose_face([[]], (100, 320), 0.5) == choose_face([[]], (100, 320), None) == {}
