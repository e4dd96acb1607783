"""Frames one by one are the frames of decode_video, at the same times, in memory that does not grow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from sample_videos import grey_ramp, truncate, write_video

from videofer.core.errors import RejectedClip
from videofer.predict.stream import Frame, VideoStream, keep_rate
from videofer.video.decode import read_frames

ROOT = Path(__file__).parents[3]
TIMES = np.cumsum([0, *np.tile([0.04, 0.08, 0.04], 13)])


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Forty frames of 192 lines at an uneven rate."""
    return write_video(tmp_path_factory.mktemp("video") / "-odd: name.mp4", grey_ramp(40, 192, 256), TIMES)


@pytest.mark.parametrize("max_height", [480, 100, None])
def test_the_same_pixels_and_times_as_decode_video(video, max_height):
    stream = VideoStream(video, max_height)
    frames = list(stream)
    pixels, times = read_frames(video, max_height=max_height)
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in frames]), pixels)
    assert [frame.time for frame in frames] == times.tolist()
    assert [frame.number for frame in frames] == list(range(40))
    assert (stream.shown, stream.promised) == ((256, 192), 40)
    assert frames[0].scale == 192 / pixels.shape[1]


def test_a_pipe_gives_the_same_frames(video, tmp_path):
    program = (
        "import sys, numpy as np; from videofer.predict.stream import VideoStream; stream = VideoStream('-', 100)\n"
        "np.save(sys.argv[1], np.stack([frame.pixels for frame in stream])); print(stream.shown)"
    )
    mkv = tmp_path / "piped.mkv"
    write_video(mkv, grey_ramp(10, 192, 256), np.arange(10) / 25)
    with mkv.open("rb") as piped:
        command = [sys.executable, "-c", program, str(tmp_path / "out.npy")]
        subprocess.run(command, stdin=piped, check=True, cwd=ROOT)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), read_frames(mkv, max_height=100)[0])


def test_frames_far_faster_than_the_training_are_skipped():
    def kept(rate, wanted=25.0):
        frames = (Frame(n, n / rate, np.empty(0)) for n in range(120))
        return [frame.number for frame in keep_rate(frames, wanted)]

    assert kept(50) == kept(60) == list(range(0, 120, 2))
    assert kept(25) == kept(30) == kept(12) == list(range(120))
    assert kept(240)[:4] == [0, 8, 16, 24]


def test_a_damaged_file_gives_what_it_has_and_one_without_frames_is_refused(video, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64), dtype=np.uint8)
    whole = write_video(tmp_path / "whole.mkv", noise, np.arange(40) / 25)
    frames = list(VideoStream(truncate(whole, tmp_path / "cut.mkv", 0.6), None))
    assert 5 < len(frames) < 40
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(RejectedClip, match=r"text\.mp4 cannot be read as a video"):
        VideoStream(tmp_path / "text.mp4", None)


def test_leaving_early_ends_ffmpeg(video):
    frames = iter(VideoStream(video, None))
    next(frames)
    children = set(psutil.Process().children())
    assert children
    frames.close()
    assert not children & set(psutil.Process().children())
