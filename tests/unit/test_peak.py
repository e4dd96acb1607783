import numpy as np
import pytest

from videofer.artifacts import read_arrays, write_arrays
from videofer.errors import RejectedClip, UserError
from videofer.peak import (
    EXPRESSIVE,
    RIGID,
    Annotation,
    align_landmarks,
    choose_frames,
    crop_clip,
    map_landmarks,
    measure_motion,
    select_peak,
)

BROWS, EYELIDS, MOUTH = slice(17, 27), [37, 38, 40, 41, 43, 44, 46, 47], slice(48, 68)


def still_face(frames: int) -> np.ndarray:
    """Landmarks (T, 68, 2) of a face of about 100 pixels that does nothing; eyes 60 pixels apart."""
    points = np.random.default_rng(3).uniform(60, 160, (68, 2))
    points[[36, 45]] = (80, 100), (140, 100)
    return np.tile(points, (frames, 1, 1))


def move_head(landmarks: np.ndarray) -> np.ndarray:
    """Turn, scale and shift the face differently in every frame."""
    t = np.arange(len(landmarks))
    angle, scale = 0.2 * np.sin(t / 5), 1 + 0.15 * np.sin(t / 7)
    rotation = scale[:, None, None] * np.stack(
        [np.stack([np.cos(angle), -np.sin(angle)], 1), np.stack([np.sin(angle), np.cos(angle)], 1)], 1
    )
    shift = np.stack([20 * np.sin(t / 9), t * 0.5], 1)
    return np.einsum("tij,tpj->tpi", rotation, landmarks) + shift[:, None]


def smile(landmarks: np.ndarray, first: int, last: int, pixels: float = 6) -> np.ndarray:
    """Widen the mouth from frame `first` to frame `last`, rising and falling within 6 frames."""
    t = np.arange(len(landmarks))
    strength = np.clip(np.minimum(t - first + 6, last + 6 - t) / 6, 0, 1)
    moved = landmarks.copy()
    moved[:, MOUTH, 0] += strength[:, None] * pixels * np.linspace(-1, 1, 20)
    return moved


def all_there(frames: int) -> np.ndarray:
    return np.ones(frames, np.uint8)


def test_head_motion_is_no_expression():
    still = still_face(40)
    moved = move_head(still)
    np.testing.assert_allclose(align_landmarks(moved, still[0]), still, atol=1e-9)
    # The reference of the motion is a median of five frames, hence not the face of any single one.
    assert np.nanmax(measure_motion(moved)) < 2e-3


def test_alignment_is_the_least_squares_similarity():
    rng = np.random.default_rng(5)
    moved, reference = still_face(1) + rng.normal(0, 3, (1, 68, 2)), still_face(1)[0]
    aligned = align_landmarks(moved, reference)[0]
    # Independent derivation: x' = a x - b y + c, y' = b x + a y + d, solved by linear least squares.
    x, y = moved[0, RIGID].T
    one, zero = np.ones(len(x)), np.zeros(len(x))
    design = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, c, d = np.linalg.lstsq(design, reference[RIGID].T.reshape(-1), rcond=None)[0]
    x, y = moved[0].T
    np.testing.assert_allclose(aligned, np.stack([a * x - b * y + c, b * x + a * y + d], 1))


def test_motion_is_measured_in_distances_between_the_eyes():
    landmarks = still_face(30)
    landmarks[10:, EXPRESSIVE] += (0, 6)
    np.testing.assert_allclose(measure_motion(landmarks)[15:], 6 / 60)


def test_blinks_and_single_wrong_frames_are_no_motion():
    landmarks = still_face(40)
    landmarks[20:26, EYELIDS] += (0, 8)
    landmarks[30] += np.random.default_rng(0).normal(0, 10, (68, 2))
    assert np.nanmax(measure_motion(landmarks)) == 0


@pytest.mark.parametrize("peak", [15, 30, 50])
def test_the_apex_is_found_in_spite_of_blinks_and_head_motion(peak):
    landmarks = smile(still_face(70), peak - 6, peak + 6)
    for blink in (4, 40, 62):
        landmarks[blink : blink + 4, EYELIDS] += (0, 12)
    landmarks = move_head(landmarks) + np.random.default_rng(1).normal(0, 0.3, landmarks.shape)
    chosen = choose_frames(landmarks, all_there(70), "apex")
    assert abs(chosen.mean() - peak) <= 2


