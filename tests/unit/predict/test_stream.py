"""Frames one by one are the frames of decode_video, at the same times; a camera films for so long and no longer."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from sample_videos import grey_ramp, truncate, write_video

from videofer.__main__ import main
from videofer.core.errors import RejectedClip, UserError
from videofer.predict import stream
from videofer.predict.stream import Frame, VideoStream, is_camera, keep_pipe, keep_rate, record_camera
from videofer.video.decode import read_frames

ROOT = Path(__file__).parents[3]
# A camera that never ends: ffmpeg's own test picture.
ENDLESS = {"filename": "testsrc2=size=160x120:rate=10", "format": "lavfi"}
TIMES = np.cumsum([0, *np.tile([0.04, 0.08, 0.04], 13)])


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Forty frames of 192 lines at an uneven rate."""
    return write_video(tmp_path_factory.mktemp("video") / "-odd: name.mp4", grey_ramp(40, 192, 256), TIMES)


@pytest.mark.parametrize("max_height", [480, 100])
def test_the_same_pixels_and_times_as_decode_video(video, max_height):
    frames = list(opened := VideoStream(video, max_height))
    pixels, times = read_frames(video, max_height=max_height)
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in frames]), pixels)
    assert [frame.time for frame in frames] == times.tolist()
    assert [frame.number for frame in frames] == list(range(40))
    assert (opened.shown, opened.promised) == ((256, 192), 40)
    assert frames[0].scale == 192 / pixels.shape[1]


def test_a_pipe_gives_what_the_file_gives(bundle, tmp_path, monkeypatch):
    """The pixels of boxes too, of a film taller than it is read; its index lies at its end."""
    film = write_video(tmp_path / "film.mp4", grey_ramp(20, 1082, 642), np.arange(20) / 25)
    monkeypatch.chdir(tmp_path)
    assert main(["predict", str(film), "--bundle", str(bundle), "--frames"]) == 0
    with film.open("rb") as piped:
        command = [
            sys.executable,
            "-m",
            "videofer",
            "predict",
            "-",
            "--bundle",
            str(bundle),
            "--frames",
            "--report",
        ]
        subprocess.run(command, stdin=piped, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    for ending in ("csv", "frames.csv"):
        named, piped = (pd.read_csv(f"predictions/{name}.{ending}") for name in ("film.mp4", "stdin"))
        pd.testing.assert_frame_equal(named.drop(columns="video"), piped.drop(columns="video"))
    assert Path("predictions/stdin.html").is_file()
    with Path(os.devnull).open("rb") as nothing, pytest.raises(UserError, match="Nothing came through the pipe"):
        keep_pipe(nothing, tmp_path / "nothing")


def test_frames_far_faster_than_the_training_are_skipped():
    def kept(rate, wanted=25.0):
        frames = (Frame(n, n / rate, np.empty(0)) for n in range(120))
        return [frame.number for frame in keep_rate(frames, wanted)]

    assert kept(50) == kept(60) == list(range(0, 120, 2))
    assert kept(25) == kept(30) == kept(12) == list(range(120))
    assert kept(240)[:4] == [0, 10, 20, 30]


def test_a_damaged_file_gives_what_it_has_and_one_without_frames_is_refused(video, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64), dtype=np.uint8)
    whole = write_video(tmp_path / "whole.mkv", noise, np.arange(40) / 25)
    frames = list(VideoStream(truncate(whole, tmp_path / "cut.mkv", 0.6), 480))
    assert 5 < len(frames) < 40
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(RejectedClip, match=r"text\.mp4 is a text file"):
        VideoStream(tmp_path / "text.mp4", 480)


def test_leaving_early_ends_ffmpeg(video):
    before = set(psutil.Process().children())  # such as a browser of other tests
    frames = iter(VideoStream(video, 480))
    next(frames)
    children = set(psutil.Process().children()) - before
    assert children
    frames.close()
    assert not children & set(psutil.Process().children())


def test_digits_are_a_camera_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [is_camera(path) for path in ("0", "12", "-", "0.mp4", "-1", "²")] == [True, True] + [False] * 4
    (tmp_path / "0").touch()
    assert not is_camera("0")


@pytest.mark.parametrize(
    "source, seconds, message",
    [
        *((ENDLESS, seconds, "give how long the camera is to film") for seconds in (0, -3, math.nan, math.inf)),
        (
            {"filename": "/dev/null", "format": "v4l2"},
            1,
            r"^Camera 9 \(/dev/null\) cannot be read \(.+\): close other",
        ),
        (None, 1, r"There is no camera 9 \(/dev/video9 does not exist\): "),
    ],
)
def test_what_cannot_be_filmed_is_one_sentence_and_no_file(source, seconds, message, monkeypatch, tmp_path):
    if source:
        monkeypatch.setattr(stream, "find_camera", lambda number: source)
    with pytest.raises(UserError, match=message):
        record_camera(9, seconds, tmp_path / "film.mkv")
    assert not list(tmp_path.iterdir())


def test_predict_films_for_so_many_seconds_then_recognises_and_keeps_the_film(
    bundle, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream, "find_camera", lambda number: ENDLESS)
    assert main(["predict", "0", "--seconds", "1.5", "--bundle", str(bundle), "--report"]) == 0
    names = [f"camera-0.mkv{suffix}" for suffix in (".csv", ".annotated.mp4", ".html")]
    said = capsys.readouterr()
    assert said.out == "camera-0.mkv: no face was found, 1.4 s\n"
    assert [line for line in said.err.splitlines() if line.startswith("wrote")] == [
        f"wrote predictions/{name}" for name in names
    ]
    table = pd.read_csv("predictions/camera-0.mkv.csv")
    assert table[["start_frame", "end_frame", "status"]].to_numpy().tolist() == [[0, 14, "no face"]]
    assert table["end_second"].item() - table["start_second"].item() == pytest.approx(1.4, abs=0.01)
    assert {path.name for path in Path("predictions").iterdir()} == {"camera-0.mkv", *names, "predicted.json"}
