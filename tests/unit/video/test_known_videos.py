"""Indexing again reads only what is new or has changed."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_videos import grey_ramp, write_video

from videofer.core.clip import Clip
from videofer.video import known_videos
from videofer.video.known_videos import KnownVideos


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Note the name of every video that is really read."""
    seen = []
    probe = known_videos.probe
    monkeypatch.setattr(
        known_videos, "probe", lambda clip, prober: seen.append(Path(clip.video).name) or probe(clip, prober)
    )
    return seen


def look(tmp_path: Path, clips: list[Clip], code: str = "a"):
    with KnownVideos(tmp_path / "known.json", code) as known:
        return [known.look_at(clip) for clip in clips]


def write_set(folder: Path) -> list[Clip]:
    videos = [write_video(folder / f"{n}.mp4", grey_ramp(10 + n), np.arange(10 + n) / 25) for n in range(3)]
    (folder / "broken.avi").write_text("no video")
    (folder / "pictures").mkdir()
    Image.fromarray(grey_ramp(1)[0]).save(folder / "pictures/1.png")
    paths = [*videos, folder / "broken.avi", folder / "pictures", folder / "gone.mp4"]
    return [Clip(path.stem, str(path), "P1", "happy") for path in paths]


def test_unchanged_videos_are_read_once(tmp_path, reads):
    clips = write_set(tmp_path)
    first = look(tmp_path, clips)
    assert reads == ["0.mp4", "1.mp4", "2.mp4", "broken.avi", "pictures"]
    assert [probed.frames for probed in first] == [10, 11, 12, None, 1, None]
    assert "cannot be read" in first[3].reason and "gone.mp4 cannot be read" in first[5].reason
    assert look(tmp_path, clips) == first
    assert len(reads) == 5


def test_a_new_and_a_changed_video_are_read_and_no_other(tmp_path, reads):
    clips = write_set(tmp_path)
    look(tmp_path, clips)
    reads.clear()
    write_video(tmp_path / "1.mp4", grey_ramp(20), np.arange(20) / 25)
    os.utime(tmp_path / "2.mp4", ns=(0, 0))
    Image.fromarray(grey_ramp(2)[1]).save(tmp_path / "pictures/2.png")
    write_video(tmp_path / "new.mp4", grey_ramp(9), np.arange(9) / 25)
    told = look(tmp_path, [*clips, Clip("new", str(tmp_path / "new.mp4"), "P1", "sad")])
    assert reads == ["1.mp4", "2.mp4", "pictures", "new.mp4"]
    assert [probed.frames for probed in told] == [10, 20, 12, None, 2, None, 9]


def test_another_version_of_the_code_and_a_damaged_record_start_anew(tmp_path, reads):
    clips = write_set(tmp_path)[:1]
    look(tmp_path, clips)
    look(tmp_path, clips, code="b")
    assert len(reads) == 2
    for damage in ("{", "[]", '{"code": "b"}', ""):
        (tmp_path / "known.json").write_text(damage)
        look(tmp_path, clips, code="b")
    assert len(reads) == 6


def test_what_was_seen_before_a_fault_is_kept(tmp_path, reads):
    clips = write_set(tmp_path)[:2]
    with pytest.raises(KeyboardInterrupt), KnownVideos(tmp_path / "known.json", "a") as known:
        known.look_at(clips[0])
        raise KeyboardInterrupt
    look(tmp_path, clips)
    assert reads == ["0.mp4", "1.mp4"]
