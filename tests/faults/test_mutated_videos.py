"""Five hundred damaged, oversized and hostile videos: each gives frames or one sentence; nothing hangs."""

import os
import random
import re
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from sample_videos import WHOLE

from videofer.core.artifacts import read_arrays
from videofer.core.clip import Clip
from videofer.core.errors import RejectedClip
from videofer.video.decode import decode_video
from videofer.video.index import VideoCache
from videofer.video.limits import USUAL, Limits
from videofer.video.probe import Prober

pytestmark = pytest.mark.faults
X264 = ("-c:v", "libx264", "-preset", "ultrafast")
CONTAINERS = {
    "mp4": X264, "avi": ("-c:v", "mpeg4"), "mkv": (*X264, "-g", "8"), "webm": ("-c:v", "libvpx"),
    "mov": ("-c:v", "mjpeg"), "ts": ("-c:v", "mpeg2video"), "ogv": ("-c:v", "libtheora"), "flv": ("-c:v", "flv"),
    "wmv": ("-c:v", "wmv2"), "gif": (),
}  # fmt: skip
MUTATED = 500
LIMITS = Limits(timeout=20, memory_mb=600)
SIZES = {"max_height": 120, "min_frames": 8, "max_frames": 100}


def film(path: Path, *options: str | Path, source="testsrc=s=96x64:r=25:d=1") -> Path:
    command = [get_ffmpeg_exe(), "-y", "-loglevel", "error", "-f", "lavfi", "-i", source, *options, path]
    subprocess.run(list(map(str, command)), check=True)
    return path


def mutate(content: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Return what was done to a file, and its bytes then."""
    data, size = bytearray(content), len(content)
    action = rng.choice(["bits", "head", "cut", "zeros", "noise", "sizes", "twice", "drop", "shuffle"])
    if action == "bits":
        for _ in range(rng.choice([1, 3, 10, 100, 1000])):
            data[rng.randrange(size)] ^= 1 << rng.randrange(8)
    elif action == "head":
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(min(400, size))] = rng.randrange(256)
    elif action == "cut":
        del data[rng.randrange(size) :]
    elif action in ("zeros", "noise"):
        start, length = rng.randrange(size), rng.choice([16, 256, 4096])
        data[start : start + length] = bytes(length) if action == "zeros" else rng.randbytes(length)
    elif action == "sizes":
        for _ in range(rng.choice([1, 2, 8])):
            start = rng.randrange(size - 4)
            data[start : start + 4] = rng.choice(
                [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)]
            )
    elif action == "twice":
        data += data[rng.randrange(size) :]
    elif action == "drop":
        start = rng.randrange(size)
        del data[start : start + rng.choice([1, 7, 188, 2000])]
    else:
        middle = rng.randrange(size)
        data = data[middle:] + data[:middle]
    return action, bytes(data)


def check(path: Path, prober: Prober, out: Path) -> str | None:
    """Index and decode one file; returns the reason why it was rejected, or None."""
    start = time.monotonic()
    reasons = []
    try:
        VideoCache(out.with_suffix(".json"), "").describe(Clip("a", str(path), "P", "happy"), prober)
    except RejectedClip as error:
        reasons.append(str(error))
    decode_video(path, out, **WHOLE, **SIZES, **vars(LIMITS), code="")
    assert time.monotonic() - start < 3 * LIMITS.timeout + 10
    read = read_arrays(out, "frames")
    if read.rejected is None:
        frames, times = read["frames"], read["times"]
        assert 8 <= len(frames) == len(times) <= 100 and frames.shape[1] <= 120
        assert np.isfinite(times).all()
    for reason in filter(None, [*reasons, read.rejected]):
        assert path.name in reason and "\n" not in reason and reason.isprintable()
    return read.rejected


def test_five_hundred_mutated_videos(tmp_path):
    whole = {kind: film(tmp_path / f"whole.{kind}", *codec).read_bytes() for kind, codec in CONTAINERS.items()}
    rng, reasons, kinds = random.Random(2026), [], sorted(CONTAINERS)
    before = set(tmp_path.iterdir())
    with Prober(LIMITS) as prober:
        for number in range(MUTATED):
            kind = kinds[number % len(kinds)]
            action, content = mutate(whole[kind], rng)
            # Every fifth file has the ending of another format.
            path = tmp_path / f"{number}-{action}.{rng.choice(kinds) if number % 5 == 0 else kind}"
            path.write_bytes(content)
            reasons.append(check(path, prober, tmp_path / "out.safetensors"))
            path.unlink()
    used = sum(reason is None for reason in reasons)
    print(f"{used} of {MUTATED} used; {len({re.sub(r'[0-9]+', '#', r or '') for r in reasons})} kinds of reason")
    assert 100 < used < 450
    assert set(tmp_path.iterdir()) - before == {tmp_path / "out.safetensors"}
    assert not [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(("name", "source", "options", "words"), [
    ("pixel.mkv", "color=gray:s=1x1:r=25:d=1", ("-c:v", "ffv1"), None),
    ("8k.mp4", "testsrc=s=7680x4320:r=25", ("-frames:v", "10", *X264), "memory"),
    ("fast.mkv", "testsrc=s=64x64:r=10000", ("-frames:v", "50", "-c:v", "mjpeg"), None),
    ("long.mkv", "color=gray:s=64x64:r=1000:d=9", ("-c:v", "mpeg4"), "more than 100 frames"),
    ("keyless.h264", "testsrc=s=64x64:r=25:d=1", (*X264, "-bsf:v", "noise=drop=key"), "decoded|no frame|read"),
    ("needle.mkv", "color=gray:s=16x2000:r=25:d=1", ("-c:v", "ffv1"), None),
])  # fmt: skip
def test_odd_sizes_and_rates(tmp_path, name, source, options, words):
    path = film(tmp_path / name, *options, source=source)
    with Prober(LIMITS) as prober:
        reason = check(path, prober, tmp_path / "out.safetensors")
    assert re.search(words, reason) if words else reason is None


def test_an_8k_film_is_read_with_the_usual_memory(tmp_path):
    path = film(tmp_path / "8k.mp4", "-frames:v", 10, *X264, source="testsrc=s=7680x4320")
    decode_video(path, tmp_path / "out.safetensors", **WHOLE, **SIZES, **vars(USUAL), code="")
    assert read_arrays(tmp_path / "out.safetensors", "frames")["frames"].shape[0] == 10


def test_an_endless_film_ends_at_the_limit_of_frames(tmp_path):
    """A film whose file grows while it is read."""
    path = film(tmp_path / "grows.ts", "-c:v", "mpeg2video")
    content = path.read_bytes()
    with path.open("ab") as file:
        for _ in range(40):
            file.write(content)
    with Prober(LIMITS) as prober:
        assert "more than 100 frames" in check(path, prober, tmp_path / "out.safetensors")
    assert os.stat(tmp_path / "out.safetensors").st_size < 10_000  # noqa: PTH116
