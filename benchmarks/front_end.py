"""The way from a video to its face clip against a search of every frame at full size: speed, and what it changes.

python -m benchmarks.front_end [CLIPS [FOLDER]]: 6 clips unless told otherwise, rendered at 720 x 576 into FOLDER,
where they are kept, or into a temporary one. Of each clip both ways are timed in turn in this process; the opponent
is dlib's detector on every frame of the full size, everything after it being the same.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dlib
import numpy as np

from videofer.boxes import overlaps
from videofer.datasets import CLASSES
from videofer.datasets.rendered import draw_identity, render_clip
from videofer.faces import load_detector, load_landmark_model, track_face
from videofer.peak import choose_frames, crop_clip
from videofer.tracks import fill_gaps
from videofer.video import read_frames

FAST = {"max_height": 480, "smallest": 115, "every": 5}  # as in experiments/mmi.yaml
WIDTH, HEIGHT, RATE = 720, 576, 25
DEMO = (320, 256)
MAX_GAP, LENGTH, SIZE, MARGIN = 5, 16, 48, 8
ROUNDS = 3
PEAKS = ("middle", "apex")
REAL = Path(__file__).parents[1] / "tests" / ".cache" / "real-face" / "single_face.mp4"


def search_plainly(frame: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """The opponent: dlib's frontal detector on the whole frame as it is."""
    boxes, scores, _ = HOG.run(frame, 0, 0.0)
    edges = [np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1], float) for box in boxes]
    return list(zip(edges, scores, strict=True))


HOG = dlib.get_frontal_face_detector()


def cut_fast(path: Path) -> tuple[int, dict, dict]:
    """Go the way of the real data sets: frames, their faces, the chosen frames by reading; the clip is cut, too."""
    frames, _ = read_frames(path, max_height=FAST["max_height"])
    detector = load_detector(smallest=FAST["smallest"])
    return cut(frames, *track_face(frames, detector, load_landmark_model(), every=FAST["every"])[:1])


def cut_densely(path: Path) -> tuple[int, dict, dict]:
    """Search every frame at full size."""
    frames, _ = read_frames(path)
    return cut(frames, *track_face(frames, search_plainly, load_landmark_model())[:1])


def cut(frames: np.ndarray, faces: dict[str, np.ndarray]) -> tuple[int, dict, dict]:
    """Choose the frames of both readings and cut one clip; returns the height, the faces and the frames."""
    chosen = {peak: choose_frames(faces["landmarks"], faces["source"], peak, LENGTH) for peak in PEAKS}
    crop_clip(frames[chosen["middle"]], faces["track"][chosen["middle"]], SIZE, MARGIN)
    return frames.shape[1], faces, chosen


def time_cpu(work: Callable) -> tuple[float, object]:
    """Return the CPU seconds of some work, those of the decoders that it waits for included, and its result."""
    before = used()
    result = work()
    return used() - before, result


