import numpy as np
import pytest

from videofer.clips.peak import choose_frames, select_peak
from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import RejectedClip


def rise_and_fall(frames: int, first: int, last: int) -> np.ndarray:
    """Return a motion (T,) that is greatest from frame `first` to frame `last`, and comes and goes within 6."""
    t = np.arange(frames)
    return np.clip(np.minimum(t - first + 6, last + 6 - t) / 6, 0, 1)


def all_there(frames: int) -> np.ndarray:
    return np.ones(frames, np.uint8)


def choose(source, method="middle", length=16, **found):
    return choose_frames(source, method, length, min_frames=8, **found)


@pytest.mark.parametrize(("first", "last"), [(20, 79), (30, 40), (41, 42), (60, 90)])
def test_a_plateau_is_taken_in_its_middle_in_spite_of_noise(first, last):
    motion = rise_and_fall(100, first, last) + np.random.default_rng(first).normal(0, 0.01, 100)
    assert choose(all_there(100), "apex", motion=motion).mean() == pytest.approx((first + last) / 2, abs=0.5)


def test_a_motion_that_ends_at_its_peak_is_taken_near_its_end():
    assert choose(all_there(60), "apex", motion=np.arange(60.0))[-1] >= 56
    assert choose(all_there(60), "apex", motion=np.arange(60.0)[::-1])[0] <= 3


def test_the_plateau_ends_between_windows():
    # Windows of one frame pass 0.9 halfway from frame 11 to 12 and 0.24 before frame 14: the middle is 12.63.
    motion = np.zeros(40)
    motion[10:15] = (0, 0.8, 1.0, 0.98, 0.875)
    assert choose(all_there(40), "apex", length=1, motion=motion).tolist() == [13]
    motion[11] = 0.89  # it now begins at 11.09, and the middle is 12.43
    assert choose(all_there(40), "apex", length=1, motion=motion).tolist() == [12]
    source = all_there(40)
    source[13] = 0  # frame 13 has no face: the plateau ends before it
    motion[12:17] = (1, np.nan, 1, 1, 1)
    assert choose(source, "apex", length=1, motion=motion).tolist() == [12]


def test_middle_takes_the_centre_of_the_sequence():
    assert choose(all_there(61))[0] in (22, 23)
    assert choose(all_there(60)).tolist() == list(range(22, 38))


def test_frames_without_a_face_are_never_chosen():
    motion, source = rise_and_fall(80, 40, 50), all_there(80)
    source[35:45], motion[35:45] = 0, np.nan
    for method in ("middle", "apex"):
        chosen = choose(source, method, motion=motion)
        assert (np.diff(chosen) == 1).all()
        assert source[chosen].all()
    assert choose(source, "middle")[-1] == 34
    assert choose(source, "apex", motion=motion)[0] == 45


@pytest.mark.parametrize("frames", range(8, 16))
def test_short_sequences_repeat_their_frames_evenly(frames):
    chosen = choose(all_there(frames))
    counts = np.bincount(chosen, minlength=frames)
    assert len(chosen) == 16
    assert (np.diff(chosen) >= 0).all()
    assert set(counts.tolist()) <= {1, 2}
    assert np.abs(counts - counts[::-1]).max() <= 1


def test_shorter_sequences_are_rejected():
    with pytest.raises(RejectedClip, match="in 7 frames in a row, fewer than 8"):
        choose(all_there(7))
    gaps = np.tile(np.array([1, 1, 1, 0], np.uint8), 20)
    with pytest.raises(RejectedClip, match="in 3 frames in a row"):
        choose(gaps)
    with pytest.raises(RejectedClip, match="in 0 frames"):
        choose(np.zeros(80, np.uint8))


@pytest.mark.parametrize(("stated", "first"), [(40, 32), (2, 0), (59, 44), (25.5, 18), (None, 22)])
def test_a_stated_apex_is_followed_inside_the_sequence(stated, first):
    chosen = choose(all_there(60), "annotated", stated=stated)
    assert chosen.tolist() == list(range(first, first + 16))


OPTIONS = {"method": "middle", "length": 16, "size": 48, "margin": 8, "min_frames": 8, "code": ""}
OPTIONS |= {"onset": None, "apex": None, "offset": None}


def select(folder, start=100, **changes):
    """Select the peak of 30 frames of a video, of which the first is number `start`."""
    frames, faces, out = (folder / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    pixels = np.random.default_rng(0).integers(0, 256, (30, 240, 320), np.uint8)
    write_arrays(frames, "frames", {"frames": pixels, "times": np.arange(30) / 25}, {"start": start})
    arrays = {"source": all_there(30), "landmarks": np.full((30, 68, 2), 110, np.float32)}
    arrays["track"] = np.tile(np.array([110, 110, 96], np.float32), (30, 1))
    write_arrays(faces, "faces", arrays, {"remarks": ["Two faces."]})
    select_peak(frames, faces, out, **OPTIONS | changes)
    return read_arrays(out, "clip")


def test_the_artifact_names_frames_and_times_of_the_video(tmp_path):
    clip = select(tmp_path)
    assert clip["clip"].shape == (16, 64, 64) and clip["clip"].dtype == np.uint8
    np.testing.assert_allclose(clip["landmarks"], 31.5 + 0.5 * 48 / 96)
    assert clip["frames"].tolist() == list(range(107, 123))
    np.testing.assert_allclose(clip["times"], np.arange(7, 23) / 25)
    assert clip.parameters["remarks"] == ["Two faces."]


def test_annotated_frame_numbers_are_those_of_the_video(tmp_path):
    assert select(tmp_path, method="annotated", apex=112)["frames"].tolist() == list(range(104, 120))
    assert select(tmp_path, method="annotated", onset=109, offset=116)["frames"].tolist() == list(range(105, 121))
    for onset in (None, 109):
        clip = select(tmp_path, method="annotated", onset=onset)
        assert clip["frames"][0] == 107 and "No apex is annotated" in clip.parameters["remarks"][1]
    for apex in (12, 130):
        clip = select(tmp_path, method="annotated", apex=apex)
        assert "outside of the 30 frames" in clip.rejected and clip.parameters["stage"] == "select"


def test_a_rejection_is_passed_on_with_its_stage(tmp_path):
    frames, faces, out = (tmp_path / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    write_arrays(faces, "faces", {}, {"stage": "detect"}, rejected="no face.")
    write_arrays(frames, "frames", {}, {})
    select_peak(frames, faces, out, **OPTIONS)
    clip = read_arrays(out, "clip")
    assert (clip.rejected, clip.parameters["stage"], len(clip)) == ("no face.", "detect", 0)
