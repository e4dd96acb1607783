"""Image sequences: order, grey, times, turns and halves, and pictures that cannot be read."""

import numpy as np
import pytest
from PIL import Image
from sample_videos import WHOLE, grey_ramp, run_ffmpeg, write_video

from videofer.core.artifacts import read_arrays, sha256_file
from videofer.core.errors import RejectedClip
from videofer.video.decode import decode_video, read_frames
from videofer.video.index import index_dataset
from videofer.video.limits import USUAL
from videofer.video.pictures import (
    is_picture,
    is_sequence,
    list_pictures,
    probe_pictures,
    read_pictures,
    read_still,
)

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
    assert name in written.rejected and "picture" in written.rejected and "\n" not in written.rejected
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
    (folder / ".DS_Store").touch()
    (folder / "Thumbs.db").touch()
    assert sha256_file(folder) == before
    (folder / "5.png").rename(folder / "6.png")
    assert sha256_file(folder) != before


def test_a_picture_is_opened_as_a_picture_only(tmp_path):
    """PostScript under a picture's name would start an interpreter."""
    (tmp_path / "1.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    with pytest.raises(RejectedClip, match=r"as a picture|or picture"):
        read_pictures(tmp_path)


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".bmp", ".tif", ".ppm", ".gif", ".JPG", ".jfif", ".jp2"])
def test_common_formats_are_read_also_mixed_and_under_a_wrong_name(tmp_path, suffix):
    pictures = grey_ramp(10)
    folder = write_pictures(tmp_path / "s", pictures[:5], suffix)
    write_pictures(folder, pictures[5:9], first=6)
    Image.fromarray(pictures[9]).save(folder / "10.jpeg", "PNG")
    for name in ("._1.png", "Thumbs.db", ".hidden.png"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    frames, times = read_pictures(folder)
    assert np.abs(frames.astype(int) - pictures).max() <= 12 and np.abs(frames.astype(int) - pictures).mean() < 2
    np.testing.assert_array_equal(times, np.arange(10) / 25)


def test_heic_is_read_where_its_package_is_or_the_package_is_named(tmp_path):
    pictures = grey_ramp(3)
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        folder = write_pictures(tmp_path / "s", pictures)
        (folder / "4.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
        with pytest.raises(RejectedClip, match=r"4\.heic is a HEIC picture, .*pillow-heif"):
            read_pictures(folder)
    else:
        register_heif_opener()
        assert (
            np.abs(read_pictures(write_pictures(tmp_path, pictures, ".heic"))[0] - pictures.astype(int)).max() < 9
        )


def test_grey_levels_of_any_depth_are_shifted_alike_in_a_whole_sequence(tmp_path):
    ramp = np.arange(240, dtype=np.uint16).reshape(1, 12, 20) + np.arange(16)[:, None, None].astype(np.uint16)
    expected = ramp.astype(np.uint8)
    deep = {bits: (ramp << (bits - 8)).astype(np.uint16) for bits in (8, 10, 12, 14, 16)}
    for bits, pictures in deep.items():
        for suffix in (".png", ".tif"):
            folder = write_pictures(tmp_path / f"{bits}{suffix}", pictures, suffix)
            np.testing.assert_array_equal(read_pictures(folder)[0], expected)
            # A darker part is no brighter for it.
            np.testing.assert_array_equal(read_pictures(folder, start=0, end=3)[0], expected[:4])
    for scale in (1 / 255, 1, 16, 256):
        folder = write_pictures(tmp_path / f"float {scale}", ramp.astype(np.float32) * np.float32(scale), ".tif")
        np.testing.assert_array_equal(read_pictures(folder)[0], expected)


@pytest.mark.parametrize("value", [-1, np.nan, np.inf])
def test_levels_that_are_none_reject_their_clip(tmp_path, value):
    pictures = grey_ramp(9).astype(np.float32)
    pictures[4, 3, 3] = value
    with pytest.raises(RejectedClip, match=r"/5\.tif holds values below 0 or that are no number"):
        read_pictures(write_pictures(tmp_path, pictures, ".tif"))


def test_colours_of_16_bits_of_which_only_the_lower_are_used_are_refused_not_black(tmp_path):
    raw = tmp_path / "raw"
    raw.write_bytes(np.repeat(grey_ramp(1).astype("<u2") << 4, 3).tobytes())
    shape = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "64x48")
    run_ffmpeg(*shape, "-i", raw, tmp_path / "1.png")
    with pytest.raises(RejectedClip, match="has colours of 16 bits"):
        read_pictures(tmp_path)


def test_transparent_parts_are_white_and_every_mode_may_stand_beside_another(tmp_path):
    grey = grey_ramp(1)[0]
    clear = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    clear[:, :20, 3] = 0
    Image.fromarray(clear).save(tmp_path / "1.png")
    Image.fromarray(clear).quantize().save(tmp_path / "2.png")
    for number, mode in enumerate(("L", "LA", "RGBA", "P", "CMYK", "RGB"), start=3):
        Image.fromarray(grey).convert(mode).save(tmp_path / f"{number}.{'tif' if mode == 'CMYK' else 'png'}")
    frames, _ = read_pictures(tmp_path)
    assert (frames[:2, :, :20] == 255).all()
    np.testing.assert_array_equal(frames[0, :, 20:], grey[:, 20:])
    np.testing.assert_array_equal(frames[2:], np.repeat(grey[None], 6, axis=0))


def test_a_picture_of_another_shape_is_padded_not_stretched(tmp_path):
    folder = write_pictures(tmp_path, grey_ramp(8))
    Image.new("L", (48, 96), 200).save(folder / "9.png")
    decode_video(folder, out := tmp_path / "frames.safetensors", **WHOLE, **LIMITS, code="")
    written = read_arrays(out, "frames")
    frame = written["frames"][8]
    assert (frame[:, 20:44] == 200).all() and (frame[:, :20] == 0).all() and (frame[:, 44:] == 0).all()
    (remark,) = written.parameters["remarks"]
    assert "1 of 9 pictures have another size than the first, 1 also another shape" in remark


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".ppm"])
def test_a_truncated_picture_is_named(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (9, 48, 64), np.uint8)
    cut = write_pictures(tmp_path, noise, suffix) / f"5{suffix}"
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(RejectedClip, match=rf"/5\{suffix} cannot be read as a picture") as caught:
        read_pictures(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_else_lies_in_a_picture_s_place_is_named(tmp_path):
    pictures = [Image.fromarray(picture) for picture in grey_ramp(2)]

    def animate(path):
        pictures[0].save(path, save_all=True, append_images=pictures[1:])

    makers = {
        "empty": lambda path: path.touch(),
        "link": lambda path: path.symlink_to("absent.png"),
        "pointer": lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"),
        "bomb": lambda path: Image.new("1", (20000, 20000)).save(path),
        "animation": animate,
    }
    for name, make in makers.items():
        folder = write_pictures(tmp_path / name, grey_ramp(3))
        make(folder / "4.png")
        with pytest.raises(RejectedClip, match=r"/4\.png ") as caught:
            read_pictures(folder)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("names", "ticks"), [
    (["f_001", "f_002", "f_003", "f_006", "f_007"], [0, 1, 2, 5, 6]),  # two were dropped
    (["5", "10", "15", "25", "30"], [0, 1, 2, 4, 5]),  # every fifth frame, and one was dropped
    (["0", "33", "67", "100", "133"], [0, 1, 2, 3, 4]),  # milliseconds
    (["IMG_2", "IMG_9", "IMG_31", "IMG_50", "IMG_51"], [0, 1, 2, 3, 4]),
    (["shot 1 (1)", "shot 1 (2)", "shot 1 (3)", "shot 1 (9)", "shot 1 (10)"], [0, 1, 2, 8, 9]),
    (["a", "b", "c", "d", "e"], [0, 1, 2, 3, 4]),
])  # fmt: skip
def test_a_missing_number_is_a_missing_frame(tmp_path, names, ticks):
    for name in names:
        Image.new("L", (8, 8)).save(tmp_path / f"{name}.png")
    np.testing.assert_array_equal(read_pictures(tmp_path, rate=10, remarks=(said := []))[1], np.array(ticks) / 10)
    assert bool(said) == (ticks != [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(read_pictures(tmp_path, start=3, rate=10)[1], np.array(ticks[3:]) / 10)


@pytest.mark.parametrize("other", ["003.jpg", "3.png"])
def test_one_number_twice_is_refused_with_both_names(tmp_path, other):
    for name in ("001.png", "002.png", "003.png", other):
        Image.new("L", (8, 8)).save(tmp_path / name)
    with pytest.raises(RejectedClip, match=r"003\.png") as caught:
        read_pictures(tmp_path)
    assert other in str(caught.value)


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".gif", ".png"])
def test_an_animation_is_a_film_with_its_own_times(tmp_path, suffix):
    pictures, durations = grey_ramp(10), [40] * 5 + [100] * 5
    first, *others = (Image.fromarray(picture).convert("RGB") for picture in pictures)
    path = tmp_path / f"a{suffix}"
    exact = {"lossless": True} if suffix == ".webp" else {}  # otherwise its encoder joins frames that are alike
    first.save(path, save_all=True, append_images=others, duration=durations, **exact)
    assert not is_picture(path)
    out = tmp_path / "frames.safetensors"
    for part, chosen in (({}, slice(None)), ({"start": 1, "end": 8}, slice(1, 9))):
        decode_video(path, out, **WHOLE | part, **LIMITS, code="")
        written = read_arrays(out, "frames")
        assert np.abs(written["frames"].astype(int) - pictures[chosen]).mean() < 2
        np.testing.assert_allclose(written["times"], np.cumsum([0, *durations[:-1]])[chosen] / 1000)
    if is_sequence(path):
        info = probe_pictures(path, None)
        assert (info.rate, info.promised, info.shown_size()) == (15, 10, (64, 48))


