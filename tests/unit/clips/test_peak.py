import numpy as np
import pytest
from scipy.ndimage import affine_transform, gaussian_filter

from videofer.clips.peak import (
    CELLS,
    choose_frames,
    crop_clip,
    map_landmarks,
    measure_change,
    measure_motion,
    select_peak,
)
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


@pytest.mark.parametrize(("run", "longest"), [([1] * 7, 7), ([1, 1, 1, 0] * 20, 3), ([0] * 80, 0)])
def test_shorter_sequences_are_rejected(run, longest):
    with pytest.raises(RejectedClip, match=f"in {longest} frames in a row, fewer than 8"):
        choose(np.array(run, np.uint8))


@pytest.mark.parametrize(("stated", "first"), [(40, 32), (2, 0), (59, 44), (25.5, 18), (None, 22)])
def test_a_stated_apex_is_followed_inside_the_sequence(stated, first):
    chosen = choose(all_there(60), "annotated", stated=stated)
    assert chosen.tolist() == list(range(first, first + 16))


OPTIONS = {"method": "middle", "length": 16, "size": 48, "margin": 8, "min_frames": 8, "rate": 25, "code": ""}
OPTIONS |= {"onset": None, "apex": None, "offset": None}


def select(folder, start=100, seconds=0.04, **changes):
    """Select the peak of 30 frames of a video, of which the first is number `start`."""
    frames, faces, out = (folder / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    pixels = np.random.default_rng(0).integers(0, 256, (30, 240, 320), np.uint8)
    write_arrays(
        frames, "frames", {"frames": pixels, "times": np.arange(30) * seconds}, {"start": start, "remarks": []}
    )
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


FRAMES = 50
COURSE = np.clip(np.minimum(np.arange(FRAMES) - 12, 40 - np.arange(FRAMES)) / 8, 0, 1)


@pytest.fixture(scope="module")
def parts():
    """A face's picture (N, N) and what its expression adds; the latter's parts lie where brows and mouth are."""
    rng = np.random.default_rng(4)
    rest = 120 + 60 * gaussian_filter(rng.standard_normal((CELLS, CELLS)), 2) * 6
    expression = np.zeros((CELLS, CELLS))
    expression[8:10, 8:24], expression[21:25, 10:22] = 30, -40
    return rest, gaussian_filter(expression, 1)


def move(picture: np.ndarray, right: float, down: float, turn: float = 0, size: float = 1) -> np.ndarray:
    """Shift a picture by cells, turn it by radians and enlarge it."""
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / size
    middle = np.full(2, (CELLS - 1) / 2)
    return affine_transform(
        picture, matrix, middle - matrix @ (middle + np.array([down, right])), order=3, mode="nearest"
    )


def follows(motion: np.ndarray) -> float:
    """Return how far a motion, scaled to its greatest, is from the course at most."""
    return np.abs(motion / motion.max() - gaussian_filter(COURSE, 1)).max()


def test_the_course_is_that_of_the_expression(parts):
    rest, expression = parts
    pictures = rest + COURSE[:, None, None] * expression
    assert follows(measure_change(pictures)) < 0.01
    # In which direction it goes does not matter.
    assert follows(measure_change(rest - COURSE[:, None, None] * expression)) < 0.01
    twice = measure_change(rest + 2 * COURSE[:, None, None] * expression)
    np.testing.assert_allclose(twice, 2 * measure_change(pictures), atol=1e-9)


def test_it_is_counted_in_grey_levels():
    rng = np.random.default_rng(0)
    rest, noise = rng.uniform(50, 200, (2, CELLS, CELLS))
    pattern = np.sign(noise - 125)  # of one grey level everywhere, but unlike any movement
    pictures = np.concatenate([np.tile(rest, (20, 1, 1)), np.tile(rest + 8 * pattern, (20, 1, 1))])
    smooth = np.sqrt(np.mean(gaussian_filter(8 * pattern, 1) ** 2))
    assert measure_change(pictures)[30:].mean() == pytest.approx(smooth, rel=0.3)  # of the cells in the disc


def test_a_head_that_sways_and_light_that_changes_are_no_expression(parts):
    rest, expression = parts
    t = np.arange(FRAMES)
    sway = 0.4 * np.sin(t / 5), 0.4 * np.cos(t / 7), 0.02 * np.sin(t / 6), 1 + 0.02 * np.sin(t / 9)
    light = 1 + 0.15 * np.sin(t / 4), 10 * np.cos(t / 11)
    slope = np.linspace(-8, 8, CELLS)[None] * np.sin(t / 8)[:, None]

    def film(strength):
        faces = rest + strength * COURSE[:, None, None] * expression
        moved = np.stack([move(face, *how) for face, *how in zip(faces, *sway, strict=True)])
        return moved * light[0][:, None, None] + light[1][:, None, None] + slope[:, None]

    moved = measure_change(film(1))
    assert np.corrcoef(moved, COURSE)[0, 1] > 0.98
    still = film(0)
    raw = np.sqrt(np.mean((still - still[0]) ** 2, axis=(1, 2))).max()
    assert measure_change(still).max() < min(0.1 * raw, 0.35 * moved.max())


def test_blinks_and_noise_have_little_share(parts):
    rest, expression = parts
    pictures = rest + COURSE[:, None, None] * expression
    pictures += np.random.default_rng(1).normal(0, 4, pictures.shape)
    for blink in (4, 26, 44):
        pictures[blink : blink + 4, 11:14, 8:24] -= 20
    motion = measure_change(pictures)
    assert np.corrcoef(motion, COURSE)[0, 1] > 0.95
    assert motion[[6, 46]].max() < 0.35 * motion.max()


def test_a_picture_that_never_changes_has_no_motion():
    assert not measure_change(np.full((20, CELLS, CELLS), 90, np.uint8)).any()


def test_the_motion_of_a_face_is_measured_where_there_is_one():
    face, mouth = np.add.outer(np.arange(200) // 4, np.arange(200) // 2).astype(np.uint8), np.zeros((200, 200))
    face[60:80, 60:140] //= 2
    mouth[120:140, 70:130] = 60
    source = np.ones(FRAMES, np.uint8)
    source[36:39] = 0
    frames = np.stack([face + np.round(mouth * share).astype(np.uint8) for share in COURSE])
    motion = measure_motion(frames, np.tile([100.0, 100.0, 140.0], (FRAMES, 1)), source)
    there = source > 0
    assert (np.isnan(motion) == ~there).all()
    assert np.corrcoef(motion[there], COURSE[there])[0, 1] > 0.98


def test_films_of_another_rate_give_the_same_time():
    slow = np.repeat(np.arange(30), 2)
    assert choose(all_there(30), order=slow).tolist() == slow[22:38].tolist()
    assert choose(all_there(30), "annotated", stated=20, order=slow).tolist() == slow[33:49].tolist()
    fast = np.arange(0, 100, 2)
    assert choose(all_there(100), "annotated", stated=40, order=fast).tolist() == list(range(24, 56, 2))
    paused = np.array([*range(20), -1, *range(20, 60)])
    assert -1 not in choose(all_there(60), "annotated", stated=20, order=paused)


def test_a_film_too_slow_to_show_movement_is_rejected_in_one_sentence(tmp_path):
    clip = select(tmp_path, seconds=1.0)
    assert clip.rejected == "its frames are 1.0 s apart: 16 steps of 1/25 s show 1, 4 are needed (clips: rate)."
