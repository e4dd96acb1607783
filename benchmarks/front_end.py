"""From a video to its face clip, against a search of every frame at full size: speed, and what it changes.

python -m benchmarks.front_end [CLIPS [FOLDER]]: 6 clips by default, rendered at 720 x 576 into FOLDER, where they
are kept, or into a temporary one; and a real face if tests/real_face has fetched it. Both ways are timed in
alternation in one process, decoding included. The opponent is dlib's detector on every frame as it is; all that
follows (track, 68 landmarks a frame, choice of the frames, crop) is the same. The models are loaded before.
"""

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.report import show
from benchmarks.rows import Row
from videofer.clips.peak import choose_frames, crop_clip, measure_motion
from videofer.core.artifacts import read_arrays
from videofer.core.study import CLASSES
from videofer.datasets.rendered.animation import Difficulty, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.faces.detect import fill_gaps, track_face
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import OWN
from videofer.faces.search import Detector, load_detector, overlaps, search_frames
from videofer.video.decode import read_frames

MAX_HEIGHT, SMALLEST, EVERY = 480, 115, 6  # as in experiments/mmi.yaml
SIZE, DEMO, RATE = (720, 576), (320, 256), 25
MAX_GAP, LENGTH, MIN_FRAMES, FACE, MARGIN = 5, 16, 8, 48, 8
FOLLOW = {"min_detected": 0.5, "max_gap": MAX_GAP, "track": "landmarks", "face_x": None}
PEAKS = ("middle", "apex")
ROUNDS = 5
SPEED_BAR, LIVE_BAR, BOX_BAR, CHOICE_BAR = 1 / 4, 1 / 4, 0.1, 0.05
RENDER_BAR = 1200  # ms
SEED = 2026
REAL = Path(__file__).parents[1] / "tests" / ".cache" / "real-face" / "single_face.mp4"
DENSE = "a search of every frame at full size"


def cut_face(path: Path, max_height: int | None, detector: Detector, every: int) -> tuple[np.ndarray, dict]:
    """Go the whole way with one video; returns the frames (T, H, W) and the arrays of the face."""
    frames, _ = read_frames(path, max_height=max_height)
    found, searched = search_frames(frames, detector, every)
    faces = track_face(frames, found, searched, load_landmark_model(OWN), **FOLLOW)
    chosen = choose_frames(faces["source"], "middle", LENGTH, MIN_FRAMES)
    crop_clip(frames[chosen], faces["track"][chosen], FACE, MARGIN)
    return frames, faces


def find_first(peak: str, frames: np.ndarray, faces: dict) -> int:
    """Return the first of the frames that a reading of the peak chooses."""
    motion = measure_motion(frames, faces["track"], faces["source"]) if peak == "apex" else None
    return int(choose_frames(faces["source"], peak, LENGTH, MIN_FRAMES, motion=motion)[0])


def time_cpu(work: Callable) -> tuple[float, object]:
    """Return the CPU milliseconds of a function, with those of the decoder that it waits for, and its result."""

    def used() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return 1000 * sum(usage.ru_utime + usage.ru_stime for usage in usages)

    before = used()
    result = work()
    return used() - before, result


@dataclass(frozen=True)
class Pair:
    """One video both ways.

    fast, dense: CPU milliseconds a frame, the least of the rounds, as other work only adds to them; unshared: the
    share of the union of its boxes that the median frame's two do not share; first: peak -> first frame of both.
    """

    fast: float
    dense: float
    unshared: float
    first: dict[str, tuple[int, int]]


def compare_ways(path: Path, ways: Sequence[Callable]) -> Pair:
    """Go the fast and the dense way with one video, alternately."""
    times, cuts = [], []
    for _ in range(ROUNDS):
        timed = [time_cpu(partial(way, path)) for way in ways]
        cuts = [cut for _, cut in timed]
        times.append([taken / len(frames) for taken, (frames, _) in timed])
    # Boxes over the frame's height, since the two ways have other sizes.
    fast, dense = (fill_gaps(faces["box"].astype(float), MAX_GAP)[0] / frames.shape[1] for frames, faces in cuts)
    shared = [overlaps(a[None], b[None])[0, 0] for a, b in zip(fast, dense, strict=True)]
    first = {peak: tuple(find_first(peak, *cut) for cut in cuts) for peak in PEAKS}
    return Pair(*np.min(times, axis=0).tolist(), 1 - float(np.nanmedian(shared)), first)


