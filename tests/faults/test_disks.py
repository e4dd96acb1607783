"""A disk that is full, read-only or damaged: one sentence, the file named, and the next run completes."""

import errno
import os
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from disturbed_study import new_study
from matplotlib.figure import Figure
from sample_videos import WHOLE, grey_ramp, write_video

from videofer.core.artifacts import stream_arrays, write_arrays, write_json, write_table
from videofer.datasets.rendered.clip import encode_video
from videofer.predict.pictures import annotate_video
from videofer.predict.prediction import Prediction
from videofer.report.figures.style import save_figure
from videofer.video.decode import decode_video
from videofer.video.index import VideoCache

pytestmark = pytest.mark.faults
LARGE = {"clip": np.random.default_rng(0).integers(0, 256, (64, 64, 64), dtype=np.uint8)}


def write_rows(path):
    with stream_arrays(path, "clips", {"clip": (LARGE["clip"].shape, np.uint8)}, {}) as rows:
        for place, row in enumerate(LARGE["clip"]):
            rows["clip"][place] = row


def draw(path):
    figure = Figure(figsize=(9, 9))
    figure.subplots().imshow(np.random.default_rng(0).random((500, 500)))
    save_figure(figure, [path])


def remember(path):
    VideoCache(path, "x" * 200_000).save()


def decode(path):
    video = write_video(path.parent.parent / "film.avi", grey_ramp(100, 100, 100), np.arange(100) / 25, "mpeg4")
    limits = {"max_height": None, "min_frames": 1, "max_frames": 200, "timeout": 60, "memory_mb": 4000}
    decode_video(video, path, **WHOLE, **limits, code="")


def render(path):
    encode_video(np.random.default_rng(0).integers(0, 256, (20, 96, 96, 3), dtype=np.uint8), path, 96, 96, fps=25)


def annotate(path):
    pictures, times = np.random.default_rng(0).integers(0, 256, (50, 96, 96), dtype=np.uint8), np.arange(50) / 25
    video = write_video(path.parent.parent / "film.mp4", pictures, times)
    annotate_video(Prediction(str(video), "", ("sad", "happy"), 0.5, [], np.arange(50), times, (96, 96)), path)


WRITERS = {
    "video.avi": render,
    "annotated.mp4": annotate,
    "a.safetensors": lambda path: write_arrays(path, "clip", LARGE, {}),
    "rows.safetensors": write_rows,
    "frames.safetensors": decode,
    "t.csv": lambda path: write_table(path, "metric", pd.DataFrame({"text": ["x" * 100] * 3000}), {}),
    "r.json": lambda path: write_json(path, "run", {"text": "x" * 200_000}, {}),
    "f.png": draw,
    "f.pdf": draw,
    "known.json": remember,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(small_disk, tmp_path, name):
    disk = tmp_path / "disk"
    small_disk(disk, 0.1)
    (disk / name).write_text("old")
    with pytest.raises(OSError) as caught:
        WRITERS[name](disk / name)
    assert caught.value.errno == errno.ENOSPC
    assert (disk / name).read_text() == "old"
    assert [path.name for path in disk.iterdir()] == [name]


def test_a_study_on_a_full_disk_says_so_and_continues_when_there_is_room(small_disk, tmp_path):
    study = new_study(tmp_path / "project")
    small_disk(study.folder / "results", 2)
    target = "results/small/clips/S001"
    status, output = study.run(target)
    assert status != 0
    assert ": the disk is full: free some space" in output and "Traceback" not in output
    subprocess.run(["mount", "-o", "remount,size=200m", str(study.folder / "results")], check=True)
    status, output = study.run(target)
    assert status == 0, output
    other = new_study(tmp_path / "again")
    assert other.run(target)[0] == 0
    cut, again = (sorted(path.folder.glob(f"{target}/*")) for path in (study, other))
    assert cut and [path.read_bytes() for path in cut] == [path.read_bytes() for path in again]


def test_a_folder_that_cannot_be_written_to_is_named(small_disk, tmp_path):
    study = new_study(tmp_path / "project")
    small_disk(study.folder / "results", 50)
    subprocess.run(["mount", "-o", "remount,ro", str(study.folder / "results")], check=True)
    status, output = study.run("results/small/identities/S001.safetensors")
    assert status != 0
    assert "Read-only file system" in output or "the disk cannot be written to" in output
    assert not list((study.folder / "results").iterdir())


def damage(path, how: str) -> bytes:
    """Damage a file as a disk does, its time unchanged; returns what it was."""
    whole, stat = path.read_bytes(), path.stat()
    if how == "flipped":
        middle = len(whole) * 2 // 3
        content = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
    elif how == "cut":
        content = whole[: len(whole) // 2]
    else:
        content = b"PK\3\4 something else altogether"
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return whole


READERS = {
    "clips/S001/S001-angry.safetensors": "clips.safetensors",
    "manifest.tsv": "clips.safetensors",
    "clips.safetensors": "augmented.safetensors",
    "augmented.safetensors": "runs/capsule-lstm/margin-ce/seed-0/fold-0/predictions.csv",
    "folds.tsv": "runs/capsule-lstm/margin-ce/seed-0/fold-0/predictions.csv",
    "runs/capsule-lstm/margin-ce/seed-0/fold-0/predictions.csv": "metrics/predictions.csv",
    "metrics/confusion.csv": "figures/capsule-lstm/margin-ce/confusion.svg",
}
# Of a foreign file one kind is enough at this price: tests/unit tries every format.
DAMAGES = [(name, how) for name in READERS for how in ("flipped", "cut")] + [("folds.tsv", "foreign")]


@pytest.mark.parametrize(("name", "how"), DAMAGES)
def test_a_damaged_file_is_named_by_its_reader_and_made_again(spare, name, how):
    reader = READERS[name]
    path = spare.results / name
    whole = damage(path, how)
    made = (spare.results / reader).read_bytes()
    (spare.results / reader).unlink()
    status, output = spare.run(f"results/small/{reader}")
    assert status != 0
    assert f"results/small/{name} " in output and "run again" in output
    if name.startswith("clips/"):
        shutil.rmtree(path.parent)  # a person's clips are made together
    else:
        path.unlink()
    status, output = spare.run(f"results/small/{reader}")
    assert status == 0, output
    assert path.read_bytes() == whole and (spare.results / reader).read_bytes() == made


@pytest.mark.parametrize("how", ["flipped", "cut"])
def test_damaged_landmarks_are_found_anew_with_the_clips(spare, how):
    faces, clip = (spare.results / f"{part}/S001/S001-angry.safetensors" for part in ("faces", "clips"))
    whole, made = damage(faces, how), clip.read_bytes()
    shutil.rmtree(clip.parent)
    status, output = spare.run("results/small/clips/S001")
    assert status == 0, output
    assert faces.read_bytes() == whole and clip.read_bytes() == made
