import os
import signal

import numpy as np
import pytest
from sample_videos import WHOLE, grey_ramp, run_ffmpeg, truncate, write_video

from videofer.core.artifacts import read_arrays
from videofer.core.errors import RejectedClip, UserError
from videofer.video.decode import decode_video, read_frames
from videofer.video.limits import Limits, OverLimit
from videofer.video.probe import count_frames, probe_video

CONSTANT = np.arange(30) / 25
# 25 a second, a pause, then 10 a second, then two frames 1 ms apart.
VARIABLE = np.concatenate([np.arange(10) / 25, 1 + np.arange(8) / 10, [3.0, 3.001]])
OPTIONS = WHOLE | {"max_height": 480, "min_frames": 8, "max_frames": 100, "timeout": 600, "memory_mb": 4000}


def test_frames_have_their_grey_and_their_times(tmp_path):
    pictures = grey_ramp(30)
    frames, times = read_frames(write_video(tmp_path / "a.mp4", pictures, CONSTANT))
    assert frames.dtype == np.uint8
    assert frames.shape == pictures.shape
    assert np.abs(frames.astype(int) - pictures).mean() < 1.5
    np.testing.assert_allclose(times, CONSTANT, atol=1e-9)


def test_black_and_white_reach_the_ends_of_the_scale(tmp_path):
    pictures = np.zeros((10, 48, 64), np.uint8)
    pictures[:, :, 32:] = 255
    frames, _ = read_frames(write_video(tmp_path / "a.mkv", pictures, CONSTANT[:10]))
    assert frames[:, :, :24].max() <= 2 and frames[:, :, 40:].min() >= 253


@pytest.mark.parametrize(("name", "codec"), [
    ("a.mp4", "libx264"), ("a.mov", "mpeg4"), ("a.mkv", "libx264"), ("a.webm", "libvpx"),
])  # fmt: skip
def test_a_variable_rate_neither_repeats_nor_drops_frames(tmp_path, name, codec):
    pictures = grey_ramp(len(VARIABLE))
    path = write_video(tmp_path / name, pictures, VARIABLE, codec)
    frames, times = read_frames(path)
    np.testing.assert_allclose(times, VARIABLE, atol=1e-6)
    assert np.abs(frames[:, -1, -1].astype(int) - pictures[:, -1, -1]).max() <= 4
    assert count_frames(path) == (len(VARIABLE), pytest.approx((len(VARIABLE) - 1) / 3.001, rel=1e-3))


def test_containers_without_a_frame_count_are_read_whole(tmp_path):
    run_ffmpeg("-i", write_video(tmp_path / "a.mp4", grey_ramp(30), CONSTANT), "-c", "copy", tmp_path / "a.ts")
    frames, times = read_frames(tmp_path / "a.ts")
    assert len(frames) == 30
    np.testing.assert_allclose(np.diff(times), 0.04, atol=1e-4)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_rotation_flag_and_a_turn_both_turn_the_picture_clockwise(tmp_path, turn):
    pictures = grey_ramp(10)
    plain = write_video(tmp_path / "plain.mp4", pictures, CONSTANT[:10])
    # ffmpeg's option counts anticlockwise.
    run_ffmpeg("-display_rotation", -turn, "-i", plain, "-c", "copy", tmp_path / "flag.mp4")
    expected = np.rot90(pictures, -turn // 90, axes=(1, 2)).astype(int)
    flagged, _ = read_frames(tmp_path / "flag.mp4")
    turned, _ = read_frames(plain, turn=turn)
    assert probe_video(tmp_path / "flag.mp4").rotation == turn
    cancelled, _ = read_frames(tmp_path / "flag.mp4", turn=360 - turn)
    for frames, wanted in ((flagged, expected), (turned, expected), (cancelled, pictures.astype(int))):
        assert frames.shape == wanted.shape
        assert np.abs(frames - wanted).mean() < 1.5


def test_large_frames_are_scaled_down_and_keep_their_aspect(tmp_path):
    path = write_video(tmp_path / "a.mp4", grey_ramp(10, 180, 320), CONSTANT[:10])
    assert read_frames(path, max_height=90)[0].shape == (10, 90, 160)
    assert read_frames(path, max_height=200)[0].shape == (10, 180, 320)
    # The limit is on the picture as it is shown.
    assert read_frames(path, turn=90, max_height=160)[0].shape == (10, 160, 90)


def test_pixels_become_square(tmp_path):
    plain = write_video(tmp_path / "plain.mp4", grey_ramp(10, 48, 64), CONSTANT[:10])
    run_ffmpeg("-i", plain, "-vf", "setsar=16/15", tmp_path / "wide.mp4")
    assert read_frames(tmp_path / "wide.mp4")[0].shape == (10, 48, 68)


def test_start_and_end_are_both_included(tmp_path):
    pictures = grey_ramp(30)
    path = write_video(tmp_path / "a.mp4", pictures, CONSTANT)
    frames, times = read_frames(path, start=5, end=14)
    assert len(frames) == 10
    assert np.abs(frames[:, -1, -1].astype(int) - pictures[5:15, -1, -1]).max() <= 3
    np.testing.assert_allclose(times, CONSTANT[5:15], atol=1e-9)
    assert len(read_frames(path, start=20)[0]) == 10
    with pytest.raises(RejectedClip, match="has 30 frames, but frames 20 to 40"):
        read_frames(path, start=20, end=40)


def test_frames_hidden_by_an_edit_list_do_not_count(tmp_path):
    path = write_video(tmp_path / "a.mp4", grey_ramp(30), CONSTANT)
    run_ffmpeg("-ss", "0.6", "-i", path, "-c", "copy", tmp_path / "cut.mp4")
    frames, _ = read_frames(tmp_path / "cut.mp4")
    assert len(frames) == count_frames(tmp_path / "cut.mp4")[0] == 15


@pytest.mark.parametrize("name", [
    "a b.mp4", "-dash.mp4", 'it\'s "so".mp4', "50%d.mp4", "a:b.mp4", "лицо 表情.mp4", "x;y&z$HOME.mp4", "[1]#?.mp4",
])  # fmt: skip
def test_any_file_name_is_safe(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "plain.mp4", grey_ramp(10), CONSTANT[:10]).rename(tmp_path / name)
    decode_video(name, "out.safetensors", **OPTIONS, code="")
    assert read_arrays("out.safetensors", "frames")["frames"].shape == (10, 48, 64)


def test_files_that_are_no_video_are_rejected_in_one_sentence(tmp_path):
    sound, empty, text = tmp_path / "sound.mp4", tmp_path / "empty.avi", tmp_path / "text.mov"
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", sound)
    empty.touch()
    text.write_text("no video " * 100)
    headers = tmp_path / "headers.mkv"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=d=1", "-frames:v", "0", headers)
    cover, song = tmp_path / "cover.png", tmp_path / "song.m4a"  # a sound file with a picture is no video either
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=d=1", "-frames:v", "1", cover)
    run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=1", "-i", cover, "-map", "0", "-map", "1"),
        *("-c:v", "png", "-disposition:v", "attached_pic", song),
    )
    reasons = {sound: "no video stream", song: "no video stream", empty: "0 bytes", text: "cannot be read"}
    for path, words in (reasons | {headers: "no"}).items():
        out = tmp_path / "out.safetensors"
        decode_video(path, out, **OPTIONS, code="")
        written = read_arrays(out, "frames")
        assert words in written.rejected and path.name in written.rejected and "\n" not in written.rejected
        assert written.parameters["stage"] == "decode" and len(written) == 0


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mpeg4"), ("a.mkv", "libx264"), ("a.webm", "libvpx")])
def test_of_a_file_that_is_cut_off_the_rest_is_used_unless_most_is_lost(tmp_path, caplog, name, codec):
    noise = np.random.default_rng(0).integers(0, 256, (50, 48, 64), np.uint8)
    whole = write_video(tmp_path / name, noise, np.arange(50) / 25, codec)
    remarks = []
    frames, times = read_frames(truncate(whole, tmp_path / f"cut-{name}", 0.6), remarks=remarks)
    assert 25 < len(frames) < 45 and len(times) == len(frames)
    assert remarks[0].endswith(f"is damaged: about {50 - len(frames)} of 50 frames are lost.")
    assert remarks[0] in caplog.text
    with pytest.raises(RejectedClip, match=r"is cut off: \d\d% of it is there"):
        read_frames(truncate(whole, tmp_path / f"cut-{name}", 0.3))


