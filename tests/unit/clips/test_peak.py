import numpy as np
import pytest

from videofer.clips.peak import (
    Annotation,
    _plateau_centre,
    choose_frames,
    crop_clip,
    map_landmarks,
    measure_motion,
    select_peak,
)
from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import RejectedClip, UserError


def still_face(frames: int) -> np.ndarray:
    """Landmarks (T, 68, 2) of a face of about 100 pixels that does nothing; eyes 60 pixels apart."""
    points = np.random.default_rng(3).uniform(60, 160, (68, 2))
    points[[36, 45]] = (80, 100), (140, 100)
    return np.tile(points, (frames, 1, 1))


def rise_and_fall(frames: int, first: int, last: int) -> np.ndarray:
    """Return a motion (T,) that is greatest from frame `first` to frame `last`, and comes and goes within 6."""
    t = np.arange(frames)
    return np.clip(np.minimum(t - first + 6, last + 6 - t) / 6, 0, 1)


def all_there(frames: int) -> np.ndarray:
    return np.ones(frames, np.uint8)


@pytest.mark.parametrize(("first", "last"), [(20, 79), (30, 40), (41, 42), (60, 90)])
def test_a_plateau_is_taken_in_its_middle(first, last):
    chosen = choose_frames(all_there(100), "apex", motion=rise_and_fall(100, first, last))
    assert chosen.mean() == pytest.approx((first + last) / 2, abs=0.5)


def test_a_motion_that_ends_at_its_peak_is_taken_near_its_end():
    assert choose_frames(all_there(60), "apex", motion=np.arange(60.0))[-1] >= 56
    assert choose_frames(all_there(60), "apex", motion=np.arange(60.0)[::-1])[0] <= 3


def test_the_plateau_ends_between_frames():
    # Windows of one frame: the curve passes 0.9 halfway from frame 1 to 2 and a quarter before frame 4.
    motion = np.array([0, 0.8, 1.0, 0.98, 0.875, 0])
    assert _plateau_centre(motion, np.arange(6), 1) == pytest.approx((1.5 + 3 + 0.08 / 0.105) / 2)
    apart = np.array([0, 1, 2, 4, 5])  # frame 3 has no face: the plateau ends before it
    assert _plateau_centre(np.array([0, 1.0, 1.0, np.nan, 1, 1]), apart, 1) == pytest.approx((0.9 + 2) / 2)


def test_two_noisy_readings_of_a_clip_agree_to_a_tenth_of_a_frame():
    rng, starts, smooth = np.random.default_rng(2), np.arange(45), rise_and_fall(60, 25, 32)
    centres = [_plateau_centre(smooth + rng.normal(0, 0.01, 60), starts, 16) for _ in range(40)]
    assert np.abs(np.array(centres) - 28.5).max() < 0.25 and np.std(centres) < 0.1


def test_middle_takes_the_centre_of_the_sequence():
    assert choose_frames(all_there(61), "middle").tolist() in (list(range(22, 38)), list(range(23, 39)))
    assert choose_frames(all_there(60), "middle").tolist() == list(range(22, 38))


def test_frames_without_a_face_are_never_chosen():
    motion, source = rise_and_fall(80, 40, 50), all_there(80)
    source[35:45], motion[35:45] = 0, np.nan
    for method in ("middle", "apex"):
        chosen = choose_frames(source, method, motion=motion)
        assert (np.diff(chosen) == 1).all()
        assert source[chosen].all()
    assert choose_frames(source, "middle")[-1] == 34
    assert choose_frames(source, "apex", motion=motion)[0] == 45


@pytest.mark.parametrize("frames", range(8, 16))
def test_short_sequences_repeat_their_frames_evenly(frames):
    chosen = choose_frames(all_there(frames))
    counts = np.bincount(chosen, minlength=frames)
    assert len(chosen) == 16
    assert (np.diff(chosen) >= 0).all()
    assert set(counts.tolist()) <= {1, 2}
    assert np.abs(counts - counts[::-1]).max() <= 1


def test_shorter_sequences_are_rejected():
    with pytest.raises(RejectedClip, match="in 7 frames in a row, fewer than 8"):
        choose_frames(all_there(7))
    gaps = np.tile(np.array([1, 1, 1, 0], np.uint8), 20)
    with pytest.raises(RejectedClip, match="in 3 frames in a row"):
        choose_frames(gaps)
    with pytest.raises(RejectedClip, match="in 0 frames"):
        choose_frames(np.zeros(80, np.uint8))


def test_annotations_are_followed_inside_the_sequence():
    def chosen(**numbers):
        return choose_frames(all_there(60), "annotated", annotation=Annotation(**numbers)).tolist()

    assert 40 in chosen(apex=40)[7:9]
    assert chosen(apex=2) == list(range(16))
    assert chosen(apex=59) == list(range(44, 60))
    assert chosen(onset=10, offset=41) == list(range(18, 34))
    assert chosen(onset=10) == choose_frames(all_there(60)).tolist()  # no apex: the middle
    with pytest.raises(RejectedClip, match="outside of the 60 frames"):
        chosen(apex=60)


def test_an_unknown_method_is_the_users_fault():
    with pytest.raises(UserError, match="peak is 'best'"):
        choose_frames(all_there(20), "best")


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


def test_the_motion_of_a_face_is_measured_where_there_is_one():
    face, mouth = gradient(200, 200), np.zeros((200, 200), np.uint8)
    face[60:80, 60:140] //= 2
    mouth[120:140, 70:130] = 60
    course, source = rise_and_fall(40, 18, 24), all_there(40)
    source[36:39] = 0
    frames = np.stack([face + np.round(mouth * share).astype(np.uint8) for share in course])
    motion = measure_motion(frames, np.tile([100.0, 100.0, 140.0], (40, 1)), source)
    assert (np.isnan(motion) == (source == 0)).all()
    there = source > 0
    assert np.corrcoef(motion[there], course[there])[0, 1] > 0.98
    assert choose_frames(source, "apex", motion=motion).mean() == pytest.approx(21, abs=1)


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