def test_a_long_plateau_is_taken_in_its_middle():
    chosen = choose_frames(smile(still_face(100), 20, 79), all_there(100), "apex")
    assert chosen.mean() == pytest.approx(49.5, abs=1)


def test_middle_takes_the_centre_of_the_sequence():
    landmarks = smile(still_face(61), 5, 10)
    assert choose_frames(landmarks, all_there(61), "middle").tolist() in (list(range(22, 38)), list(range(23, 39)))
    assert choose_frames(landmarks[:60], all_there(60), "middle").tolist() == list(range(22, 38))


def test_frames_without_a_face_are_never_chosen():
    landmarks, source = smile(still_face(80), 40, 50), all_there(80)
    source[35:45], landmarks[35:45] = 0, np.nan
    for method in ("middle", "apex"):
        chosen = choose_frames(landmarks, source, method)
        assert (np.diff(chosen) == 1).all()
        assert source[chosen].all()
    assert choose_frames(landmarks, source, "middle")[-1] == 34
    assert choose_frames(landmarks, source, "apex")[0] == 45


@pytest.mark.parametrize("frames", range(8, 16))
def test_short_sequences_repeat_their_frames_evenly(frames):
    chosen = choose_frames(still_face(frames), all_there(frames))
    counts = np.bincount(chosen, minlength=frames)
    assert len(chosen) == 16
    assert (np.diff(chosen) >= 0).all()
    assert set(counts.tolist()) <= {1, 2}
    assert np.abs(counts - counts[::-1]).max() <= 1


def test_shorter_sequences_are_rejected():
    with pytest.raises(RejectedClip, match="in 7 frames in a row, fewer than 8"):
        choose_frames(still_face(7), all_there(7))
    gaps = np.tile(np.array([1, 1, 1, 0], np.uint8), 20)
    with pytest.raises(RejectedClip, match="in 3 frames in a row"):
        choose_frames(still_face(80), gaps)
    with pytest.raises(RejectedClip, match="in 0 frames"):
        choose_frames(still_face(80), np.zeros(80, np.uint8))


def test_annotations_are_followed_inside_the_sequence():
    def chosen(**numbers):
        return choose_frames(still_face(60), all_there(60), "annotated", annotation=Annotation(**numbers)).tolist()

    assert 40 in chosen(apex=40)[7:9]
    assert chosen(apex=2) == list(range(16))
    assert chosen(apex=59) == list(range(44, 60))
    assert chosen(onset=10, offset=41) == list(range(18, 34))
    assert chosen(onset=10) == choose_frames(still_face(60), all_there(60)).tolist()  # no apex: the middle
    with pytest.raises(RejectedClip, match="outside of the 60 frames"):
        chosen(apex=60)


def test_an_unknown_method_is_the_users_fault():
    with pytest.raises(UserError, match="peak is 'best'"):
        choose_frames(still_face(20), all_there(20), "best")


def gradient(height: int = 240, width: int = 320) -> np.ndarray:
    """A frame whose grey is half its x plus a quarter of its y, at the middles of the pixels."""
    y, x = np.mgrid[:height, :width]
    return np.round((x + 0.5) / 2 + (y + 0.5) / 4).astype(np.uint8)


@pytest.mark.parametrize("track", [(160, 120, 96), (151.3, 118.7, 101.5), (160, 120, 30)])
def test_the_crop_is_the_face_box_and_its_margin(track):
    clip = crop_clip(gradient()[None], np.array([track]), 48, 8)[0].astype(float)
    x, y, side = track
    grid = (np.arange(64) + 0.5 - 32) * side / 48
    expected = (x + grid)[None, :] / 2 + (y + grid)[:, None] / 4
    assert clip.shape == (64, 64)
    assert np.abs(clip - expected).max() < 1.1


