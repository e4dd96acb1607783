import numpy as np
import pytest

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import UserError
from videofer.faces.detect import detect_faces

OPTIONS = {"detector": "hog", "upsample": 0, "smallest": None, "every": 1, "min_detected": 0.5, "max_gap": 5}
OPTIONS |= {"track": "landmarks", "landmark_model": None, "face_x": None, "rotation": None, "code": ""}


def detect(folder, frames, **changes):
    """Run the step on frames (T, H, W); returns the artifact."""
    source, out = folder / "frames.safetensors", folder / "faces.safetensors"
    write_arrays(source, "frames", {"frames": frames, "times": np.arange(len(frames)) / 25}, {"start": 0})
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
