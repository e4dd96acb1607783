"""The way from a video to its face clip against a search of every frame at full size: speed, and what it changes.

python -m benchmarks.front_end [CLIPS [FOLDER]]: 6 clips unless told otherwise, rendered at 720 x 576 into FOLDER,
where they are kept, or into a temporary one; and a real face if tests/real_face has fetched it. Both ways are timed
turn by turn in one process, the decoder's time included. The opponent is dlib's detector on every frame as it is;
all that follows (track, 68 landmarks a frame, choice of the frames, crop) is the same. What a process does once is
left out of both: to load the models, and to start the helper that looks at files, which a row of its own counts in.
"""

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import dlib
import numpy as np

from benchmarks.report import show
from benchmarks.rows import Row
from videofer.clips.peak import choose_frames, crop_clip, measure_motion
from videofer.core.study import CLASSES
from videofer.datasets.rendered import draw_identity, render_clip
from videofer.datasets.rendered.animation import Difficulty, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.identity import read_identity
from videofer.faces.boxes import overlaps
from videofer.faces.detect import load_detector, load_landmark_model, track_face
from videofer.faces.track import fill_gaps
from videofer.video.decode import read_frames
from videofer.video.limits import USUAL
from videofer.video.prober import Prober

MAX_HEIGHT, SMALLEST, EVERY = 480, 115, 6  # as in experiments/mmi.yaml
SIZE, DEMO, RATE = (720, 576), (320, 256), 25
MAX_GAP, LENGTH, FACE, MARGIN = 5, 16, 48, 8
PEAKS = ("middle", "apex")
ROUNDS = 5
SPEED_BAR, LIVE_BAR, BOX_BAR, CHOICE_BAR = 1 / 5, 1 / 4, 0.1, 0.05
RENDER_BAR = 1200  # ms
SEED = 2026
REAL = Path(__file__).parents[1] / "tests" / ".cache" / "real-face" / "single_face.mp4"
DENSE = "a search of every frame at full size"


@dataclass(frozen=True)
class Cut:
    """What one way gives: the frames (T, H, W), the arrays of the face, and the face clip."""

    frames: np.ndarray
    faces: dict[str, np.ndarray]
    clip: np.ndarray

    def list_boxes(self) -> np.ndarray:
        """Return boxes (T, 4) over the frame's height."""
        return fill_gaps(self.faces["box"].astype(float), MAX_GAP)[0] / self.frames.shape[1]

    def find_first(self, peak: str) -> int:
        """Return the first of the frames that a reading chooses."""
        source = self.faces["source"]
        motion = measure_motion(self.frames, self.faces["track"], source) if peak == "apex" else None
        return int(choose_frames(source, peak, LENGTH, motion=motion)[0])


@cache
def load_models() -> tuple[Callable, Callable]:
    """Return both ways' searches of a frame, with the landmark model loaded, too."""
    hog = dlib.get_frontal_face_detector()

    def search(frame: np.ndarray) -> list[tuple[np.ndarray, float]]:
        boxes, scores, _ = hog.run(frame, 0, 0.0)
        edges = [np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1], float) for box in boxes]
        return list(zip(edges, scores, strict=True))

    load_landmark_model()
    return load_detector(smallest=SMALLEST), search


def cut_fast(path: Path, prober: Prober) -> Cut:
    """Go the way of the experiments."""
    return _cut(read_frames(path, max_height=MAX_HEIGHT, prober=prober)[0], load_models()[0], EVERY)


def cut_densely(path: Path, prober: Prober) -> Cut:
    """Search every frame at full size."""
    return _cut(read_frames(path, prober=prober)[0], load_models()[1], 1)


def _cut(frames: np.ndarray, detector: Callable, every: int) -> Cut:
    faces, _ = track_face(frames, detector, load_landmark_model(), max_gap=MAX_GAP, every=every)
    chosen = choose_frames(faces["source"], "middle", LENGTH)
    return Cut(frames, faces, crop_clip(frames[chosen], faces["track"][chosen], FACE, MARGIN))