def used() -> float:
    """Return the CPU seconds of this process and of the decoders that it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def compare(path: Path) -> dict:
    """Go both ways with one video in turn; returns its frames, the CPU seconds of each way, and what differs."""
    seconds: dict[Callable, list[float]] = {cut_fast: [], cut_densely: []}
    results = {}
    for _ in range(ROUNDS):
        for way, spent in seconds.items():
            took, results[way] = time_cpu(lambda way=way: way(path))
            spent.append(took)
    boxes = {}
    for way, (height, faces, _) in results.items():
        boxes[way] = fill_gaps(faces["box"].astype(float), MAX_GAP)[0] / height
    shared = [overlaps(a[None], b[None])[0, 0] for a, b in zip(*boxes.values(), strict=True)]
    fast, dense = (results[way][2] for way in (cut_fast, cut_densely))
    return {
        "frames": len(shared),
        "fast": min(seconds[cut_fast]),
        "dense": min(seconds[cut_densely]),
        "overlap": float(np.nanmedian(shared)),
        "moved": {peak: abs(int(fast[peak][0] - dense[peak][0])) for peak in PEAKS},
    }


def render_clips(number: int, folder: Path) -> Iterator[Path]:
    """Yield clips of so many rendered people, each another expression, drawn where they are not there yet."""
    for person in range(1, number + 1):
        subject, label = f"S{person:03d}", CLASSES[(person - 1) % len(CLASSES)]
        path = folder / f"{subject}-{label}.avi"
        if not path.is_file():
            draw_identity(subject, 2026, folder / f"{subject}.safetensors")
            identity = folder / f"{subject}.safetensors"
            render_clip(path.stem, subject, label, 2026, identity, path, WIDTH, HEIGHT, RATE)
        yield path


def time_rendering(folder: Path) -> float:
    """Return the CPU seconds of rendering a clip of the demo, the median of three."""
    identity, path = folder / "demo.safetensors", folder / "demo.avi"
    draw_identity("S001", 2026, identity)
    work = [
        time_cpu(lambda: render_clip("S001-angry", "S001", "angry", 2026, identity, path, *DEMO)) for _ in "123"
    ]
    return statistics.median(seconds for seconds, _ in work)


def measure(clips: int = 6, folder: str | Path | None = None) -> list[dict]:
    """Return a row for each figure: name, ours, opponent, ratio, bar, met."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(folder or temporary)
        place.mkdir(parents=True, exist_ok=True)
        rendered = [compare(path) for path in render_clips(clips, place)]
        render_seconds = time_rendering(Path(temporary))
    real = [compare(REAL)] if REAL.is_file() else []
    fast, dense = (statistics.median(one["frames"] / one[way] for one in rendered) for way in ("fast", "dense"))
    ratio = statistics.median(one["dense"] / one["fast"] for one in rendered)
    size = f"{WIDTH}x{HEIGHT}"
    rows = [
        {"name": f"frames a CPU second, {size}", "ours": fast, "opponent": dense, "ratio": ratio, "bar": 5},
        {"name": f"times real time, {size} at {RATE} a second", "ours": fast / RATE, "opponent": dense / RATE},
    ]
    rows[0]["met"] = ratio >= 5
    rows[1] |= {"ratio": ratio, "bar": 4, "met": fast / RATE >= 4}
    for what, found in ((f"{len(rendered)} rendered clips", rendered), ("a real face", real)):
        if found:
            overlap = statistics.median(one["overlap"] for one in found)
            rows.append(describe(f"overlap of the boxes, {what}", overlap, 0.9))
            for peak in PEAKS:
                same = statistics.mean(one["moved"][peak] == 0 for one in found)
                rows.append(describe(f"same 16 frames, peak: {peak}, {what}", same, 0.95))
            near = statistics.mean(one["moved"]["apex"] <= 1 for one in found)
            rows.append(describe(f"at most one frame moved, peak: apex, {what}", near, None))
    seconds = describe(f"CPU seconds to render a clip, {DEMO[0]}x{DEMO[1]}", render_seconds, 1.2)
    return [*rows, seconds | {"met": render_seconds <= 1.2}]


def describe(name: str, value: float, bar: float | None) -> dict:
    """Return the row of a figure that has no opponent but its bar."""
    met = None if bar is None else value >= bar
    return {"name": name, "ours": value, "opponent": None, "ratio": None, "bar": bar, "met": met}


def main(clips: str = "6", folder: str | None = None) -> None:
    """Print the rows as a table."""
    start = time.monotonic()
    print("| figure | ours | dense | ratio | bar | met |\n|---|---|---|---|---|---|")
    for row in measure(int(clips), folder):
        cells = ["" if row[key] is None else f"{row[key]:.3g}" for key in ("ours", "opponent", "ratio", "bar")]
        met = {None: "", True: "yes", False: "no"}[row["met"]]
        print(f"| {row['name']} | {' | '.join(cells)} | {met} |")
    print(f"\n{time.monotonic() - start:.0f} s on the clock")


if __name__ == "__main__":
    main(*sys.argv[1:])
