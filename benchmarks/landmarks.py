"""Landmark models on people's faces: python -m benchmarks.landmarks FILMS POINTS [MODEL ...]

FILMS is a folder with a film of each person of the Face Research Lab London Set (DeBruine and Jones 2017, CC BY
4.0) whose first frame is the face at rest, named by the person's number; POINTS a CSV of the set's points in that
frame: subject, point, x, y. Nothing is learnt from either. Each MODEL is one of `faces: landmark_model`, by default
that of the package and dlib's. All start from the same boxes of dlib's HOG finder. Prints the table of
docs/results/landmarks/london.csv, which it writes: errors in per cent of the distance of the pupils.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core.artifacts import atomic_path
from videofer.core.landmarks import COUNT, PARTS
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import DLIB, OWN
from videofer.faces.search import load_detector
from videofer.predict.sources import open_source

OUT = Path(__file__).parents[1] / "docs/results/landmarks/london.csv"
HEIGHT = 720
PUPILS = (0, 1)
# The set's points answer the landmarks by their places on the average face. Landmark -> points whose middle it is.
SAME = {
    27: (50, 56), 28: (51, 52, 57, 58), 29: (53, 59), 30: (54, 60), 33: (55,), 36: (18,), 39: (22,), 42: (23,),
    45: (27,), 48: (87,), 49: (88,), 50: (89,), 51: (90,), 52: (91,), 53: (92,), 54: (93,), 55: (108,), 56: (107,),
    57: (106,), 58: (105,), 59: (104,), 61: (95,), 62: (96,), 63: (97,), 65: (102,), 66: (101,), 67: (100,),
}  # fmt: skip
# Where the set has a line, but other places on it: what counts is how far from the line a landmark lies.
RIGHT_BROW, LEFT_BROW = (71, 72, 73, 74, 75), (78, 79, 80, 81, 82)
OUTLINE = (109, 110, 186, 111, 125, 126, 127, 128, 129, 130, 131, 132, 133, 114, 188, 113, 112)
ALONG = (
    dict.fromkeys(range(17), OUTLINE)
    | dict.fromkeys(range(17, 22), RIGHT_BROW)
    | dict.fromkeys(range(22, 27), LEFT_BROW)
    | dict.fromkeys((37, 38), (18, 19, 20, 21, 22)) | dict.fromkeys((40, 41), (18, 28, 29, 30, 22))
    | dict.fromkeys((43, 44), (23, 24, 25, 26, 27)) | dict.fromkeys((46, 47), (23, 31, 32, 33, 27))
)  # fmt: skip


def measure_line(places: np.ndarray, line: np.ndarray) -> float:
    """Return the distance of a place (2,) from a line through points (n, 2)."""
    start, way = line[:-1], np.diff(line, axis=0)
    share = np.clip(((places - start) * way).sum(axis=1) / (way**2).sum(axis=1), 0, 1)[:, None]
    return float(np.linalg.norm(places - start - share * way, axis=1).min())


def measure_face(found: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the errors (68,) of landmarks (68, 2) against the set's points (189, 2), nan where it has none."""
    errors = np.full(COUNT, np.nan)
    for number, answers in SAME.items():
        errors[number] = np.linalg.norm(found[number] - points[list(answers)].mean(axis=0))
    for number, line in ALONG.items():
        errors[number] = measure_line(found[number], points[list(line)])
    return 100 * errors / np.linalg.norm(np.subtract(*points[list(PUPILS)]))


def read_faces(films: Path, table: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return of each person the first frame, the finder's box (4,) and the set's points (189, 2)."""
    detector, faces = load_detector("hog", 0, None), []
    for subject, rows in pd.read_csv(table).groupby("subject"):
        film = next(films.glob(f"{subject.removeprefix('london-')}-*"))
        frame = next(iter(open_source(film, HEIGHT))).pixels
        box = max(detector(frame), key=lambda found: found[1])[0]
        faces.append((frame, box, rows.sort_values("point")[["x", "y"]].to_numpy()))
    return faces


def main(films: Path, table: Path, models: list[str]) -> None:
    """Measure all models; write and print their table."""
    faces, rows = read_faces(films, table), []
    for name in models:
        model = load_landmark_model(name)
        errors = np.stack([measure_face(model.find(frame, box), points) for frame, box, points in faces])
        for part, numbers in ({"all": range(COUNT)} | PARTS).items():
            chosen = errors[:, list(numbers)]
            chosen = chosen[np.isfinite(chosen)]
            rows.append({
                "model": Path(name).stem, "part": part, "people": len(faces), "mean": chosen.mean(),
                "p95": np.percentile(chosen, 95), "over_10": (chosen > 10).mean(),
            })  # fmt: skip
    errors = pd.DataFrame(rows)
    with atomic_path(OUT) as temporary:
        errors.to_csv(temporary, index=False, lineterminator="\n", float_format="%.3f")
    print(errors.to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or [OWN, DLIB])
