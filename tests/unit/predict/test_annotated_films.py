"""The annotated film and the page's pictures show the frames that were read, upright and at their times."""

import base64
import io
import re
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.predict.page import write_page
from videofer.predict.pictures import annotate_video
from videofer.predict.prediction import Prediction, Window
from videofer.video.reader import FilmReader

PICTURES = grey_ramp(40, 96, 128)
LATE = ("-output_ts_offset", 3600)


def describe(path) -> Prediction:
    """Return a prediction of a film: one small face in all frames but the last, sad."""
    frames = list(film := FilmReader(path))
    numbers, times = (np.array([frame[part] for frame in frames]) for part in (0, 1))
    boxes = np.tile([60.0, 60, 80, 80], (len(frames) - 1, 1))
    window = Window(1, numbers[:-1], times[:-1], boxes, 1.0, 1.0, 60.0, 0.0, 0.7, False, np.array([0.9, 0.1]))
    remarks = film.list_remarks()
    return Prediction(str(path), "m", ("sad", "happy"), 0.5, [window], numbers, times, film.shown, remarks)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "plain.mp4", PICTURES, np.arange(40) / 25)


@pytest.mark.parametrize(("name", "before", "after"), [
    ("plain.mp4", (), ("-c", "copy")),
    ("late.ts", ("-f", "lavfi", "-i", "sine=d=1.6"), ("-c:v", "copy", "-c:a", "aac", *LATE)),
    ("late.mkv", ("-f", "lavfi", "-i", "sine=d=1.6"), ("-c:v", "copy", "-c:a", "mp3", *LATE)),
    ("order.avi", (), ("-c:v", "mpeg4", "-q:v", 2, "-bf", 2)),
    ("raw.h264", (), ("-c:v", "libx264", "-bf", 3)),
    ("mirrored.mp4", ("-display_rotation", 90, "-display_hflip"), ("-c", "copy")),
])  # fmt: skip
def test_an_annotated_film_has_the_frames_and_times_of_its_film(plain, tmp_path, name, before, after):
    sound = "lavfi" in before
    inputs = ("-i", plain, *before) if sound else (*before, "-i", plain)
    run_ffmpeg(*inputs, *after, tmp_path / name)
    prediction = describe(tmp_path / name)
    annotate_video(prediction, tmp_path / "out.mp4")
    read, drawn = (list(FilmReader(path)) for path in (tmp_path / name, tmp_path / "out.mp4"))
    assert len(read) == len(drawn) == 40
    np.testing.assert_allclose([time for _, time, _ in drawn][1:], [time for _, time, _ in read][1:], atol=2e-3)
    assert drawn[0][1] == 0
    assert drawn[12][2].shape == read[12][2].shape
    assert np.abs(drawn[12][2].astype(int) - read[12][2])[:24, :40].mean() < 7  # where nothing is drawn
    with av.open(str(tmp_path / "out.mp4")) as film:
        assert len(film.streams.audio) == sound
        assert not sound or abs(float(film.streams.audio[0].start_time * film.streams.audio[0].time_base)) < 0.1


def test_a_part_starts_anew_with_the_sound_of_the_part(plain, tmp_path):
    run_ffmpeg("-i", plain, "-f", "lavfi", "-i", "sine=d=1.6", "-c:v", "copy", "-c:a", "aac", tmp_path / "film.mp4")
    whole = describe(tmp_path / "film.mp4")
    part = replace(whole, numbers=whole.numbers[10:30], times=whole.times[10:30], part=True)
    annotate_video(part, tmp_path / "out.mp4")
    drawn = list(FilmReader(tmp_path / "out.mp4"))
    np.testing.assert_allclose([time for _, time, _ in drawn], np.arange(20) / 25, atol=2e-3)
    assert np.abs(drawn[0][2].astype(int) - PICTURES[10])[:24, :40].mean() < 7
    with av.open(str(tmp_path / "out.mp4")) as film:
        sound = film.streams.audio[0]
        assert 0 <= sound.start_time * sound.time_base < 0.05 and 0.7 < sound.duration * sound.time_base < 0.85


def test_the_page_shows_faces_upright_and_says_what_is_lost(plain, tmp_path):
    turned = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", 90, "-display_hflip", "-i", plain, "-c", "copy", turned)
    prediction = describe(turned)
    write_page(prediction, tmp_path / "page.html")
    picture = re.search(r'src="data:image/jpeg;base64,([^"]+)"', (tmp_path / "page.html").read_text())[1]
    face = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("L")).astype(int)
    moment = prediction.tabulate_moments().iloc[0]
    shown = next(pixels for number, _, pixels in FilmReader(turned) if number == moment["frame"])
    assert abs(face.mean() - shown[58:82, 58:82].mean()) < 3
    run_ffmpeg("-i", plain, "-c:v", "mjpeg", tmp_path / "damaged.mkv")
    content = (tmp_path / "damaged.mkv").read_bytes()
    (tmp_path / "damaged.mkv").write_bytes(content[: len(content) * 3 // 4])
    damaged = describe(tmp_path / "damaged.mkv")
    write_page(damaged, tmp_path / "page.html")
    assert (
        "is damaged:" in damaged.remarks[0]
        and damaged.remarks[0].split(": ")[1] in (tmp_path / "page.html").read_text()
    )
    note = damaged.tabulate_windows().query("status == 'note'")
    assert note["reason"].tolist() == list(damaged.remarks)
