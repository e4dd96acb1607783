"""The eight versions of a clip against images whose transform is known."""

import numpy as np
import pytest

from videofer.artifacts import read_arrays, write_arrays
from videofer.augment import ANGLES, augment_clip, augment_clips, rotate, training_samples


def bar(angle: float, side: int = 64) -> np.ndarray:
    """Draw a wide soft bar through the centre, `angle` degrees counter-clockwise from the horizontal."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    turn = np.deg2rad(angle)
    distance = x * np.sin(turn) + y * np.cos(turn)
    return (255 * np.exp(-((distance / 6) ** 2))).astype(np.uint8)


def test_eight_versions_original_first_then_mirror():
    clip = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
    versions = augment_clip(clip, 48, "face")
    assert versions.shape == (8, 3, 48, 48) and versions.dtype == np.uint8
    np.testing.assert_array_equal(versions[0], clip[:, 8:56, 8:56])
    np.testing.assert_array_equal(versions[1], clip[:, 8:56, 8:56][:, :, ::-1])


@pytest.mark.parametrize("version", range(2, 8))
def test_rotations_turn_a_bar_by_the_paper_s_angles(version):
    turned = augment_clip(bar(0)[None], 48, "face")[version, 0].astype(float)
    expected = bar(ANGLES[version])[8:56, 8:56].astype(float)
    assert np.abs(turned - expected).mean() < 2
    assert np.abs(turned - bar(-ANGLES[version])[8:56, 8:56]).mean() > 10


def test_the_paper_s_angles():
    assert sorted(ANGLES) == [-15, -10, -5, 0, 0, 5, 10, 15]


def test_all_frames_are_treated_alike():
    frame = np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8)
    versions = augment_clip(np.stack([frame] * 4), 48, "face")
    assert (versions == versions[:, :1]).all()


@pytest.mark.parametrize(("corners", "smallest"), [("face", 200), ("black", 0)])
def test_corners_come_from_the_wider_face_or_are_black(corners, smallest):
    white = np.full((1, 64, 64), 200, np.uint8)
    versions = augment_clip(white, 48, corners)
    assert versions.min() == smallest
    assert versions[:, :, 24, 24].min() == 200


def test_rotation_by_zero_is_the_crop():
    frame = bar(30)
    np.testing.assert_array_equal(rotate(frame, 0, 48), frame[8:56, 8:56])


def test_artifact_keeps_the_clips_order(tmp_path):
    clips = np.random.default_rng(2).integers(0, 256, (2, 4, 64, 64), dtype=np.uint8)
    write_arrays(tmp_path / "clips.safetensors", "clips", {"clip": clips}, {})
    augment_clips(tmp_path / "clips.safetensors", tmp_path / "out.safetensors", 48, "face", code="c")
    versions = read_arrays(tmp_path / "out.safetensors", "augmented")["clip"]
    assert versions.shape == (2, 8, 4, 48, 48)
    np.testing.assert_array_equal(versions[:, 0], clips[:, :, 8:56, 8:56])


def test_training_samples_hold_each_version_of_each_clip_once():
    samples = training_samples([4, 7])
    assert sorted(map(tuple, samples.tolist())) == [(c, v) for c in (4, 7) for v in range(8)]
