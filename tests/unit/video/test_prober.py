"""A video that crashes, stalls or fills the process that looks at it is one rejected video; the next is read."""

import re
import sys

import numpy as np
import pytest
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.core.clip import Clip
from videofer.core.errors import RejectedClip
from videofer.video import prober
from videofer.video.decode import read_frames
from videofer.video.known_videos import KnownVideos
from videofer.video.limits import Budget, OverBudget
from videofer.video.prober import Prober


@pytest.fixture
def video(tmp_path):
    return write_video(tmp_path / "a.mp4", grey_ramp(20), np.arange(20) / 25)


def replace_child(monkeypatch, deed: str) -> None:
    """Let the child do something else than answer, once it was asked."""
    program = f"import os, signal, time; print('ready', flush=True); input(); {deed}"
    monkeypatch.setattr(prober, "COMMAND", (sys.executable, "-c", program))


def test_it_tells_what_the_file_tells(video):
    with Prober() as looking:
        info = looking.look(video)
        assert (info.codec, info.width, info.height, info.promised) == ("h264", 64, 48, 20)
        assert info.shown_size(90) == (48, 64)
        assert looking.count(video) == (20, 25.0)


def test_a_crash_is_a_sentence_and_the_next_video_is_read(video, monkeypatch):
    with Prober() as looking:
        replace_child(monkeypatch, "os.kill(os.getpid(), signal.SIGSEGV)")
        with pytest.raises(OverBudget, match=r"a\.mp4 brings libav down"):
            looking.look(video)
        monkeypatch.undo()
        assert looking.look(video).width == 64


def test_half_an_answer_is_no_answer(video, monkeypatch):
    replace_child(monkeypatch, "print('{\"told\": {', end='', flush=True); os._exit(1)")
    with Prober() as looking, pytest.raises(OverBudget, match="brings libav down"):
        looking.look(video)


def test_a_stall_ends_after_the_time_limit(video, monkeypatch):
    replace_child(monkeypatch, "time.sleep(60)")
    with (
        Prober(Budget(timeout=0.5)) as looking,
        pytest.raises(OverBudget, match=r"within 0\.5 s \(video: timeout\)"),
    ):
        looking.look(video)


def test_a_child_that_cannot_start_is_a_fault_of_the_program(video, monkeypatch):
    monkeypatch.setattr(prober, "COMMAND", (sys.executable, "-c", "print('Traceback')"))
    with Prober() as looking, pytest.raises(RuntimeError, match="did not start"):
        looking.look(video)


def test_what_might_pass_is_not_remembered(video, tmp_path, monkeypatch):
    clip = Clip("a", str(video), "P1", "happy")
    replace_child(monkeypatch, "os.abort()")
    with KnownVideos(tmp_path / "known.json", "") as known:
        assert "brings libav down" in known.look_at(clip).reason
    monkeypatch.undo()
    with KnownVideos(tmp_path / "known.json", "") as known:
        assert known.look_at(clip).frames == 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of another process")
def test_a_frame_that_needs_too_much_memory_is_refused(tmp_path):
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:s=64x64", "-frames:v", 3, "-c:v", "mjpeg", tmp_path / "small.avi")
    content = (tmp_path / "small.avi").read_bytes()
    size = b"\xff\xc0\x00\x11\x08"  # before height and width of a picture
    assert content.count(size) == 3
    for start in [found.end() for found in re.finditer(re.escape(size), content)]:
        content = content[:start] + (12000).to_bytes(2) + (20000).to_bytes(2) + content[start + 4 :]
    (tmp_path / "huge.avi").write_bytes(content)
    with pytest.raises(RejectedClip, match=r"huge\.avi (needs more memory than 300 MB|holds no frame)"):
        read_frames(tmp_path / "huge.avi", budget=Budget(memory_mb=300))


def test_decoding_ends_after_the_time_limit(video, tmp_path, monkeypatch):
    run_ffmpeg(
        "-f", "lavfi", "-i", "testsrc=s=1280x720:r=25", "-frames:v", 60, "-c:v", "mpeg4", tmp_path / "long.avi"
    )
    look = Prober.look
    monkeypatch.setattr(Prober, "look", lambda self, path: look(Prober(), path))
    with pytest.raises(OverBudget, match=r"long\.avi cannot be decoded within 0\.01 s \(video: timeout\)"):
        read_frames(tmp_path / "long.avi", budget=Budget(timeout=0.01))


def test_frames_that_do_not_fit_are_refused_before_and_while_they_come(video, tmp_path):
    size = 48 * 64
    room = Budget()
    assert room.frame_bytes == 4000 * 10**6 // 3
    with pytest.raises(RejectedClip, match=r"a\.mp4 has more frames of 64x48 than fit into memory"):
        read_frames(video, budget=_Room(10 * size))
    with pytest.raises(RejectedClip, match="than fit into memory"):
        read_frames(video, min_frames=15, budget=_Room(10 * size))
    assert len(read_frames(video, budget=_Room(21 * size))[0]) == 20


class _Room(Budget):
    """A budget whose frames have so many bytes."""

    def __init__(self, size: int):
        super().__init__()
        object.__setattr__(self, "size", size)

    @property
    def frame_bytes(self) -> int:
        return self.size