def test_the_edge_is_repeated_where_the_box_leaves_the_frame():
    clip = crop_clip(gradient()[None], np.array([(0.0, 120.0, 96.0)]), 48, 8)[0].astype(float)
    # The left half of the crop lies outside of the frame: there every row repeats the frame's first column.
    assert np.ptp(clip[:, :31], axis=1).max() <= 1
    rows = 120 + (np.arange(64) + 0.5 - 32) * 2
    assert np.abs(clip[:, 10] - rows / 4).max() < 1.1
    far = crop_clip(gradient()[None], np.array([(-200.0, -200.0, 96.0)]), 48, 8)
    assert (far == gradient()[0, 0]).all()


def test_crops_are_antialiased():
    stripes = np.tile(np.array([0, 255], np.uint8), (240, 160))
    clip = crop_clip(stripes[None], np.array([(160.0, 120.0, 200.0)]), 48, 8)
    assert np.abs(clip.astype(int) - 127).max() < 25


def test_landmarks_stay_on_their_pixel():
    frame = np.zeros((240, 320), np.uint8)
    frame[110:113, 140:143] = 255
    track = np.array([(151.3, 118.7, 101.5)])
    clip = crop_clip(frame[None], track, 48, 8)[0].astype(float)
    y, x = np.mgrid[:64, :64]
    middle = [(clip * x).sum() / clip.sum(), (clip * y).sum() / clip.sum()]
    landmark = np.full((1, 68, 2), (141, 111), np.float32)
    np.testing.assert_allclose(map_landmarks(landmark, track, 48, 8)[0, 0], middle, atol=0.05)


OPTIONS = {"method": "middle", "length": 16, "size": 48, "margin": 8, "min_frames": 8, "code": ""}


def write_inputs(folder, frames: int = 30, start: int = 100):
    paths = folder / "frames.safetensors", folder / "faces.safetensors"
    pixels = np.random.default_rng(0).integers(0, 256, (frames, 240, 320), np.uint8)
    write_arrays(paths[0], "frames", {"frames": pixels, "times": np.arange(frames) / 25}, {"start": start})
    arrays = {"source": all_there(frames), "landmarks": still_face(frames).astype(np.float32)}
    arrays["track"] = np.tile(np.array([110, 110, 96], np.float32), (frames, 1))
    write_arrays(paths[1], "faces", arrays, {"remarks": ["Two faces."]})
    return paths


def test_the_artifact_names_frames_and_times_of_the_video(tmp_path):
    out = tmp_path / "clip.safetensors"
    select_peak(*write_inputs(tmp_path), out, **OPTIONS, annotation=Annotation())
    clip = read_arrays(out, "clip")
    assert clip["clip"].shape == (16, 64, 64)
    assert clip["clip"].dtype == np.uint8
    assert clip["landmarks"].shape == (16, 68, 2)
    assert clip["frames"].tolist() == list(range(107, 123))
    np.testing.assert_allclose(clip["times"], np.arange(7, 23) / 25)


def test_annotated_frame_numbers_are_those_of_the_video(tmp_path):
    out = tmp_path / "clip.safetensors"
    select_peak(*write_inputs(tmp_path), out, **OPTIONS | {"method": "annotated"}, annotation=Annotation(apex=112))
    assert 112 in read_arrays(out, "clip")["frames"][7:9]
    assert read_arrays(out, "clip").parameters["remarks"] == ["Two faces."]
    select_peak(*write_inputs(tmp_path), out, **OPTIONS | {"method": "annotated"}, annotation=Annotation())
    assert "No apex is annotated" in read_arrays(out, "clip").parameters["remarks"][1]
    select_peak(*write_inputs(tmp_path), out, **OPTIONS | {"method": "annotated"}, annotation=Annotation(apex=12))
    assert read_arrays(out, "clip").parameters["stage"] == "select"
    assert "outside" in read_arrays(out, "clip").rejected


def test_a_rejection_is_passed_on_with_its_stage(tmp_path):
    frames, faces = write_inputs(tmp_path)
    write_arrays(faces, "faces", {}, {"stage": "detect"}, rejected="no face.")
    select_peak(frames, faces, tmp_path / "clip.safetensors", **OPTIONS, annotation=Annotation())
    clip = read_arrays(tmp_path / "clip.safetensors", "clip")
    assert (clip.rejected, clip.parameters["stage"], len(clip)) == ("no face.", "detect", 0)
