import numpy as np
import pytest

from videofer.clips.augment import (
    ANGLES,
    MIRRORED,
    augment_clip,
    augment_clips,
    augment_landmarks,
    training_samples,
)
from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.landmarks import MIRROR_ORDER


def test_eight_versions_original_first_then_mirror_by_the_paper_s_angles():
    assert sorted(ANGLES) == [-15, -10, -5, 0, 0, 5, 10, 15]
    clip = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
    clip[2] = clip[0]
    versions = augment_clip(clip, 48, "face")
    assert versions.shape == (8, 3, 48, 48) and versions.dtype == np.uint8
    assert (versions[:, 2] == versions[:, 0]).all()  # all frames are treated alike
    np.testing.assert_array_equal(versions[0], clip[:, 8:56, 8:56])
    np.testing.assert_array_equal(versions[1], clip[:, 8:56, 8:56][:, :, ::-1])


@pytest.mark.parametrize(("corners", "smallest"), [("face", 200), ("black", 0)])
def test_corners_come_from_the_wider_face_or_are_black(corners, smallest):
    white = np.full((1, 64, 64), 200, np.uint8)
    versions = augment_clip(white, 48, corners)
    assert versions.min() == smallest
    assert versions[:, :, 24, 24].min() == 200


@pytest.mark.parametrize("corners", ["face", "black"])
def test_written_clip_by_clip_the_file_is_that_of_all_clips_at_once(tmp_path, corners):
    clips = np.random.default_rng(2).integers(0, 256, (3, 4, 64, 64), dtype=np.uint8)
    landmarks = np.random.default_rng(3).uniform(8, 56, (3, 4, 68, 2)).astype(np.float32)
    source, out, whole = (tmp_path / name for name in ("clips", "out", "whole"))
    write_arrays(source, "clips", {"clip": clips, "landmarks": landmarks}, {})
    augment_clips(source, out, 48, corners, code="c")
    parameters = read_arrays(out, "augmented").parameters
    arrays = {"clip": np.stack([augment_clip(clip, 48, corners) for clip in clips])}
    arrays["landmarks"] = augment_landmarks(landmarks, 64, 48)
    write_arrays(whole, "augmented", arrays, parameters, [source])
    assert out.read_bytes() == whole.read_bytes()
    made = read_arrays(out, "augmented")
    np.testing.assert_array_equal(made["clip"][:, 0], clips[:, :, 8:56, 8:56])
    np.testing.assert_allclose(made["landmarks"][:, 0], landmarks - 8, atol=1e-5)


def test_training_samples_hold_each_version_of_each_clip_once():
    samples = training_samples([4, 7])
    assert sorted(map(tuple, samples.tolist())) == [(c, v) for c in (4, 7) for v in range(8)]


def face_of_points() -> np.ndarray:
    """Return 68 landmarks (68, 2) of a symmetric face, in pixels of a 64 x 64 frame, iBUG numbering."""
    angle = np.deg2rad(np.linspace(180, 0, 17))
    jaw = np.stack([20 * np.cos(angle), 2 + 18 * np.sin(angle)], 1)
    brows = [(-16, -11), (-13, -13), (-10, -14), (-7, -13), (-4, -12)]
    brows += [(-x, y) for x, y in reversed(brows)]
    bridge = [(0, y) for y in (-8, -5, -2, 1)]
    nostrils = [(-4, 4), (-2, 5), (0, 6), (2, 5), (4, 4)]
    eye = [(-13, -7), (-11, -8), (-8, -8), (-6, -7), (-8, -6), (-11, -6)]
    other = [(-x, y) for x, y in (eye[3], eye[2], eye[1], eye[0], eye[5], eye[4])]
    outer = [(-7, 10), (-4, 8), (-2, 8), (0, 8.5), (2, 8), (4, 8), (7, 10)]
    outer += [(4, 13), (2, 14), (0, 14), (-2, 14), (-4, 13)]
    inner = [(-5, 10), (-2, 9.5), (0, 10), (2, 9.5), (5, 10), (2, 11.5), (0, 12), (-2, 11.5)]
    points = np.concatenate([jaw, *map(np.array, (brows, bridge, nostrils, eye, other, outer, inner))])
    return points + 31.5


def dot(x: float, y: float, side: int = 64) -> np.ndarray:
    """Draw a soft bright dot at (x, y), pixels counted from the middle of the first."""
    rows, columns = np.mgrid[:side, :side]
    return (250 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4)).astype(np.uint8)


@pytest.mark.parametrize("corners", ["face", "black"])
@pytest.mark.parametrize("point", [0, 8, 17, 30, 36, 54, 63])
def test_a_dot_on_a_landmark_moves_with_it_in_all_versions(point, corners):
    face = face_of_points() + np.array([1.25, -0.5])
    moved = augment_landmarks(face[None, None], 64, 48)[0, :, 0]
    versions = augment_clip(dot(*face[point])[None], 48, corners)[:, 0].astype(float)
    rows, columns = np.mgrid[:48, :48]
    for version, picture in enumerate(versions):
        centre = np.array([(picture * axis).sum() for axis in (columns, rows)]) / picture.sum()
        landmark = MIRROR_ORDER.index(point) if version == MIRRORED else point
        np.testing.assert_allclose(moved[version, landmark], centre, atol=0.35, err_msg=f"version {version}")


def test_a_symmetric_face_is_its_own_mirror_image_and_rotations_are_anticlockwise():
    versions = augment_landmarks(face_of_points()[None, None], 64, 48)[0, :, 0]
    np.testing.assert_allclose(versions[MIRRORED], versions[0], atol=1e-4)
    points = (versions - 23.5) @ np.array([1, -1j])  # y points down
    np.testing.assert_allclose(points, points[0] * np.exp(1j * np.deg2rad(ANGLES))[:, None], atol=1e-4)
