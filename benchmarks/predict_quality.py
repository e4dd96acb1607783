"""What a bundle predicts of people not in its training data: python -m benchmarks.predict_quality BUNDLE SCRATCH

Renders 24 clips of eight new people into the folder SCRATCH, once, and prints how far the strongest moment of each
is from the apex that it was rendered with; then lets pairs of them walk past each other, one in front of the other,
and prints how many keep their numbers.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from videofer import Recognizer
from videofer.core.artifacts import read_arrays
from videofer.core.study import CLASSES
from videofer.datasets.rendered import parse_name
from videofer.datasets.rendered.animation import Difficulty, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.clip import encode_video, render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.video.decode import read_frames

SEED, RATE = 777, 25  # not the seed of any experiment: other people
PEOPLE = 8
CLOSE = 3  # frames
HEIGHT, WIDTH = 256, 320  # of a clip
HEAD = (72, 92)  # half axes of the ellipse that is cut out, pixels
STEPS = 75  # frames in which they change sides


def render_people(folder: Path) -> dict[Path, tuple[str, int]]:
    """Render what is missing; returns video -> its expression and the frame of its apex."""
    clips = {}
    for number in range(1, PEOPLE + 1):
        person = f"S{number:03}"
        identity = folder / f"{person}.safetensors"
        if not identity.exists():
            draw_identity(person, SEED, identity)
        for offset in (0, 1, 3):
            label = CLASSES[(number + offset) % len(CLASSES)]
            path = folder / f"{person}-{label}.avi"
            if not path.exists():
                render_clip(path.stem, SEED, identity, path, width=WIDTH, height=HEIGHT, fps=RATE)
            # As `render_clip` draws it.
            rng = np.random.default_rng([SEED, number, CLASSES.index(label), parse_name(path.stem)[2]])
            units = load_basis().units
            course = perform(label, units, read_arrays(identity, "identity")["rest"], RATE, rng, Difficulty())
            clips[path] = label, course.apex
    return clips


def find_apexes(recognizer: Recognizer, clips: dict[Path, tuple[str, int]]) -> list[tuple[bool, int]]:
    """Return for each clip whether its strongest moment has its expression, and its frames off the apex."""
    found = []
    for path, (label, apex) in clips.items():
        moments = recognizer.recognise(path).tabulate_moments()
        strongest = moments.loc[moments["score"].idxmax()]
        found.append((strongest["label"] == label, abs(int(strongest["frame"]) - apex)))
    return found


def cross(front: np.ndarray, back: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Return grey frames (steps, H, 2 W): the head of `front` (T, H, W) goes from left to right before `back`'s.

    Each performs forwards and backwards repeatedly; the heads are ellipses around the middle of their frames.
    """
    height, width = front.shape[1:]
    rows, columns = np.ogrid[:height, :width]
    inside = ((columns - width / 2) / HEAD[0]) ** 2 + ((rows - height / 2) / HEAD[1]) ** 2 <= 1
    film = np.full((steps, height, 2 * width), 110, np.uint8)
    for step, picture in enumerate(film):
        for person, share in ((back, 1 - step / (steps - 1)), (front, step / (steps - 1))):
            shown = step % (2 * len(person) - 2)
            left = round(share * width)
            there = picture[:, left : left + width]
            there[inside] = person[min(shown, 2 * len(person) - 2 - shown)][inside]
    return film


def keep_numbers(recognizer: Recognizer, film: Path) -> bool:
    """Return whether two people who changed sides keep the numbers that they began with, and there is no third."""
    frames = recognizer.recognise(film).tabulate_frames().dropna(subset=["face"])
    frames["middle"] = (frames["left"] + frames["right"]) / 2
    ends = [frames[frames["frame"] == frame].sort_values("middle")["face"].tolist() for frame in (4, STEPS - 5)]
    return ends[0] == ends[1][::-1] and sorted(ends[0]) == [1, 2] == sorted(frames["face"].unique())


def main(bundle: str, scratch: str) -> None:
    """Measure and print."""
    folder = Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    clips = render_people(folder)
    recognizer = Recognizer.load(bundle, confidence=0)
    found = find_apexes(recognizer, clips)
    close = sum(distance <= CLOSE for _, distance in found)
    print(f"apex within {CLOSE} frames: {close} of {len(found)}, farthest {max(far for _, far in found)} frames")
    print(f"expression of the strongest moment right: {sum(right for right, _ in found)} of {len(found)}")
    people = [read_frames(path)[0] for path in list(clips)[::3]]
    kept = 0
    pairs = [(one, (one + 1) % PEOPLE) for one in range(PEOPLE)]
    for one, other in pairs:
        film = folder / f"cross-{one}-{other}.avi"
        pictures = (np.asarray(Image.fromarray(grey).convert("RGB")) for grey in cross(people[one], people[other]))
        encode_video(pictures, film, 2 * WIDTH, HEIGHT, RATE)
        kept += keep_numbers(recognizer, film)
    print(f"numbers kept by two people who walk past each other: {kept} of {len(pairs)} pairs")


if __name__ == "__main__":
    main(*sys.argv[1:])
