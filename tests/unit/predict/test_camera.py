"""A camera films for so long and no longer, into a file that is read like any other."""

import pandas as pd
import pytest

from videofer.__main__ import main
from videofer.core.errors import UserError
from videofer.predict import camera
from videofer.predict.camera import is_camera, record_camera
from videofer.video.decode import read_frames


@pytest.fixture
def endless(monkeypatch):
    """A camera that never ends: ffmpeg's own test picture, 10 frames a second."""
    source = {"filename": "testsrc2=size=160x120:rate=10", "format": "lavfi"}
    monkeypatch.setattr(camera, "find_camera", lambda number: source)


def test_digits_are_a_camera_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [is_camera(path) for path in ("0", "12", "-", "0.mp4", "-1", "²")] == [True, True] + [False] * 4
    (tmp_path / "0").touch()
    assert not is_camera("0")


def test_a_film_ends_after_so_many_seconds(endless, tmp_path):
    frames, times = read_frames(record_camera(0, 1.5, tmp_path / "out" / "camera-0.mkv"))
    assert frames.shape == (15, 120, 160)
    assert times[-1] - times[0] == pytest.approx(1.4, abs=0.01)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["camera-0.mkv"]


@pytest.mark.parametrize("seconds", [0, -3, float("nan"), float("inf")])
def test_a_time_without_sense_is_refused(seconds, endless, tmp_path):
    with pytest.raises(UserError, match="give how long the camera is to film"):
        record_camera(0, seconds, tmp_path / "film.mkv")


def test_a_camera_that_cannot_be_read_is_one_sentence_and_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(camera, "find_camera", lambda number: {"filename": "/dev/null", "format": "v4l2"})
    with pytest.raises(UserError, match=r"^Camera 0 \(/dev/null\) cannot be read \(.+\): close other programs"):
        record_camera(0, 1, tmp_path / "film.mkv")
    assert not list(tmp_path.iterdir())


def test_predict_films_then_recognises_and_keeps_the_film(endless, bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "0", "--seconds", "1", "--bundle", str(bundle), "--report"]) == 0
    printed = capsys.readouterr().out.split()
    assert [path.partition("/")[2] for path in printed] == [
        "camera-0.mkv.csv", "camera-0.mkv.annotated.mp4", "camera-0.mkv.html",
    ]  # fmt: skip
    table = pd.read_csv(tmp_path / "predictions/camera-0.mkv.csv")
    assert table[["start_frame", "end_frame", "status"]].to_numpy().tolist() == [[0, 9, "no face"]]


def test_predict_refuses_an_absent_camera_in_one_sentence(bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "999", "--bundle", str(bundle)]) == 1
    assert "videofer: There is no camera 999 (/dev/video999 does not exist): " in capsys.readouterr().err
