"""Time and memory of the steps that see a whole data set, over the number of clips.

python -m benchmarks.scale FOLDER COUNT...: makes so many clips of noise under FOLDER (20,000 need 9 GB) and takes
each step in a process of its own: CPU seconds, and the largest resident memory, its own and that of mapped files,
which the system takes back when it needs it. `index` and `index again` are of as many small videos.
"""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays, write_arrays, write_table

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise"]
DISTINCT = 256  # clip artifacts and videos; the others are links to them, or copies with other last bytes
BATCHES = 200  # of eight samples, in random order
FINGERPRINT = (16, 32)


def make_clips(folder: Path, count: int) -> None:
    """Write `count` artifacts of noise as select_peak leaves them, and their manifest."""
    rng, made = np.random.default_rng(0), folder / "clips"
    made.mkdir(parents=True)
    for number in range(count):
        path = made / f"c{number:05}.safetensors"
        if number >= DISTINCT:
            path.hardlink_to(made / f"c{number % DISTINCT:05}.safetensors")
            continue
        arrays = {
            "clip": rng.integers(0, 256, (16, 64, 64), dtype=np.uint8),
            "landmarks": rng.uniform(8, 56, (16, 68, 2)).astype(np.float32),
            "fingerprint": rng.integers(0, 256, FINGERPRINT, dtype=np.uint8),
        }
        write_arrays(path, "clip", arrays, {"remarks": []})
    import pandas as pd

    rows = [(f"c{n:05}", f"c{n:05}.avi", f"P{n % 91}", CLASSES[n % 6], None) for n in range(count)]
    manifest = pd.DataFrame(rows, columns=["clip", "video", "subject", "label", "part"])
    write_table(folder / "manifest.tsv", "manifest", manifest, {})
    refused = pd.DataFrame(columns=["clip", "video", "stage", "reason"])
    write_table(folder / "rejected-at-index.tsv", "rejected", refused, {})


def make_videos(folder: Path, count: int) -> list[Path]:
    """Write `count` videos of eight frames, no two with the same bytes."""
    import av

    folder.mkdir(parents=True)
    with av.open(str(folder / "first.avi"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"g": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for level in range(0, 240, 30):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64), level, np.uint8), format="gray")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    content = (folder / "first.avi").read_bytes()
    paths = [folder / f"c{number:05}.avi" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(content + f"JUNK\4\0\0\0{number:04x}".encode())
    return paths


def pack(folder: Path) -> None:
    """Take the step pack_clips."""
    from videofer.clips.pack import pack_clips

    out = [folder / name for name in ("clips.safetensors", "rejected.tsv", "remarks.tsv")]
    pack_clips(
        [folder / "clips"], folder / "manifest.tsv", folder / "rejected-at-index.tsv", *out, CLASSES, code=""
    )


def augment(folder: Path) -> None:
    """Take the step augment_clips."""
    from videofer.clips.augment import augment_clips

    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")


def load(folder: Path) -> None:
    """Load a fold as train_fold does and take batches of its training samples in random order."""
    import torch

    from videofer.clips.augment import training_samples
    from videofer.training.train_fold import load_splits

    clips = read_arrays(folder / "clips.safetensors", "clips")
    samples = {"train": training_samples(np.arange(len(clips["label"])))}
    split = load_splits(str(folder / "augmented.safetensors"), clips["label"], samples, "cpu")["train"]
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(split)))
    for positions in order[: 8 * BATCHES].split(8):
        split.batch(positions)


def duplicates(folder: Path) -> None:
    """Compare the fingerprints of all clips, as check_leakage does."""
    from videofer.clips.duplicates import find_near_duplicates

    count = len(read_arrays(folder / "clips.safetensors", "clips")["label"])
    found = np.random.default_rng(1).integers(0, 256, (count, *FINGERPRINT), dtype=np.uint8)
    assert find_near_duplicates(found) == []


def index(folder: Path) -> None:
    """Take the step index_dataset on small videos; the second time nothing is read."""
    from videofer.core.clip import Clip
    from videofer.video.index import index_dataset
    from videofer.video.limits import USUAL

    paths = sorted((folder / "videos").glob("c*.avi"))
    clips = [asdict(Clip(path.stem, str(path), f"P{n % 91}", CLASSES[n % 6])) for n, path in enumerate(paths)]
    names = ("manifest-of-videos.tsv", "rejected-videos.tsv", "left-out.tsv")
    outputs = [folder / name for name in (*names, "known.json")]
    index_dataset(clips, [], *outputs, {}, threads=2, code="", limits=USUAL)


STEPS = {"pack": pack, "augment": augment, "load": load, "duplicates": duplicates, "index": index, "again": index}


def measure(step: str, folder: Path) -> dict[str, float]:
    """Take a step in this process: CPU and wall seconds, largest own and mapped memory in MiB."""
    largest, done = {"RssAnon": 0, "RssFile": 0}, threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for line in Path("/proc/self/status").read_text().splitlines():
                name = line.partition(":")[0]
                if name in largest:
                    largest[name] = max(largest[name], int(line.split()[1]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, wall = time.process_time(), time.monotonic()
    STEPS[step](folder)
    spent = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
    done.set()
    watcher.join()
    return spent | {name: size / 1024 for name, size in largest.items()}


def main() -> None:
    """Print a line for each step and count, or, as a subprocess, the figures of one step as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the clips are made; removed afterwards")
    parser.add_argument("counts", type=int, nargs="*", help="numbers of clips")
    parser.add_argument("--step", choices=STEPS, help="take this step alone, on clips that are there")
    given = parser.parse_args()
    if given.step:
        print(json.dumps(measure(given.step, given.folder)))
        return
    print("clips   step        CPU s   wall s   own MiB  mapped MiB", flush=True)
    for count in given.counts:
        folder = given.folder / str(count)
        make_clips(folder, count)
        make_videos(folder / "videos", count)
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.scale", str(folder), "--step", step]
            found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
            shown = "{cpu:8.1f} {wall:8.1f} {RssAnon:9.0f} {RssFile:11.0f}".format(**found)
            print(f"{count:<7} {step:10} {shown}", flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
