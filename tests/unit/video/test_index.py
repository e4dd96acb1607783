import dataclasses
import hashlib
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_videos import grey_ramp, run_ffmpeg, write_video

from videofer.core.artifacts import read_table
from videofer.core.clip import Clip, Rejection
from videofer.core.errors import RejectedClip, UserError
from videofer.video import index as module
from videofer.video.index import COLUMNS, VideoCache, index_dataset, probe_all
from videofer.video.limits import USUAL
from videofer.video.probe import Prober

TIMES = np.arange(20) / 25


@pytest.fixture
def good(tmp_path) -> Path:
    return write_video(tmp_path / "good.mp4", grey_ramp(20), TIMES)


def index(folder: Path, clips: list[Clip], rejected: tuple[Rejection, ...] = (), threads: int = 1):
    outputs = [folder / name for name in ("manifest.tsv", "rejected.tsv", "left-out.tsv", "known.json")]
    records = [[dataclasses.asdict(record) for record in records] for records in (clips, rejected)]
    index_dataset(*records, *outputs, {"'bored', not one of the six": 3}, threads, code="", limits=USUAL)
    return read_table(folder / "manifest.tsv", "manifest"), read_table(folder / "rejected.tsv", "rejected")


def test_the_manifest_describes_every_video(tmp_path, good):
    turned = tmp_path / "turned.mkv"
    run_ffmpeg("-display_rotation", 90, "-i", good, "-c", "copy", turned)
    shutil.copy(good, tmp_path / "again.mp4")
    with (tmp_path / "again.mp4").open("ab") as file:
        file.write(b"\0" * 8)
    clips = [
        Clip("a", str(good), "P1", "happy", apex=12),
        Clip("b", str(turned), "P2", "sad", rotation=180),
        Clip("c", str(tmp_path / "again.mp4"), "NA", "fear", start=3, end=15),
    ]
    manifest, rejected = index(tmp_path, clips)
    assert rejected.empty
    assert tuple(manifest.columns) == COLUMNS
    assert manifest.frames.tolist() == [20, 20, 20]
    assert manifest.codec.tolist() == ["h264"] * 3
    np.testing.assert_allclose(manifest.fps, 25)
    assert (manifest.width[0], manifest.height[0]) == (64, 48)
    # The flag turns by 90 degrees anticlockwise, the list by 180 more.
    assert manifest.rotation.tolist() == [0, 90, 0]
    assert manifest.sha256[0] == hashlib.sha256(good.read_bytes()).hexdigest()
    assert manifest.apex[0] == 12
    assert (manifest.start[2], manifest.end[2]) == (3, 15)
    assert manifest.subject.tolist() == ["P1", "P2", "NA"]


def test_useless_videos_are_listed_and_the_rest_goes_on(tmp_path, good):
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", tmp_path / "sound.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.avi").write_text("no video")
    names = ("sound.mp4", "good.mp4", "empty.mp4", "text.avi", "missing.mp4")
    clips = [Clip(name, str(tmp_path / name), "P1", "happy") for name in names]
    clips += [Clip("late", str(good), "P1", "happy", start=25), Clip("apex", str(good), "P1", "happy", apex=20)]
    earlier = Rejection("gone", "gone.mp4", "index", "the file gone.mp4 does not exist.")
    manifest, rejected = index(tmp_path, clips, (earlier,))
    assert manifest["clip"].tolist() == ["good.mp4"]
    words = {
        "gone": "does not exist",
        "sound.mp4": "no video stream",
        "empty.mp4": "0 bytes",
        "text.avi": "is a text file",
        "missing.mp4": "cannot be read",
        "late": "has 20 frames (0 to 19), but its start is 25",
        "apex": "its apex is 20",
    }
    assert rejected["clip"].tolist() == list(words) and set(rejected.stage) == {"index"}
    for reason, part in zip(rejected.reason, words.values(), strict=True):
        assert part in reason


def test_a_fault_that_nobody_foresaw_is_one_film_s(tmp_path, good):
    """A name that no system call takes is no OSError."""
    clips = [Clip("a", f"{tmp_path}/\0.mp4", "P1", "happy"), Clip("b", str(good), "P1", "happy")]
    answers = probe_all(clips, VideoCache(tmp_path / "known.json", ""), USUAL, threads=1)
    # Python 3.13 says "stat: embedded null character in path".
    assert re.search(r"\(ValueError: .*embedded null", str(answers[0])) and answers[1]["frames"] == 20


