"""A batch of films is cut as each alone, and one that takes too long leaves the others."""

from dataclasses import asdict

import numpy as np
import pytest
import yaml
from model_options import ROOT
from sample_videos import grey_ramp, write_video

from videofer.clips.batches import MOST, batch_clips
from videofer.clips.cut import Settings, cut_clips
from videofer.core.artifacts import read_arrays, sha256_file
from videofer.core.clip import Clip
from videofer.video import decode
from videofer.video.limits import OverLimit

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
READINGS = CONFIG["readings"]["clips"]
SETTINGS = Settings(CONFIG["video"], CONFIG["faces"], READINGS["track"], CONFIG["clips"], READINGS["peak"])


def name_clips(*subjects: str) -> list[Clip]:
    return [Clip(f"c{number}", f"{number}.avi", subject, "sad") for number, subject in enumerate(subjects)]


def test_a_batch_is_one_person_and_of_few_enough_clips():
    batches = batch_clips(name_clips("Anna", "Ben", "Anna", *["Ben"] * MOST), people=True)
    assert {name: len(clips) for name, clips in batches.items()} == {"Anna": 2, "Ben": MOST, "Ben-2": 1}
    assert [clip.clip for clip in batches["Anna"]] == ["c0", "c2"]


def test_names_of_batches_are_names_of_folders_and_of_one_batch_each():
    batches = batch_clips(name_clips("a b", "a/b", "../x", "Zoë", "x" * 300), people=True)
    assert len(batches) == 5 and all(len(clips) == 1 for clips in batches.values())
    assert not any(set("/ ") & set(name) or name.startswith((".", "-")) for name in batches)
    assert max(map(len, batches)) < 100


def test_where_nobody_is_named_clips_that_follow_each_other_are_together():
    clips = name_clips(*(f"c{number}" for number in range(MOST + 3)))
    assert [len(batch) for batch in batch_clips(clips, people=False).values()] == [MOST, 3]


def test_a_film_that_takes_too_long_leaves_the_others_and_a_rejected_one_says_why(tmp_path, monkeypatch):
    """None of these films shows a face."""
    films = []
    for name, frames in (("long", 20), ("grey", 20), ("short", 3)):
        path = write_video(tmp_path / f"{name}.mp4", grey_ramp(frames), np.arange(frames) / 25)
        films.append(asdict(Clip(name, str(path), "anna", "sad")))
    read = decode.read_frames

    def slow(path, *arguments, **options):
        if "long" in str(path):
            raise OverLimit(f"{path} takes longer than 1 second.")
        return read(path, *arguments, **options)

    monkeypatch.setattr(decode, "read_frames", slow)
    out, faces = tmp_path / "clips", tmp_path / "faces"
    with pytest.raises(OverLimit, match=r"long\.mp4 takes longer"):
        cut_clips(films, SETTINGS, out=out, sums=tmp_path / "sums.txt", out_faces=faces, code="c")
    assert sorted(path.name for path in out.iterdir()) == ["grey.safetensors", "short.safetensors"]
    sums = dict(line.split("  ")[::-1] for line in (tmp_path / "sums.txt").read_text().splitlines())
    assert sums[f"{tmp_path.name}/clips/grey.safetensors"] == sha256_file(out / "grey.safetensors")
    assert "in 0 of 20 frames" in read_arrays(out / "grey.safetensors", "clip").rejected
    assert "3 frames" in read_arrays(out / "short.safetensors", "clip").rejected