def render_clips(number: int, folder: Path) -> tuple[list[Path], list[int]]:
    """Return clips of so many rendered people, the classes in turn, and the frame in the middle of each apex.

    Those that the folder lacks are drawn.
    """
    paths, apexes = [], []
    for person in range(number):
        subject, label = f"S{person + 1:03d}", CLASSES[person % len(CLASSES)]
        identity, path = folder / f"{subject}.safetensors", folder / f"{subject}-{label}.avi"
        if not path.is_file():
            draw_identity(subject, SEED, identity)
            render_clip(path.stem, SEED, identity, path, width=SIZE[0], height=SIZE[1], fps=RATE)
        # As `render_clip` draws it.
        rng = np.random.default_rng([SEED, person + 1, CLASSES.index(label), 1])
        rest = read_arrays(identity, "identity")["rest"]
        apexes.append(perform(label, load_basis().units, rest, RATE, rng, Difficulty()).apex)
        paths.append(path)
    return paths, apexes


def time_rendering(folder: Path) -> Row:
    """Return what a clip of the demo costs, without the start of its process."""
    identity = folder / "identity.safetensors"
    draw_identity("S001", SEED, identity)
    clip = ("S001-angry", SEED, identity, folder / "clip.avi")
    draw = partial(render_clip, *clip, width=DEMO[0], height=DEMO[1], fps=RATE)
    times = [time_cpu(draw)[0] for _ in range(ROUNDS)]
    name = f"a rendered clip of {DEMO[0]}x{DEMO[1]}"
    return _row(name, "its bar", (statistics.median(times), RENDER_BAR), "ms of CPU time", times, RENDER_BAR, 1)


def describe_speed(what: str, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Yield a frame's time against the search of every frame, and against the frame's own duration."""
    fast, dense = (statistics.median(getattr(pair, way) for pair in pairs) for way in ("fast", "dense"))
    ratios, shown = [pair.fast / pair.dense for pair in pairs], 1000 / RATE
    yield _row(what, DENSE, (fast, dense), "ms of CPU time", ratios, 1, SPEED_BAR)
    times = [pair.fast for pair in pairs]
    yield _row(what, f"its time at {RATE} a second", (fast, shown), "ms", times, shown, LIVE_BAR)


def describe_change(what: str, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Yield how much boxes and chosen frames differ from those of the search of every frame."""
    unshared = [pair.unshared for pair in pairs]
    name = f"{what}: what the boxes do not share"
    yield _row(name, DENSE, (statistics.median(unshared), 1), "of the union", unshared, 1, BOX_BAR)
    apart = {peak: np.array([abs(np.subtract(*pair.first[peak])) for pair in pairs]) for peak in PEAKS}
    shares = {f"clips of other frames, peak: {peak}": (apart[peak] > 0, CHOICE_BAR) for peak in PEAKS}
    shares["more than one frame apart, peak: apex"] = apart["apex"] > 1, None
    for name, (differ, bar) in shares.items():
        share = float(differ.mean())
        yield _row(f"{what}: {name}", DENSE, (share, 1), "of the clips", [share], 1, bar)


def _row(
    name: str,
    opponent: str,
    values: tuple,
    unit: str,
    rounds: Sequence[float],
    over: float,
    bar: float | None = None,
) -> Row:
    ratios = [value / over for value in rounds]
    return Row(name, opponent, *values, unit, statistics.median(ratios), min(ratios), max(ratios), bar)


def measure(clips: int = 6, folder: str | Path | None = None) -> Iterator[Row]:
    """Yield all figures of the front end."""
    ways = (
        partial(cut_face, max_height=MAX_HEIGHT, detector=load_detector("hog", 0, SMALLEST), every=EVERY),
        partial(cut_face, max_height=None, detector=load_detector("hog", 0, None), every=1),
    )
    load_landmark_model(OWN)
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(folder or temporary)
        kept.mkdir(parents=True, exist_ok=True)
        yield time_rendering(Path(temporary))
        paths, apexes = render_clips(clips, kept)
        pairs = [compare_ways(path, ways) for path in paths]
    size = f"{SIZE[0]}x{SIZE[1]}"
    yield from describe_speed(f"a frame of {size}", pairs)
    what = f"{clips} rendered clips of {size}"
    yield from describe_change(what, pairs)
    middles = np.array([pair.first["apex"] for pair in pairs]) + (LENGTH - 1) / 2
    fast, dense = np.abs(middles - np.array(apexes)[:, None]).mean(axis=0)
    yield _row(f"{what}: mean distance from the apex, peak: apex", DENSE, (fast, dense), "frames", [fast], dense)
    if REAL.is_file():
        yield from describe_change("a real face", [compare_ways(REAL, ways)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=int, nargs="?", default=6, help="how many to render")
    parser.add_argument("folder", type=Path, nargs="?", help="where they are kept")
    given = parser.parse_args()
    show(measure(given.clips, given.folder))
