import numpy as np
import pytest

from videofer.clips.peak import crop_clip, map_landmarks


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
