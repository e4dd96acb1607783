"""Indexing again reads only what is new, has changed, or could not be read."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_videos import grey_ramp, write_video

from videofer.core.clip import Clip
from videofer.core.errors import RejectedClip
from videofer.video import index
from videofer.video.index import VideoCache, probe_all
from videofer.video.limits import USUAL, OverLimit
from videofer.video.probe import Prober


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Note the name of every video that is really read."""
    names, read = [], index._read
    monkeypatch.setattr(index, "_read", lambda clip, *rest: names.append(clip.clip) or read(clip, *rest))
    return names


def probe(tmp_path: Path, clips: list[Clip], code: str = "a") -> list[dict | RejectedClip]:
    return probe_all(clips, VideoCache(tmp_path / "known.json", code), USUAL, 1)


def frames(found: list[dict | RejectedClip]) -> list[int | None]:
    return [None if isinstance(video, RejectedClip) else video["frames"] for video in found]


def write_set(folder: Path) -> list[Clip]:
    videos = [write_video(folder / f"{n}.mp4", grey_ramp(10 + n), np.arange(10 + n) / 25) for n in range(3)]
    (folder / "broken.avi").write_text("no video")
    (folder / "pictures").mkdir()
    Image.fromarray(grey_ramp(1)[0]).save(folder / "pictures/1.png")
    paths = [*videos, folder / "broken.avi", folder / "pictures"]
    return [Clip(path.stem, str(path), "P1", "happy") for path in paths]


def test_unchanged_videos_are_read_once_and_broken_ones_again(tmp_path, reads):
    clips = write_set(tmp_path)
    first = probe(tmp_path, [*clips, clips[0]])
    assert reads == ["0", "1", "2", "broken", "pictures"]
    assert frames(first) == [10, 11, 12, None, 1, 10]
    assert "cannot be read" in str(first[3])
    assert frames(probe(tmp_path, [*clips, clips[0]])) == frames(first)
    assert reads[5:] == ["broken"]


def test_a_new_and_a_changed_video_are_read_and_no_other(tmp_path, reads):
    clips = write_set(tmp_path)
    probe(tmp_path, clips)
    reads.clear()
    write_video(tmp_path / "1.mp4", grey_ramp(20), np.arange(20) / 25)
    os.utime(tmp_path / "2.mp4", ns=(0, 0))
    Image.fromarray(grey_ramp(2)[1]).save(tmp_path / "pictures/2.png")
    write_video(tmp_path / "new.mp4", grey_ramp(9), np.arange(9) / 25)
    found = probe(tmp_path, [*clips, Clip("new", str(tmp_path / "new.mp4"), "P1", "sad")])
    assert reads == ["1", "2", "broken", "pictures", "new"]
    assert frames(found) == [10, 20, 12, None, 2, 9]


def test_another_version_of_the_code_and_a_damaged_cache_start_anew(tmp_path, reads):
    clips = write_set(tmp_path)[:1]
    probe(tmp_path, clips)
    probe(tmp_path, clips, code="b")
    assert len(reads) == 2
    for damage in ("{", "[]", '{"code": "b"}', ""):
        (tmp_path / "known.json").write_text(damage)
        probe(tmp_path, clips, code="b")
    assert len(reads) == 6


def test_what_was_read_before_a_fault_is_kept(tmp_path, reads, monkeypatch):
    clips = write_set(tmp_path)[:2]
    count = Prober.count

    def interrupted(self, path):
        if path == clips[1].video:
            raise KeyboardInterrupt
        return count(self, path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Prober, "count", interrupted)
        probe(tmp_path, clips)
    probe(tmp_path, clips)
    assert reads == ["0", "1", "1"]


def test_a_time_out_fails_the_job_after_all_others_were_read_and_is_alone_read_again(tmp_path, reads, monkeypatch):
    clips = write_set(tmp_path)[:3]
    count = Prober.count

    def stall(self, path):
        if path == clips[0].video:
            raise self.limits.time_over(path)
        return count(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Prober, "count", stall)
        with pytest.raises(OverLimit, match=r"1 of 3 videos were not read; the first: .*0\.mp4 .*video: timeout"):
            probe(tmp_path, clips)
    assert frames(probe(tmp_path, clips)) == [10, 11, 12]
    assert reads == ["0", "1", "2", "0"]
