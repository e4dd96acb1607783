"""Landmark models on films of people, against dlib's: python -m benchmarks.landmark_films LIST [MODEL ...]

LIST is a CSV as `videofer evaluate` takes it. Every frame of each film is searched; all models start from the same
boxes. Prints the table of docs/results/landmarks/films.csv, which it writes: jitter is the standard deviation of a
landmark about its mean of five frames, in per cent of the distance of the eyes, over films labelled neutral or
calm; lips and lids are the correlation, over the frames of a film, of how far they are open with what dlib's model
says.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d

from videofer.core.artifacts import atomic_path
from videofer.core.study import NEUTRAL
from videofer.faces.detect import fill_gaps, find_landmarks
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import DLIB, OWN
from videofer.faces.search import choose_face, load_detector, search_frames
from videofer.predict.measure import read_labels
from videofer.predict.sources import open_source

OUT = Path(__file__).parents[1] / "docs/results/landmarks/films.csv"
HEIGHT, WINDOW = 720, 5
LIDS, LIPS = ((37, 41), (38, 40), (43, 47), (44, 46)), ((61, 67), (62, 66), (63, 65))


def measure_opening(landmarks: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return how far lids or lips are open (T,) in landmarks (T, 68, 2), distances of the eyes."""
    eyes = np.linalg.norm(landmarks[:, 36:42].mean(axis=1) - landmarks[:, 42:48].mean(axis=1), axis=1)
    apart = [np.linalg.norm(landmarks[:, upper] - landmarks[:, lower], axis=1) for upper, lower in pairs]
    return np.mean(apart, axis=0) / eyes


def measure_jitter(landmarks: np.ndarray) -> float:
    """Return the jitter of landmarks (T, 68, 2), per cent of the distance of the eyes."""
    eyes = np.linalg.norm(landmarks[:, 36:42].mean(axis=1) - landmarks[:, 42:48].mean(axis=1), axis=1).mean()
    away = landmarks - uniform_filter1d(landmarks, WINDOW, axis=0)
    return 100 * float(np.sqrt((away**2).sum(axis=2).mean())) / eyes


def main(path: Path, models: list[str]) -> None:
    """Measure all models; write and print their table."""
    table = read_labels(path, {"calm": NEUTRAL})
    detector, rows = load_detector("hog", 0, None), []
    for film in table.itertuples():
        frames = np.stack([frame.pixels for frame in open_source(film.file, HEIGHT)])
        chosen = choose_face(search_frames(frames, detector, 1)[0], frames.shape[1:], None)
        boxes = np.full((len(frames), 4), np.nan)
        for frame, (box, _) in chosen.items():
            boxes[frame] = box
        boxes = fill_gaps(boxes, len(frames))[0]
        found = {name: find_landmarks(frames, boxes, load_landmark_model(name)) for name in {*models, DLIB}}
        for name in models:
            row = {"model": Path(name).stem, "frames": len(frames)}
            row["jitter"] = measure_jitter(found[name]) if film.label == NEUTRAL else np.nan
            for part, pairs in (("lids", LIDS), ("lips", LIPS)):
                opening = [measure_opening(found[which], pairs) for which in (name, DLIB)]
                row[part] = np.corrcoef(*opening)[0, 1]
            rows.append(row)
    films = pd.DataFrame(rows)
    summary = films.groupby("model", sort=False).agg(
        films=("frames", "size"), frames=("frames", "sum"), jitter=("jitter", "mean"), lids=("lids", "mean"),
        lips=("lips", "mean"),
    )  # fmt: skip
    with atomic_path(OUT) as temporary:
        summary.reset_index().to_csv(temporary, index=False, lineterminator="\n", float_format="%.3f")
    print(summary.to_string(float_format="%.2f"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or [OWN, DLIB])