@pytest.mark.parametrize(("change", "rejected", "words"), [
    ({}, ["b"], r"copy\.mp4 is the same video as .*good\.mp4"),
    ({"label": "sad"}, ["a", "b"], "the same video under two names"),
    ({"subject": "P2"}, ["a", "b"], "the same video under two names"),
])  # fmt: skip
def test_the_same_bytes_count_once_and_not_at_all_under_two_labels_or_subjects(
    tmp_path, good, change, rejected, words
):
    shutil.copy(good, tmp_path / "copy.mp4")
    other = write_video(tmp_path / "other.mp4", grey_ramp(21)[1:], TIMES)
    clip = Clip("a", str(good), "P1", "happy")
    twin = dataclasses.replace(clip, clip="b", video=str(tmp_path / "copy.mp4"), **change)
    manifest, table = index(tmp_path, [clip, twin, Clip("c", str(other), "P1", "happy")])
    assert sorted([*manifest["clip"], *rejected]) == ["a", "b", "c"]
    assert table["clip"].tolist() == rejected and table.reason.str.contains(words).all()


def test_a_recording_in_two_formats_counts_once_and_the_whole_one_does(tmp_path):
    clips = []
    for number, lengths in enumerate(((20, 20), (8, 20)), start=1):
        for suffix, length in zip((".flv", ".mp4"), lengths, strict=True):
            path = write_video(tmp_path / f"{number}{suffix}", grey_ramp(length + number)[number:],
                               TIMES[:length], "flv1" if suffix == ".flv" else "libx264")  # fmt: skip
            clips.append(Clip(f"{number}{suffix}", str(path), "P1", "happy"))
    other = dataclasses.replace(clips[1], clip="left", half="left")
    manifest, rejected = index(tmp_path, [*clips, other])
    assert manifest["clip"].tolist() == ["1.flv", "2.mp4", "left"]
    assert rejected["clip"].tolist() == ["1.mp4", "2.flv"]
    reason = f"{clips[1].video} is the same recording as {clips[0].video} in another format, which is used."
    assert rejected.reason[0] == reason


def test_nothing_left_ends_the_run_in_one_sentence(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(UserError, match=r"None of the 1 videos can be used; the first: .*0 bytes"):
        index(tmp_path, [Clip("a", str(tmp_path / "empty.mp4"), "P1", "happy")])


def test_threads_change_no_byte(tmp_path):
    videos = [write_video(tmp_path / f"{n}.mp4", grey_ramp(20 + n)[n:], TIMES) for n in range(12)]
    clips = [Clip(path.stem, str(path), "P1", "happy") for path in videos]
    results = []
    for threads in (1, 4):
        index(tmp_path, clips, threads=threads)
        results.append((tmp_path / "manifest.tsv").read_bytes())
        (tmp_path / "known.json").unlink()
    assert results[0] == results[1]


def test_image_sequences_halves_and_what_is_left_out_are_recorded(tmp_path, good):
    (tmp_path / "sequence").mkdir()
    for number in range(12):
        run_ffmpeg("-f", "lavfi", "-i", f"color=gray:s=64x48:d=1,eq=brightness={number / 50}", "-frames:v", 1,
                   tmp_path / "sequence" / f"{number}.png")  # fmt: skip
    halves = [Clip(name, str(good), "P1", "happy", half=name) for name in ("left", "right")]
    halves += [Clip("a", str(good), "P1", "happy", 0, 9), Clip("b", str(good), "P1", "sad", 10, 19)]
    manifest, rejected = index(
        tmp_path, [Clip("s", str(tmp_path / "sequence"), "P2", "sad", rate=30.0, part="train"), *halves]
    )
    assert rejected.empty
    assert manifest["clip"].tolist() == ["s", "left", "right", "a", "b"]  # parts of one video are no duplicates
    row = manifest.iloc[0]
    assert (row.codec, row.fps, row.frames, row.width, row.height, row.part) == ("png", 30, 12, 64, 48, "train")
    left_out = read_table(tmp_path / "left-out.tsv", "left-out")
    assert left_out.to_dict("records") == [{"reason": "'bored', not one of the six", "recordings": 3}]


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Note the name of every video that is really read."""
    names, read = [], module._read
    monkeypatch.setattr(module, "_read", lambda clip, *rest: names.append(clip.clip) or read(clip, *rest))
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


@pytest.mark.parametrize(("number", "error", "words"), [
    (2, KeyboardInterrupt(), None),
    (0, USUAL.time_over("0.mp4"), r"1 of 3 videos were not read; the first: .*0\.mp4 .*video: timeout"),
])  # fmt: skip
def test_what_was_read_before_a_fault_is_kept_and_a_time_out_waits_for_the_others(
    tmp_path, reads, monkeypatch, number, error, words
):
    clips, count = write_set(tmp_path)[:3], Prober.count

    def stall(self, path):
        if path == clips[number].video:
            raise error
        return count(self, path)

    with monkeypatch.context() as patch, pytest.raises(type(error), match=words):
        patch.setattr(Prober, "count", stall)
        probe(tmp_path, clips)
    assert frames(probe(tmp_path, clips)) == [10, 11, 12]
    assert reads == ["0", "1", "2", str(number)]