@dataclass(frozen=True)
class Pair:
    """One video both ways.

    fast, dense: CPU milliseconds a frame, the least of the rounds, as other work only adds to them; unshared: the
    share of the union of its boxes that the median frame's two do not share; apart: by how many frames the clips
    start apart; apex: the first frames by `peak: apex`.
    """

    fast: float
    dense: float
    unshared: float
    apart: dict[str, int]
    apex: tuple[int, int]


def compare_ways(path: Path, prober: Prober) -> Pair:
    """Go both ways with one video, turn by turn."""
    times: dict[Callable, list[float]] = {cut_fast: [], cut_densely: []}
    cuts: dict[Callable, Cut] = {}
    for _ in range(ROUNDS):
        for way, taken in times.items():
            milliseconds, cuts[way] = time_cpu(partial(way, path, prober))
            taken.append(milliseconds / len(cuts[way].frames))
    fast, dense = cuts[cut_fast], cuts[cut_densely]
    shared = [overlaps(a[None], b[None])[0, 0] for a, b in zip(fast.list_boxes(), dense.list_boxes(), strict=True)]
    first = {peak: (fast.find_first(peak), dense.find_first(peak)) for peak in PEAKS}
    apart = {peak: abs(one - other) for peak, (one, other) in first.items()}
    return Pair(
        min(times[cut_fast]), min(times[cut_densely]), 1 - float(np.nanmedian(shared)), apart, first["apex"]
    )


def time_cpu(work: Callable) -> tuple[float, object]:
    """Return the CPU milliseconds of some work, with those of the decoder that it waits for, and its result."""
    before = _used()
    result = work()
    return _used() - before, result


def _used() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return 1000 * sum(usage.ru_utime + usage.ru_stime for usage in usages)


def render_clips(number: int, folder: Path) -> list[Path]:
    """Return clips of so many rendered people, the classes in turn; those that the folder lacks are drawn."""
    paths = []
    for person in range(number):
        subject, label = _name_clip(person)
        identity, path = folder / f"{subject}.safetensors", folder / f"{subject}-{label}.avi"
        if not path.is_file():
            draw_identity(subject, SEED, identity)
            render_clip(path.stem, subject, label, SEED, identity, path, *SIZE, RATE)
        paths.append(path)
    return paths


def tell_apex(person: int, folder: Path) -> int:
    """Return the frame in the middle of the apex of a person's clip, as `render_clip` drew it."""
    subject, label = _name_clip(person)
    rng = np.random.default_rng([SEED, person + 1, CLASSES.index(label), 1])
    rest = read_identity(folder / f"{subject}.safetensors")["rest"]
    return perform(label, load_basis().units, rest, RATE, rng, Difficulty()).apex


def _name_clip(person: int) -> tuple[str, str]:
    return f"S{person + 1:03d}", CLASSES[person % len(CLASSES)]


def time_helper(path: Path) -> float:
    """Return the CPU milliseconds that a process takes once to start the helper that looks at files."""

    def look() -> None:
        with Prober(USUAL) as prober:
            prober.probe(path)

    return min(time_cpu(look)[0] for _ in range(ROUNDS))


def time_rendering(folder: Path) -> Row:
    """Return what a clip of the demo costs, without the start of its process."""
    identity = folder / "identity.safetensors"
    draw_identity("S001", SEED, identity)
    clip = ("S001-angry", "S001", "angry", SEED, identity, folder / "clip.avi", *DEMO, RATE)
    times = [time_cpu(partial(render_clip, *clip))[0] for _ in range(ROUNDS)]
    ratios = [taken / RENDER_BAR for taken in times]
    name = f"a rendered clip of {DEMO[0]}x{DEMO[1]}"
    taken, ratio = statistics.median(times), statistics.median(ratios)
    return Row(name, "its bar", taken, RENDER_BAR, "ms of CPU time", ratio, min(ratios), max(ratios), 1)


