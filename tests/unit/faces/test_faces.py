import numpy as np
import pytest

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import RejectedClip, UserError
from videofer.faces.detect import (
    detect_faces,
    load_detector,
    load_landmark_model,
    model_path,
    track_face,
)

OPTIONS = {
    "detector": "hog",
    "upsample": 0,
    "smallest": None,
    "every": 1,
    "min_detected": 0.5,
    "max_gap": 5,
    "track": "fixed",
    "landmark_model": None,
    "face_x": None,
    "rotation": None,
    "code": "",
}


def test_frames_without_a_face_are_rejected_with_the_figures():
    noise = np.random.default_rng(0).integers(0, 256, (10, 120, 160), np.uint8)
    with pytest.raises(RejectedClip, match="found in 0 of 10 frames, fewer than the 50%"):
        track_face(noise, load_detector(), load_landmark_model())


def test_a_rejection_is_passed_on_with_its_stage(tmp_path):
    frames, out = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    write_arrays(frames, "frames", {}, {"stage": "decode"}, rejected="it is empty.")
    detect_faces(frames, out, **OPTIONS)
    assert read_arrays(out, "faces").rejected == "it is empty."
    assert read_arrays(out, "faces").parameters["stage"] == "decode"


def test_models_of_the_user_are_checked(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        load_landmark_model(tmp_path / "none.dat")
    (tmp_path / "bad.dat").write_bytes(b"no model")
    with pytest.raises(UserError, match="is not a dlib shape predictor"):
        load_landmark_model(tmp_path / "bad.dat")
    with pytest.raises(UserError, match="detector is 'haar'"):
        load_detector("haar")
    assert model_path("mmod_human_face_detector.dat").is_file()
