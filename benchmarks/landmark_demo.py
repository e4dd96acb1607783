"""Landmark models on the demo's faces, of people whom none has seen: python -m benchmarks.landmark_demo [MODEL ...]

Films new people as the demo does, and compares with where their landmarks truly are. All models start from the
boxes of dlib's HOG finder. Prints the table of docs/results/landmarks/demo.csv, which it writes.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core.artifacts import atomic_path
from videofer.core.landmarks import COUNT, PARTS
from videofer.core.study import CLASSES
from videofer.datasets.rendered.animation import Difficulty, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.clip import Scene, film
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import DLIB, OWN
from videofer.faces.search import load_detector
from videofer.landmarks.points import locate_points

OUT = Path(__file__).parents[1] / "docs/results/landmarks/demo.csv"
SEED, PEOPLE, EVERY = 991, 12, 8  # not the seed of any experiment: other people
WIDTH, HEIGHT, FPS = 320, 256, 25


def film_people() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return grey frames with the finder's box (4,) and the true landmarks (68, 2), from the frame's edge."""
    basis, detector, shown = load_basis(), load_detector("hog", 0, None), []
    for person in range(PEOPLE):
        rng = np.random.default_rng([SEED, person])
        identity, _ = create_identity(basis, rng)
        head, label = Head(basis, identity), CLASSES[person % len(CLASSES)]
        course = perform(label, basis.units, identity["rest"], FPS, rng, Difficulty())
        scene = Scene(WIDTH, HEIGHT, rng)
        positions = head.rest + np.tensordot(course.activations[::EVERY], head.units, axes=1)
        landmarks = locate_points(head, basis, positions, course.pose[::EVERY], scene)
        frames = list(film(head, course, scene, basis.units, rng))[::EVERY]
        for frame, points in zip(frames, landmarks, strict=True):
            grey = np.ascontiguousarray((frame @ [0.299, 0.587, 0.114]).astype(np.uint8))
            if found := detector(grey):
                shown.append((grey, max(found, key=lambda face: face[1])[0], points))
    return shown


def main(models: list[str]) -> None:
    """Measure all models; write and print their table."""
    shown, rows = film_people(), []
    truth = np.stack([points for _, _, points in shown])
    eyes = np.linalg.norm(truth[:, 36:42].mean(axis=1) - truth[:, 42:48].mean(axis=1), axis=1)
    for name in models:
        model = load_landmark_model(name)
        start = time.process_time()
        found = np.stack([model.find(grey, box) for grey, box, _ in shown]) + 0.5
        spent = 1000 * (time.process_time() - start) / len(shown)
        errors = 100 * np.linalg.norm(found - truth, axis=2) / eyes[:, None]
        for part, numbers in ({"all": range(COUNT)} | PARTS).items():
            chosen = errors[:, list(numbers)]
            rows.append({
                "model": Path(name).stem, "part": part, "frames": len(shown), "mean": chosen.mean(),
                "p95": np.percentile(chosen, 95), "milliseconds": spent,
            })  # fmt: skip
    table = pd.DataFrame(rows)
    with atomic_path(OUT) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.3f")
    print(table.to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main(sys.argv[1:] or [OWN, DLIB])
