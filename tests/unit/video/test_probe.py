"""Only a real video file is opened, and nothing that it names: no list, no device, no address."""

import os
import resource
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import psutil
import pytest
from PIL import Image
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.core.errors import RejectedClip
from videofer.video import probe
from videofer.video.decode import read_frames
from videofer.video.limits import USUAL, Limits, OverLimit
from videofer.video.probe import Prober

QUICK = Limits(timeout=30, memory_mb=4000)


@pytest.fixture
def server():
    """Yield a server's address and the list of paths requested from it."""
    requested = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Canary) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"127.0.0.1:{running.server_port}", requested
        running.shutdown()
        thread.join()


def playlists(target: str, host: str) -> dict[str, str]:
    """Return texts that name `target` or the host, as formats that ffmpeg would follow."""
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n"
    mpd = (
        '<?xml version="1.0"?><MPD type="static" mediaPresentationDuration="PT5S"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )
    return {
        "hls-file.mp4": hls.format(target),
        "hls-net.m3u8": hls.format(f"http://{host}/segment.ts"),
        "late-hls.m3u8": "\n\n" + hls.format(f"http://{host}/segment.ts"),
        "concat.mkv": f"ffconcat version 1.0\nfile '{target}'\n",
        "commented.ffconcat": f"# a remark\nffconcat version 1.0\nfile '{target}'\n",
        "dash.mpd": mpd.format(f"http://{host}/video.mp4"),
        "session.sdp": f"v=0\no=- 0 0 IN IP4 {host}\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "redirect.asx": f'<asx version="3.0"><entry><ref href="http://{host}/video.wmv"/></entry></asx>',
        "film.avs": f'DirectShowSource("{target}")',
        "reference.mov": f"[Reference]\nRef1=http://{host}/video.asf\n",
    }


def test_what_a_playlist_names_is_not_touched(tmp_path, server):
    host, requested = server
    # Whoever opens this pipe waits in vain, until the time limit says so.
    os.mkfifo(tmp_path / "canary.ts")
    for name, text in playlists(str(tmp_path / "canary.ts"), host).items():
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(RejectedClip, match=r"playlist|cannot be read as a video") as caught:
            read_frames(path, limits=QUICK)
        assert name in str(caught.value) and "\n" not in str(caught.value)
    assert requested == []


@pytest.mark.parametrize(("content", "words"), [
    (b"version https://git-lfs.github.com/spec/v1\nsize 1\n", "a pointer of Git LFS: run git lfs pull"),
    (b"/annex/objects/MD5E-s1--0.mp4\n", "a pointer of git-annex: run git annex get"),
    (b"../.git/annex/objects/a/b.mp4", "a pointer of git-annex"),
    (b"\n<!DOCTYPE html><html>404</html>", "is a web page"),
    (b"<html><head><title>Log in</title>", "is a web page"),
    (b'<?xml version="1.0"?><!DOCTYPE html>', "is a web page"),
    (b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>", "is the answer of a server"),
    (b'{"error": "not found"}', "is the answer of a server"),
    (b"bplist00\xd1\1\2", "has no content yet"),
    (bytes(100_000), "has no content yet (a cloud drive, or an unfinished download)"),
    (bytes(5000) + b"film", "has no content yet"),
    (b"Kein Film, sondern sch\xc3\xb6ner Text.\n" * 200, "is a text file"),
    (b"", "is empty (0 bytes)"),
])  # fmt: skip
def test_what_lies_in_the_place_of_a_film_is_named(tmp_path, content, words):
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(RejectedClip) as caught:
        read_frames(tmp_path / "film.mp4", limits=QUICK)
    assert str(caught.value).startswith(f"{tmp_path / 'film.mp4'} ") and words in str(caught.value)


def test_films_whose_first_bytes_are_text_are_read(tmp_path):
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:s=64x48:d=1", "-pix_fmt", "gray", "-strict", -1, tmp_path / "a.y4m")
    assert len(read_frames(tmp_path / "a.y4m", limits=QUICK)[0]) == 25


def test_numbered_pictures_are_no_video(tmp_path):
    for number in range(3):
        Image.fromarray(grey_ramp(1)[0]).save(tmp_path / f"{number}.png")
    (tmp_path / "%d.png").write_bytes((tmp_path / "0.png").read_bytes())
    with pytest.raises(RejectedClip, match="cannot be read as a video"):
        read_frames(tmp_path / "%d.png", limits=QUICK)


@pytest.mark.parametrize("make", [
    os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: None,
    lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
], ids=["pipe", "folder", "device", "absent", "socket"])  # fmt: skip
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    path = tmp_path / "film.mp4"
    make(path)
    with pytest.raises(RejectedClip, match=r"is no ordinary file|cannot be read \(No such file"):
        read_frames(path, limits=QUICK)


def test_a_link_to_a_video_is_a_video(tmp_path):
    video = write_video(tmp_path / "a.mp4", grey_ramp(10), np.arange(10) / 25)
    (tmp_path / "link.avi").symlink_to(video)  # the ending does not matter either
    assert len(read_frames(tmp_path / "link.avi")[0]) == 10


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
