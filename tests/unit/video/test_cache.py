"""Indexing again reads only what is new or has changed, or what another machine might have read otherwise."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_videos import grey_ramp, write_video

from videofer.core.clip import Clip
from videofer.video import index
from videofer.video.index import probe_all
from videofer.video.limits import USUAL, OverLimit, UnsureRejection
from videofer.video.prober import Prober


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Note the name of every video that is really read."""
    names, probe = [], index.probe
    monkeypatch.setattr(index, "probe", lambda path, *rest: names.append(Path(path).name) or probe(path, *rest))
    return names


def look(tmp_path: Path, clips: list[Clip], code: str = "a") -> list[dict]:
    return probe_all(clips, tmp_path / "known.json", code, USUAL, 1)


def write_set(folder: Path) -> list[Clip]:
    videos = [write_video(folder / f"{n}.mp4", grey_ramp(10 + n), np.arange(10 + n) / 25) for n in range(3)]
    (folder / "broken.avi").write_text("no video")
    (folder / "pictures").mkdir()
    Image.fromarray(grey_ramp(1)[0]).save(folder / "pictures/1.png")
    paths = [*videos, folder / "broken.avi", folder / "pictures"]
    return [Clip(path.stem, str(path), "P1", "happy") for path in paths]


def test_unchanged_videos_are_read_once(tmp_path, reads):
    clips = write_set(tmp_path)
    first = look(tmp_path, [*clips, clips[0]])
    assert reads == ["0.mp4", "1.mp4", "2.mp4", "broken.avi", "pictures"]
    assert [facts.get("frames") for facts in first] == [10, 11, 12, None, 1, 10]
    assert "cannot be read" in first[3]["reason"]
    assert look(tmp_path, [*clips, clips[0]]) == first
    assert len(reads) == 5


def test_a_new_and_a_changed_video_are_read_and_no_other(tmp_path, reads):
    clips = write_set(tmp_path)
    look(tmp_path, clips)
    reads.clear()
    write_video(tmp_path / "1.mp4", grey_ramp(20), np.arange(20) / 25)
    os.utime(tmp_path / "2.mp4", ns=(0, 0))
    Image.fromarray(grey_ramp(2)[1]).save(tmp_path / "pictures/2.png")
    write_video(tmp_path / "new.mp4", grey_ramp(9), np.arange(9) / 25)
    found = look(tmp_path, [*clips, Clip("new", str(tmp_path / "new.mp4"), "P1", "sad")])
    assert reads == ["1.mp4", "2.mp4", "pictures", "new.mp4"]
    assert [facts.get("frames") for facts in found] == [10, 20, 12, None, 2, 9]


def test_another_version_of_the_code_and_a_damaged_cache_start_anew(tmp_path, reads):
    clips = write_set(tmp_path)[:1]
    look(tmp_path, clips)
    look(tmp_path, clips, code="b")
    assert len(reads) == 2
    for damage in ("{", "[]", '{"code": "b"}', ""):
        (tmp_path / "known.json").write_text(damage)
        look(tmp_path, clips, code="b")
    assert len(reads) == 6


def test_what_was_read_before_a_fault_is_kept(tmp_path, reads, monkeypatch):
    clips = write_set(tmp_path)[:2]
    probe = index.probe

    def interrupted(path, *rest):
        if path == clips[1].video:
            raise KeyboardInterrupt
        return probe(path, *rest)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(index, "probe", interrupted)
        look(tmp_path, clips)
    look(tmp_path, clips)
    assert reads == ["0.mp4", "1.mp4"]


def test_what_failed_for_reasons_of_the_machine_fails_last_and_is_alone_read_again(tmp_path, reads, monkeypatch):
    clips = [Clip("gone", str(tmp_path / "gone.mp4"), "P1", "happy"), *write_set(tmp_path)]
    stalled, crashing = clips[1].video, clips[2].video
    count = Prober.count

    def fail(self, path):
        if path == stalled:
            raise self.limits.time_over(path)
        if path == crashing:
            raise UnsureRejection(f"{path} brings libav down.")
        return count(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Prober, "count", fail)
        with pytest.raises(OverLimit, match=r"1 of 6 videos were not read; the first: .*0\.mp4 .*video: timeout"):
            look(tmp_path, clips)
    reads.clear()
    found = look(tmp_path, clips)
    assert reads == ["gone.mp4", "0.mp4", "1.mp4"]
    assert "cannot be read" in found[0]["reason"] and [facts["frames"] for facts in found[1:3]] == [10, 11]
