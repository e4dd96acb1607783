"""Films as cameras, recorders and editors leave them: turned, late, damaged, in several streams, without times."""

import contextlib

import av
import numpy as np
import pytest
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.core.errors import RejectedClip
from videofer.video.decode import read_frames
from videofer.video.probe import probe_video
from videofer.video.reader import FilmReader

TIMES = np.arange(30) / 25


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "plain.mp4", grey_ramp(30), TIMES)


def apply_matrix(picture: np.ndarray, angle: int, hflip: bool, vflip: bool) -> np.ndarray:
    """Turn a picture (H, W) clockwise by a multiple of 90 degrees, then swap its sides."""
    picture = np.rot90(picture, -angle // 90)
    return picture[:: -1 if vflip else 1, :: -1 if hflip else 1]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize(("hflip", "vflip"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_whole_display_matrix_is_obeyed(plain, tmp_path, angle, hflip, vflip):
    flags = ["-display_hflip"] * hflip + ["-display_vflip"] * vflip
    run_ffmpeg("-display_rotation", -angle, *flags, "-i", plain, "-c", "copy", tmp_path / "matrix.mp4")
    frames, _ = read_frames(tmp_path / "matrix.mp4")
    for colour, pictures in ((False, frames), (True, [pixels for *_, pixels in colour_frames(tmp_path)])):
        wanted = apply_matrix(grey_ramp(30)[12], angle, hflip, vflip).astype(int)
        shown = pictures[12].mean(axis=-1) if colour else pictures[12]
        assert shown.shape == wanted.shape and np.abs(shown - wanted).mean() < 2.5


def colour_frames(folder):
    return list(FilmReader(folder / "matrix.mp4", colour=True))


@pytest.mark.parametrize(("angle", "quarter"), [(12, 0), (-5, 0), (93, 90), (-100, 270), (171, 180)])
def test_a_slanted_matrix_means_the_nearest_right_angle(plain, tmp_path, caplog, angle, quarter):
    run_ffmpeg("-display_rotation", -angle, "-i", plain, "-c", "copy", tmp_path / "slanted.mp4")
    remarks = []
    frames, _ = read_frames(tmp_path / "slanted.mp4", remarks=remarks)
    assert frames.shape == (30, 48, 64) if quarter % 180 == 0 else (30, 64, 48)
    assert np.abs(frames[12].astype(int) - apply_matrix(grey_ramp(30)[12], quarter, False, False)).mean() < 1.5
    assert "asks to be shown slanted by" in remarks[0] and remarks[0] in caplog.text
    assert probe_video(tmp_path / "slanted.mp4").rotation == quarter


@pytest.mark.parametrize(("name", "offset"), [
    ("late.ts", 3600), ("late.mkv", 299.038), ("late.mp4", 299.038), ("early.ts", -0.7), ("early.mkv", -0.7),
])  # fmt: skip
def test_times_count_from_the_start_of_the_file(plain, tmp_path, name, offset):
    run_ffmpeg(
        "-i", plain, "-c", "copy", "-output_ts_offset", offset, "-avoid_negative_ts", "disabled", tmp_path / name
    )
    frames, times = read_frames(tmp_path / name)
    assert len(frames) == 30
    assert offset < 0 or probe_video(tmp_path / name).promised == 30
    np.testing.assert_allclose(times, TIMES, atol=1e-3)
    assert read_frames(tmp_path / name, start=10, end=19)[1][0] == pytest.approx(0.4, abs=1e-3)


def test_a_picture_that_starts_after_the_sound_keeps_its_delay(plain, tmp_path):
    run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=2", "-itsoffset", 0.6, "-i", plain),
        *("-c:v", "copy", "-c:a", "aac", tmp_path / "delayed.mkv"),
    )
    assert read_frames(tmp_path / "delayed.mkv")[1][0] == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize(("name", "options"), [
    ("xvid.avi", ["-c:v", "mpeg4", "-q:v", 2, "-bf", 2, "-vtag", "XVID"]),
    ("h264.avi", ["-c:v", "libx264", "-bf", 3]),
    ("raw.h264", ["-c:v", "libx264", "-bf", 3, "-f", "h264"]),
    ("raw.mp4", ["-c:v", "libx264", "-bf", 3, "-f", "h264"]),
    ("raw.m4v", ["-c:v", "mpeg4", "-bf", 2, "-f", "m4v"]),
    ("twice.mkv", ["-c:v", "libx264", "-vf", "setpts=floor(N/2)*2/25/TB", "-fps_mode", "passthrough"]),
])  # fmt: skip
def test_every_frame_comes_once_at_a_rising_time(plain, tmp_path, name, options):
    run_ffmpeg("-i", plain, *options, tmp_path / name)
    frames, times = read_frames(tmp_path / name)
    assert len(frames) == 30
    assert np.abs(frames[:, -1, -1].astype(int) - grey_ramp(30)[:, -1, -1]).max() <= 6
    assert (np.diff(times) > 0).all()
    assert times[0] == 0 and times[-1] == pytest.approx(TIMES[-1], abs=0.05)


def test_two_recordings_in_one_file_follow_each_other(plain, tmp_path):
    run_ffmpeg("-i", plain, "-c", "copy", "-bsf:v", "h264_mp4toannexb", tmp_path / "a.ts")
    film = tmp_path / "both.ts"
    film.write_bytes((tmp_path / "a.ts").read_bytes() * 2)
    frames, times = read_frames(film)
    assert len(frames) == 60 and (np.diff(times) > 0).all() and times[-1] < 3


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Eight seconds with a key frame a second."""
    pictures = np.random.default_rng(0).integers(0, 256, (200, 24, 32), np.uint8).repeat(4, 1).repeat(4, 2)
    folder = tmp_path_factory.mktemp("recording")
    whole = write_video(folder / "whole.mkv", pictures, np.arange(200) / 25)
    for name in ("keyed.mkv", "keyed.ts"):
        run_ffmpeg("-i", whole, "-g", 25, "-bf", 2, "-c:v", "libx264", folder / name)
    return folder


def list_whole_frames(path):
    """Return the times of the frames that libav decodes and does not mark, by another way than the reader's."""
    times = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            with contextlib.suppress(av.FFmpegError):
                times += [frame.time for frame in packet.decode() if not frame.is_corrupt]
    return times


@pytest.mark.parametrize("name", ["keyed.mkv", "keyed.ts"])
def test_of_a_film_with_lost_packets_what_decoders_do_not_mark_is_used(recording, tmp_path, name):
    content = bytearray((recording / name).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 9000 : 3] = bytes(byte ^ 0x5A for byte in content[middle : middle + 9000 : 3])
    (tmp_path / name).write_bytes(content)
    whole = list_whole_frames(tmp_path / name)
    remarks = []
    frames, times = read_frames(tmp_path / name, remarks=remarks)
    assert 150 < len(frames) == len(whole) < 200
    assert f"about {200 - len(frames)} of 200 frames are lost" in remarks[0]
    assert (np.diff(times) > 0).all() and times[-1] == pytest.approx(199 / 25, abs=0.05)
    numbers = [number for number, *_ in FilmReader(tmp_path / name)]
    assert len(numbers) == len(frames) and numbers == sorted(set(numbers))


def test_a_film_cut_between_key_frames_starts_with_its_first_whole_frame(recording, tmp_path):
    content = (recording / "keyed.ts").read_bytes()
    cut = len(content) // 188 * 3 // 10 * 188
    (tmp_path / "cut.ts").write_bytes(content[cut:])
    whole, _ = read_frames(recording / "keyed.ts")
    frames, _ = read_frames(tmp_path / "cut.ts")
    assert 100 < len(frames) < 145
    assert np.abs(frames.astype(int) - whole[-len(frames) :]).max(axis=(1, 2)).max() < 10


def test_a_film_of_which_nothing_is_whole_is_refused(recording, tmp_path):
    content = bytearray((recording / "keyed.ts").read_bytes())
    for start in range(4, len(content), 188):
        content[start + 8 : start + 184] = bytes(176)
    (tmp_path / "empty.ts").write_bytes(content)
    with pytest.raises(RejectedClip, match=r"empty\.ts"):
        read_frames(tmp_path / "empty.ts")


def test_the_film_is_taken_not_a_still_beside_it(plain, tmp_path):
    still = tmp_path / "still.png"
    run_ffmpeg("-f", "lavfi", "-i", "color=white:s=320x240", "-frames:v", 1, still)
    other = write_video(tmp_path / "other.mp4", np.full((12, 96, 128), 200, np.uint8), np.arange(12) / 25)
    films = {
        "cover.mp4": [
            *("-i", still, "-i", plain, "-map", 0, "-map", 1, "-c:v:0", "png", "-c:v:1", "copy"),
            *("-disposition:v:0", "attached_pic"),
        ],
        "still-first.mkv": ["-i", still, "-i", plain, "-map", 0, "-map", 1, "-c:v:0", "mjpeg", "-c:v:1", "copy"],
        "two.mkv": ["-i", other, "-i", plain, "-map", 0, "-map", 1, "-c", "copy", "-disposition:v", "0"],
        "default.mkv": [
            *("-i", other, "-i", plain, "-i", plain, "-map", 0, "-map", 1, "-c", "copy"),
            *("-disposition:v:0", "0", "-disposition:v:1", "default"),
        ],
    }  # fmt: skip
    for name, options in films.items():
        run_ffmpeg(*options, tmp_path / name)
        frames, _ = read_frames(tmp_path / name)
        assert frames.shape == (30, 48, 64), name
    run_ffmpeg("-i", plain, "-vf", "format=yuva420p", "-c:v", "libvpx-vp9", tmp_path / "alpha.webm")
    assert np.abs(read_frames(tmp_path / "alpha.webm")[0].astype(int) - grey_ramp(30)).mean() < 3
