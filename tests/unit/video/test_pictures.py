"""Image sequences: order, grey, times, turns and halves, and pictures that cannot be read."""

import numpy as np
import pytest
from PIL import Image
from sample_videos import WHOLE, grey_ramp, write_video

from videofer.core.artifacts import read_arrays, sha256_file
from videofer.core.errors import RejectedClip
from videofer.video.decode import decode_video, read_frames
from videofer.video.pictures import list_pictures, probe_pictures, read_pictures

LIMITS = {"max_height": 480, "min_frames": 8, "max_frames": 100, "timeout": 600, "memory_mb": 4000}


def write_pictures(folder, pictures, suffix=".png", first=1):
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures, start=first):
        Image.fromarray(picture).save(folder / f"{number}{suffix}")
    return folder


def test_pictures_are_frames_in_the_order_of_their_numbers(tmp_path):
    pictures = grey_ramp(12)
    folder = write_pictures(tmp_path / "лицо 1", pictures)
    (folder / ".DS_Store").touch()
    (folder / "notes.txt").write_text("no picture")
    frames, times = read_pictures(folder, rate=30)
    np.testing.assert_array_equal(frames, pictures)
    np.testing.assert_allclose(times, np.arange(12) / 30)
    assert [path.name for path in list_pictures(folder)][8:11] == ["9.png", "10.png", "11.png"]
    info = probe_pictures(folder, None)
    assert (info.codec, info.rate, info.width, info.height, info.promised) == ("png", 25, 64, 48, 12)


def test_a_part_a_turn_a_half_and_a_smaller_size(tmp_path):
    pictures = grey_ramp(20)
    pictures[:, 0, 0] = 255
    folder = write_pictures(tmp_path / "s", pictures)
    frames, times = read_pictures(folder, start=5, end=14, rate=10)
    np.testing.assert_array_equal(frames, pictures[5:15])
    np.testing.assert_array_equal(times, np.arange(5, 15) / 10)
    turned, _ = read_pictures(folder, turn=90)
    np.testing.assert_array_equal(turned, np.rot90(pictures, -1, axes=(1, 2)))
    left, _ = read_pictures(folder, turn=90, half="left")
    np.testing.assert_array_equal(left, turned[:, :, :24])
    right, _ = read_pictures(folder, half="right")
    np.testing.assert_array_equal(right, pictures[:, :, 32:])
    small, _ = read_pictures(folder, max_height=24)
    assert small.shape == (20, 24, 32)
    np.testing.assert_array_equal(small[:, 20, 20], pictures[:, 40, 40])


@pytest.mark.parametrize("half", ["left", "right"])
def test_videos_are_cut_like_pictures(tmp_path, half):
    pictures = np.repeat(np.linspace(30, 220, 64).astype(np.uint8)[None, None], 48, axis=1).repeat(10, axis=0)
    folder = write_pictures(tmp_path / "s", pictures)
    video = write_video(tmp_path / "a.mkv", pictures, np.arange(10) / 25, codec="ffv1")
    for turn in (0, 90, 180, 270):
        frames, _ = read_frames(video, turn, half=half)
        expected, _ = read_pictures(folder, turn, half=half)
        assert frames.shape == expected.shape
        assert np.abs(frames.astype(int) - expected).max() <= 3


def test_colour_depth_and_orientation_flags_are_obeyed(tmp_path):
    deep = np.full((10, 8, 8), 200 * 256, np.uint16)
    assert (read_pictures(write_pictures(tmp_path / "deep", deep))[0] == 200).all()
    folder = tmp_path / "flag"
    folder.mkdir()
    for number in range(10):
        picture = Image.new("RGB", (16, 8), (10, 200, 30))
        exif = picture.getexif()
        exif[0x0112] = 6  # turn 90 degrees clockwise
        picture.save(folder / f"{number}.jpg", exif=exif)
    frames, _ = read_pictures(folder)
    assert frames.shape == (10, 16, 8)
    assert abs(int(frames[0, 8, 4]) - (0.299 * 10 + 0.587 * 200 + 0.114 * 30)) < 3


def test_pictures_of_another_size_get_the_size_of_the_first(tmp_path):
    folder = write_pictures(tmp_path / "s", grey_ramp(8))
    Image.fromarray(grey_ramp(1, 96, 128)[0]).save(folder / "9.png")
    assert read_pictures(folder)[0].shape == (9, 48, 64)


@pytest.mark.parametrize(("name", "content"), [("5.png", b"\x89PNG"), ("5.jpg", b"no picture")])
def test_a_broken_picture_rejects_its_clip_in_one_sentence(tmp_path, name, content):
    folder = write_pictures(tmp_path / "s", grey_ramp(4))
    (folder / name).write_bytes(content)
    write_pictures(folder, grey_ramp(5), first=6)
    out = tmp_path / "frames.safetensors"
    decode_video(folder, out, **WHOLE | {"rate": 30}, **LIMITS, code="")
    written = read_arrays(out, "frames")
    assert f"{name} cannot be read as a picture" in written.rejected and "\n" not in written.rejected
    assert written.parameters["stage"] == "decode"


def test_too_short_too_long_and_empty_sequences(tmp_path):
    folder = write_pictures(tmp_path / "s", grey_ramp(5))
    with pytest.raises(RejectedClip, match="is too short: 5 frames, 8 needed"):
        read_pictures(folder, min_frames=8)
    with pytest.raises(RejectedClip, match="more than 4 frames"):
        read_pictures(folder, max_frames=4)
    with pytest.raises(RejectedClip, match="frames 2 to 9 were asked for"):
        read_pictures(folder, start=2, end=9)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RejectedClip, match="holds no picture"):
        read_pictures(tmp_path / "empty")


def test_a_sequence_s_digest_follows_names_and_bytes(tmp_path):
    folder = write_pictures(tmp_path / "s", grey_ramp(5))
    before = sha256_file(folder)
    assert sha256_file(write_pictures(tmp_path / "copy", grey_ramp(5))) == before
    (folder / "5.png").rename(folder / "6.png")
    assert sha256_file(folder) != before


def test_a_picture_is_opened_as_a_picture_only(tmp_path):
    """PostScript under a picture's name would start an interpreter."""
    (tmp_path / "1.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    with pytest.raises(RejectedClip, match="cannot be read as a picture"):
        read_pictures(tmp_path)
