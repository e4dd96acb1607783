"""From a seed to a video: the same bytes each time, readable, and with a face that moves."""

import av
import numpy as np
import pytest

from tools.contact_sheet import draw_contact_sheet
from videofer.core.artifacts import read_arrays
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import encode_video, render_clip
from videofer.datasets.rendered.identity import draw_identity

SMALL = {"width": 160, "height": 128, "fps": 10, "difficulty": Difficulty(duration=(1.5, 1.5))}


def read_grey(path):
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]), rate


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    path = tmp_path_factory.mktemp("identity") / "S003.safetensors"
    draw_identity("S003", 5, path)
    return path


@pytest.fixture(scope="module")
def video(identity, tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "S003-surprise.avi"
    render_clip("S003-surprise", 5, identity, path, **SMALL)
    return path


def test_same_seed_same_bytes(identity, video, tmp_path):
    draw_identity("S003", 5, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == identity.read_bytes()
    render_clip("S003-surprise", 5, identity, tmp_path / "again.avi", **SMALL)
    assert (tmp_path / "again.avi").read_bytes() == video.read_bytes()


def test_other_seed_and_other_clip_differ(identity, video, tmp_path):
    draw_identity("S003", 6, tmp_path / "other.safetensors")
    shapes = [read_arrays(path, "identity")["shape"] for path in (identity, tmp_path / "other.safetensors")]
    assert not np.array_equal(*shapes)
    render_clip("S003-surprise-2", 5, identity, tmp_path / "second.avi", **SMALL)
    assert (tmp_path / "second.avi").read_bytes() != video.read_bytes()


def test_video_has_the_promised_frames_and_moves_most_between_neutral_and_apex(video):
    frames, rate = read_grey(video)
    assert (frames.shape, rate) == ((15, 128, 160), 10)
    assert [entry.name for entry in video.parent.iterdir()] == [video.name]
    frames = frames.astype(float)
    assert np.abs(frames[7] - frames[0]).mean() > 1.3 * np.abs(frames[-1] - frames[0]).mean()
    assert frames[7].std() > 10


def test_failing_frames_leave_no_file(tmp_path):
    def broken():
        yield np.zeros((16, 16, 3), dtype=np.uint8)
        raise ValueError("no second frame")

    with pytest.raises(ValueError, match="no second frame"):
        encode_video(broken(), tmp_path / "broken.avi", 16, 16, 25)
    assert not list(tmp_path.iterdir())


def test_contact_sheet_is_drawn_from_videos(video, tmp_path):
    draw_contact_sheet([video], tmp_path / "sheet.jpg")
    assert 2_000 < (tmp_path / "sheet.jpg").stat().st_size < 400_000
    with pytest.raises(UserError, match="not the name of a rendered clip"):
        draw_contact_sheet([tmp_path / "holiday.avi"], tmp_path / "sheet.jpg")


@pytest.mark.slow
def test_detector_finds_the_face_in_every_class(identity, tmp_path):
    detect = pytest.importorskip("dlib").get_frontal_face_detector()
    found = []
    for label in CLASSES:
        path = tmp_path / f"S003-{label}.avi"
        render_clip(path.stem, 5, identity, path, width=320, height=256, fps=25)
        found += [len(detect(frame, 0)) == 1 for frame in read_grey(path)[0][::3]]
    assert np.mean(found) >= 0.99
