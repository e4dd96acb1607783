"""A video that crashes, stalls or fills the process that probes it does no harm; the next one is read."""

import resource
import sys

import numpy as np
import psutil
import pytest
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.core.errors import RejectedClip
from videofer.video import probe
from videofer.video.decode import read_frames
from videofer.video.limits import USUAL, Limits, OverLimit
from videofer.video.probe import Prober


@pytest.fixture
def video(tmp_path):
    return write_video(tmp_path / "a.mp4", grey_ramp(20), np.arange(20) / 25)


def replace_child(monkeypatch, action: str) -> None:
    """Let the child do something else than answer, once it was asked."""
    program = f"import os, signal, sys, time; input(); signal.setitimer(0, float(sys.argv[1])); {action}"
    monkeypatch.setattr(probe, "COMMAND", (sys.executable, "-c", program))


def test_it_tells_what_the_file_tells(video, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videofer.py").write_text("another module of that name in the current folder")
    with Prober(USUAL) as probing:
        info = probing.probe(video)
        assert (info.codec, info.width, info.height, info.promised) == ("h264", 64, 48, 20)
        assert info.shown_size(90) == (48, 64)
        assert probing.count(video) == (20, 25.0)


@pytest.mark.parametrize(("action", "error", "words"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", RejectedClip, r"a\.mp4 brings libav down"),
    ("print('{\"result\": {', end='', flush=True); os.abort()", RejectedClip, "brings libav down"),
    ("time.sleep(60)", OverLimit, r"a\.mp4 cannot be read within 0\.5 s \(video: timeout\)"),
    ("os.kill(os.getpid(), signal.SIGKILL)", OverLimit, r"a\.mp4 needs more memory than this machine grants"),
    ("sys.exit('import failed')", RuntimeError, "ended with code 1"),
])  # fmt: skip
def test_a_child_that_does_not_answer_is_named_and_the_next_video_is_read(video, monkeypatch, action, error, words):
    with Prober(Limits(0.5, 4000)) as probing:
        replace_child(monkeypatch, action)
        with pytest.raises(error, match=words):
            probing.probe(video)
        monkeypatch.undo()
        probing.limits = USUAL
        assert probing.probe(video).width == 64


def test_the_child_itself_keeps_the_time(video):
    with Prober(Limits(timeout=1e-6, memory_mb=4000)) as probing, pytest.raises(OverLimit, match="video: timeout"):
        probing.count(video)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of another process")
def test_a_frame_that_needs_too_much_memory_is_no_broken_film(tmp_path):
    path = tmp_path / "huge.avi"
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:s=8000x6000", "-frames:v", 1, "-c:v", "mjpeg", path)
    with Prober(Limits(timeout=60, memory_mb=60)) as probing:
        with pytest.raises(RejectedClip, match=r"huge\.avi needs more memory than 60 MB \(video: memory_mb\)"):
            probing.probe(path)
        assert probing.count(path)[0] == 1
    with pytest.raises(RejectedClip, match="needs more memory than 100 MB"):
        read_frames(path, max_height=100, limits=Limits(timeout=60, memory_mb=100))


def test_where_the_machine_grants_less_memory_the_film_is_not_at_fault(monkeypatch):
    assert isinstance(USUAL.memory_over("a.mp4"), RejectedClip)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (10**9, 10**9))
    assert isinstance(USUAL.memory_over("a.mp4"), OverLimit)


def test_no_child_outlives_its_prober(video):
    with Prober(USUAL) as probing:
        probing.probe(video)
        (child,) = psutil.Process().children()
    assert not child.is_running()