def test_the_pages_of_a_tiff_are_frames_but_a_thumbnail_is_none(tmp_path):
    first, *others = (Image.fromarray(picture.astype(np.uint16) * 16) for picture in grey_ramp(10))
    first.save(tmp_path / "a.tif", save_all=True, append_images=others)
    frames, times = read_pictures(tmp_path / "a.tif", rate=10)
    np.testing.assert_array_equal(frames, grey_ramp(10))
    np.testing.assert_array_equal(times, np.arange(10) / 10)
    first.save(tmp_path / "b.tif", save_all=True, append_images=[others[0].resize((16, 12))])
    assert (
        is_sequence(tmp_path / "a.tif") and is_picture(tmp_path / "b.tif") and not is_sequence(tmp_path / "b.tif")
    )


def test_a_still_is_one_picture(tmp_path):
    folder = write_pictures(tmp_path, grey_ramp(1) * np.uint16(256))
    (folder / "2.jpg").write_bytes(b"damaged")
    assert is_picture(folder / "1.png") and is_picture(folder / "2.jpg")
    assert not is_picture(folder) and not is_picture(folder / "3.png")
    np.testing.assert_array_equal(read_still(folder / "1.png"), grey_ramp(1)[0])
    assert read_still(folder / "1.png", 24).shape == (24, 32)
    with pytest.raises(RejectedClip, match=r"2\.jpg "):
        read_still(folder / "2.jpg")


def test_a_still_in_a_list_is_refused_and_a_folder_of_pictures_is_not(tmp_path):
    folder, names = write_pictures(tmp_path / "s", grey_ramp(9), ".webp"), ("manifest", "rejected", "left")
    clips = [
        {"clip": name, "video": str(path), "subject": "A", "label": "happy"}
        for name, path in (("a", folder), ("b", folder / "1.webp"))
    ]
    manifest, rejected, left = (tmp_path / f"{name}.tsv" for name in names)
    index_dataset(
        clips, [], manifest, rejected, left, tmp_path / "cache.json", {}, threads=1, code="", limits=USUAL
    )
    assert str(folder) in manifest.read_text() and "1.webp" not in manifest.read_text()
    assert "1.webp is a still picture: name a video, or the folder of the pictures." in rejected.read_text()