def test_an_avi_that_leaves_frames_out_is_whole(tmp_path):
    times = np.concatenate([np.arange(10), [10, 20, 30, 40, 49]]) / 25
    frames, got = read_frames(write_video(tmp_path / "a.avi", grey_ramp(15), times, "mpeg4"))
    assert len(frames) == 15
    np.testing.assert_allclose(got, times, atol=1e-6)


def test_too_few_and_too_many_frames_are_rejected(tmp_path):
    path = write_video(tmp_path / "a.mp4", grey_ramp(30), CONSTANT)
    with pytest.raises(RejectedClip, match="is too short: 30 frames, 31 needed"):
        read_frames(path, min_frames=31)
    with pytest.raises(RejectedClip, match="more than 10 frames"):
        read_frames(path, max_frames=10)
    assert len(read_frames(path, max_frames=30)[0]) == 30
    assert len(read_frames(path, start=3, end=12, max_frames=20)[0]) == 10


def test_a_time_limit_is_the_job_s_fault_and_nothing_is_stored_of_the_film(tmp_path):
    path, out = tmp_path / "long.avi", tmp_path / "out.safetensors"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=s=1280x720:r=25", "-frames:v", 60, "-c:v", "mpeg4", path)
    with pytest.raises(
        UserError, match=r"long\.avi cannot be read within 0\.001 s \(video: timeout\): run again"
    ) as error:
        decode_video(path, out, **OPTIONS | {"timeout": 0.001}, code="")
    assert not isinstance(error.value, RejectedClip) and not out.exists()
    decode_video(path, out, **OPTIONS, code="")
    assert read_arrays(out, "frames").rejected is None


def test_an_ffmpeg_that_the_system_kills_is_no_verdict_on_the_film(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4", grey_ramp(10), CONSTANT[:10])
    monkeypatch.setattr(Limits, "limit_memory", lambda self, pid: os.kill(pid, signal.SIGKILL))
    with pytest.raises(OverLimit, match=r"a\.mp4 needs more memory than this machine grants"):
        decode_video(path, tmp_path / "out.safetensors", **OPTIONS, code="")


def test_frames_that_do_not_fit_are_refused_before_and_while_they_come(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4", grey_ramp(20), CONSTANT[:20])
    monkeypatch.setattr(Limits, "frame_bytes", 10 * 48 * 64)
    for least in (1, 15):
        with pytest.raises(RejectedClip, match=r"a\.mp4 has more frames of 64x48 than fit into memory"):
            read_frames(path, min_frames=least)
    monkeypatch.setattr(Limits, "frame_bytes", 21 * 48 * 64)
    assert len(read_frames(path)[0]) == 20
