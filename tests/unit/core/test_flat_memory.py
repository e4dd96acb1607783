"""Memory does not grow with the number of clips: they are packed and augmented in turn, and trained on as maps."""

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from videofer.clips import augment
from videofer.clips.augment import augment_clips, training_samples
from videofer.clips.pack import stack_clips
from videofer.core.artifacts import stream_arrays, write_arrays
from videofer.training.train_fold import load_splits

FEW, MANY = 40, 120
SPARE = 400_000  # bytes: less than two augmented clips, or six clips; files are read in pieces of 1 MiB


def write_clips(folder: Path, count: int) -> list[Path]:
    rng = np.random.default_rng(0)
    arrays = {
        "clip": rng.integers(0, 256, (16, 64, 64), dtype=np.uint8),
        "landmarks": rng.uniform(8, 56, (16, 68, 2)).astype(np.float32),
        "fingerprint": rng.integers(0, 256, (16, 32), dtype=np.uint8),
    }
    paths = [folder / f"{n}.safetensors" for n in range(count)]
    for path in paths:
        write_arrays(path, "clip", arrays, {"remarks": []})
    return paths


def peak_of(step, *arguments) -> int:
    """Return the peak of the bytes of Python and NumPy during a step; maps of files do not count."""
    tracemalloc.start()
    step(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("step", ["pack", "augment"])
def test_three_times_the_clips_take_no_more_memory(step, tmp_path, monkeypatch):
    # Rotation takes long, and one frame of memory.
    monkeypatch.setattr(augment, "rotate", lambda frame, angle, size: augment.crop_centre(frame, size))
    paths = write_clips(tmp_path, MANY)
    peaks = []
    for count in (FEW, FEW, MANY):  # the first only loads what is loaded once
        packed = tmp_path / f"packed-{count}"
        arguments = (stack_clips, paths[:count], [0] * count, packed, {})
        peak = peak_of(*arguments)
        if step == "augment":
            peak = peak_of(augment_clips, packed, tmp_path / "augmented", 48, "face", "")
        peaks.append(peak)
    assert peaks[2] < peaks[1] + SPARE


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process as Linux tells it")
def test_training_maps_the_augmented_clips_and_copies_batches_alone(tmp_path):
    shapes = {"clip": ((800, 8, 16, 48, 48), np.uint8), "landmarks": ((800, 8, 16, 68, 2), np.float32)}
    with stream_arrays(tmp_path / "augmented", "augmented", shapes, {}):
        pass  # 300 MB of zeros, of which the disk keeps none
    samples = {"train": training_samples(np.arange(800))}
    load_splits(str(tmp_path / "augmented"), np.zeros(800, np.int64), [samples], "cpu")
    before = own_memory()
    split = load_splits(str(tmp_path / "augmented"), np.zeros(800, np.int64), [samples], "cpu")[0]["train"]
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(0))
    for positions in order[:160].split(8):
        split.batch(positions)
    assert own_memory() - before < 60e6


def own_memory() -> int:
    """Return the bytes of this process that are no maps of files."""
    return 1024 * int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0])