def describe_speed(what: str, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Yield a frame's time against the search of every frame, and against the frame's own duration."""
    fast, dense = (statistics.median(getattr(one, way) for one in pairs) for way in ("fast", "dense"))
    ratios = [one.fast / one.dense for one in pairs]
    spread = statistics.median(ratios), min(ratios), max(ratios)
    yield Row(f"a frame of {what}", DENSE, fast, dense, "ms of CPU time", *spread, SPEED_BAR)
    shown = 1000 / RATE
    spread = [one.fast / shown for one in pairs]
    row = (fast, shown, "ms", fast / shown, min(spread), max(spread), LIVE_BAR)
    yield Row(f"a frame of {what}", f"its time at {RATE} a second", *row)


def describe_start(what: str, pairs: Sequence[Pair], helper: float, frames: Sequence[int]) -> Row:
    """Return a frame's time with the helper's start, as a job pays that reads one clip and ends."""
    fast, dense = (statistics.median(getattr(one, way) for one in pairs) for way in ("fast", "dense"))
    start = helper / statistics.mean(frames)
    ratio = (fast + start) / (dense + start)
    return Row(
        f"a frame of {what}, helper's start included",
        DENSE,
        fast + start,
        dense + start,
        "ms of CPU time",
        *3 * [ratio],
    )


def describe_apex(what: str, pairs: Sequence[Pair], apexes: Sequence[int]) -> Row:
    """Return how far the middle of the clips of `peak: apex` is from the true apex."""
    middles = np.array([one.apex for one in pairs]) + (LENGTH - 1) / 2
    fast, dense = np.abs(middles - np.array(apexes)[:, None]).mean(axis=0)
    return Row(
        f"{what}: mean distance from the apex, peak: apex", DENSE, fast, dense, "frames", *3 * [fast / dense]
    )


def describe_change(what: str, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Yield how much boxes and chosen frames differ from those of the search of every frame."""
    unshared = [one.unshared for one in pairs]
    middle = statistics.median(unshared)
    row = (middle, 1, "of the union", middle, min(unshared), max(unshared), BOX_BAR)
    yield Row(f"{what}: what the boxes do not share", DENSE, *row)
    for peak in PEAKS:
        share = statistics.mean(one.apart[peak] > 0 for one in pairs)
        row = (share, 1, "of the clips", *[share] * 3, CHOICE_BAR)
        yield Row(f"{what}: clips of other frames, peak: {peak}", DENSE, *row)
    share = statistics.mean(one.apart["apex"] > 1 for one in pairs)
    yield Row(f"{what}: more than one frame apart, peak: apex", DENSE, share, 1, "of the clips", *[share] * 3)


def measure(clips: int = 6, folder: str | Path | None = None) -> Iterator[Row]:
    """Yield all figures of the front end."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(folder or temporary)
        place.mkdir(parents=True, exist_ok=True)
        yield time_rendering(Path(temporary))
        load_models()
        paths = render_clips(clips, place)
        with Prober(USUAL) as prober:
            prober.probe(paths[0])
            pairs = [compare_ways(path, prober) for path in paths]
            real = [compare_ways(REAL, prober)] if REAL.is_file() else []
            frames = [prober.probe(path).promised for path in paths]
        apexes = [tell_apex(person, place) for person in range(clips)]
        helper = time_helper(paths[0])
    what = f"{SIZE[0]}x{SIZE[1]}"
    yield from describe_speed(what, pairs)
    yield describe_start(what, pairs, helper, frames)
    yield from describe_change(f"{clips} rendered clips of {what}", pairs)
    yield describe_apex(f"{clips} rendered clips of {what}", pairs, apexes)
    if real:
        yield from describe_change("a real face", real)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=int, nargs="?", default=6, help="how many to render")
    parser.add_argument("folder", type=Path, nargs="?", help="where they are kept")
    given = parser.parse_args()
    show(measure(given.clips, given.folder))
