"""What each part of the people recipe is worth: python -m benchmarks.people_ablation SCRATCH LIST...

Each row leaves one part out of the recipe of experiments/people.yaml, on fewer people and for fewer steps. Every
LIST is a CSV of labelled films as `videofer evaluate` takes it, and never trained on; calm counts as neutral.
SCRATCH keeps what is drawn, trained and cut, so that a run that was stopped goes on. Prints the table of
docs/results/people/ablation.csv, which it writes: for each row and seed, and for the mean of the seeds' answers.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from videofer import Recognizer
from videofer.core.artifacts import atomic_path
from videofer.core.study import CLASSES, NEUTRAL
from videofer.datasets.rendered.acting import Levers
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import DLIB, OWN
from videofer.people.batches import draw_batch
from videofer.people.clips import PEOPLE_CLASSES, read_batches
from videofer.people.export import judge
from videofer.people.members import answer, load_member, train_member
from videofer.predict.measure import read_labels
from videofer.predict.networks import Rest

PEOPLE, HELD, BATCH, CLIPS_EACH, SEED = 72, 12, 6, 12, 2026
SEEDS, STEPS = (0, 1, 2), 600
PROCESSES = 2
OUT = Path(__file__).parents[1] / "docs/results/people/ablation.csv"
POSED = dict.fromkeys(Levers.__dataclass_fields__, False)
OTHER_LANDMARKS = "landmarks by videofer's own model"  # the one row that is not by dlib's, in films and drawings
# Row -> levers of the drawing, recipe of the training: what differs from the whole.
ROWS: dict[str, tuple[dict, dict]] = {
    "the whole recipe": ({}, {}),
    "posed: none of the drawing's levers": (POSED, {}),
    "no speech": ({"speech": False}, {}),
    "no faces at rest": ({"rest_faces": False}, {}),
    "light of a studio": ({"light": False}, {}),
    "dark mouth": ({"teeth": False}, {}),
    "designed heads": ({"scanned": False}, {}),
    "landmarks alone": ({}, {"frames": False}),
    "frames alone": ({}, {"landmarks": False}),
    "landmarks not aligned": ({}, {"aligned": False}),
    "rest never known": ({}, {"rest": 0}),
    "features not varied": ({}, {"features": False}),
    "pictures not varied": ({}, {"pictures": False}),
    "twice the maps": ({}, {"widths": (32, 64, 128), "size": 128}),
    OTHER_LANDMARKS: ({}, {}),
}


class Tap:
    """Stands where a bundle's networks stand, and keeps what they would be given."""

    rest_frames = 0

    def __init__(self):
        self.taken = []

    def average(self, clips: np.ndarray, landmarks: np.ndarray, rest: Rest | None) -> np.ndarray:
        """Keep clips (N, T, 48, 48) and landmarks (N, T, 68, 2), four frames of each; say nothing."""
        self.taken.append((clips[:, ::4], landmarks[:, ::4].astype(np.float32)))
        return np.full((len(clips), len(PEOPLE_CLASSES)), 1 / len(PEOPLE_CLASSES))


def name_landmarks(row: str) -> str:
    """Return the landmark model of a row."""
    return OWN if row == OTHER_LANDMARKS else DLIB


def cut_list(scratch: Path, path: Path, landmarks_by: str) -> dict[str, np.ndarray]:
    """Return the windows of a list's films: clips, landmarks, film (N,), and of each film its label."""
    kept = scratch / f"{path.stem}-{landmarks_by}.npz"
    if not kept.exists():
        recognizer, clips, landmarks, film, labels = Recognizer.load(), [], [], [], []
        recognizer.landmark_model = load_landmark_model(landmarks_by)
        table = read_labels(path, {"calm": NEUTRAL})
        for row in table[table["label"].isin(PEOPLE_CLASSES)].itertuples():
            recognizer.networks = Tap()
            recognizer.recognise(row.file)
            for taken, places in recognizer.networks.taken:
                clips.append(taken)
                landmarks.append(places)
                film += [len(labels)] * len(taken)
            labels.append(row.label)
        with atomic_path(kept) as temporary:
            np.savez(
                temporary,
                clips=np.concatenate(clips),
                landmarks=np.concatenate(landmarks),
                film=film,
                labels=labels,
            )
    with np.load(kept) as stored:
        return dict(stored)


def draw(scratch: Path, levers: dict, landmarks_by: str, batch: int) -> Path:
    """Draw a batch of people with all levers but those that are told, once."""
    name = "-".join(sorted(levers)) or "all"
    path = scratch / "clips" / f"{name}-{landmarks_by}" / f"{batch}.safetensors"
    if not path.exists():
        people = range(batch * BATCH, (batch + 1) * BATCH)
        draw_batch(people, CLIPS_EACH, SEED, levers, landmarks_by, "ablation", path)
    return path


def learn(scratch: Path, task: tuple[str, int]) -> Path:
    """Train a row's network, once; return its weights."""
    (row, seed), trained = task, (PEOPLE - HELD) // BATCH
    torch.set_num_threads(1)
    levers, recipe = ROWS[row]
    path = scratch / "members" / row / f"{seed}.safetensors"
    if not path.exists():
        clips = [draw(scratch, levers, name_landmarks(row), batch) for batch in range(trained)]
        train_member(clips, {"steps": STEPS} | recipe, seed, "ablation", path)
    return path


@torch.no_grad()
def answer_films(path: Path, cuts: dict[str, np.ndarray]) -> np.ndarray:
    """Return the mean probabilities (films, J) of each film's windows and of their mirror images."""
    from videofer.models.frames_landmarks import mirror

    network, said = load_member(path), []
    for first in range(0, len(cuts["film"]), 64):
        part = slice(first, first + 64)
        clips = torch.from_numpy(cuts["clips"][part]).float() / 255
        places = torch.from_numpy(cuts["landmarks"][part])
        unknown = torch.zeros(len(clips))
        both = ((clips, places), (clips.flip(-1), mirror(places)))
        said.append(torch.stack([network(x, p, x[:, :2], p[:, :2], unknown) for x, p in both]).softmax(-1).mean(0))
    said = torch.cat(said).double().numpy()
    return np.stack([said[cuts["film"] == film].mean(axis=0) for film in np.unique(cuts["film"])])


def score(said: np.ndarray, cuts: dict[str, np.ndarray]) -> dict[str, float]:
    """Return right answers, mean recall and log-likelihood among the six, and how many neutral ones are right."""
    labels = cuts["labels"][np.unique(cuts["film"])]
    felt = np.isin(labels, CLASSES)
    result = {}
    if felt.any():
        six, truth = said[felt][:, : len(CLASSES)], np.array([CLASSES.index(label) for label in labels[felt]])
        six = six / six.sum(axis=1, keepdims=True)
        right = six.argmax(axis=1) == truth
        # A class with fewer films than ten has no recall worth the name in a long list.
        counted = [c for c in range(len(CLASSES)) if (truth == c).sum() > len(truth) / 50]
        result |= {"right": int(right.sum()), "films": int(felt.sum())}
        result["mean_recall"] = float(np.mean([right[truth == c].mean() for c in counted]))
        result["log_likelihood"] = float(np.log(six[np.arange(len(truth)), truth].clip(1e-6)).mean())
    if (~felt).any():
        calm = said[~felt].argmax(axis=1) == PEOPLE_CLASSES.index(NEUTRAL)
        result |= {"neutral_right": int(calm.sum()), "neutral": int((~felt).sum())}
    return result


def measure(scratch: Path, row: str, paths: list[Path]) -> list[dict]:
    """Return the lines of a row of ROWS: a line for each seed and list, and for the seeds together."""
    by = name_landmarks(row)
    members = [learn(scratch, (row, seed)) for seed in SEEDS]
    held = read_batches(
        [draw(scratch, {}, by, batch) for batch in range((PEOPLE - HELD) // BATCH, PEOPLE // BATCH)]
    )
    names = [*map(str, SEEDS), "all"]
    lines = []
    each = [answer(load_member(path), held, known=False) for path in members]
    for name, said in zip(names, [*each, np.mean(each, axis=0)], strict=True):
        judged = judge(said, held.labels, held.people)
        lines.append({
            "row": row, "seed": name, "list": "rendered", "right": judged["right"], "films": judged["clips"],
            "mean_recall": judged["accuracy"], "log_likelihood": judged["log_likelihood"],
        })  # fmt: skip
    for path in paths:
        cuts = cut_list(scratch, path, by)
        each = [answer_films(path, cuts) for path in members]
        lines += [
            {"row": row, "seed": name, "list": path.stem, **score(said, cuts)}
            for name, said in zip(names, [*each, np.mean(each, axis=0)], strict=True)
        ]
    return lines


def main(scratch: Path, paths: list[Path]) -> None:
    """Draw, train and measure all rows; write and print their table."""
    lines: list[dict] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        drawings = dict.fromkeys((tuple(sorted(levers)), name_landmarks(row)) for row, (levers, _) in ROWS.items())
        for levers, by in drawings:
            batches = range(PEOPLE // BATCH if not levers else (PEOPLE - HELD) // BATCH)
            list(pool.map(partial(draw, scratch, dict.fromkeys(levers, False), by), batches))
            rows = [
                row
                for row, (drawn, _) in ROWS.items()
                if (tuple(sorted(drawn)), name_landmarks(row)) == (levers, by)
            ]
            list(pool.map(partial(learn, scratch), [(row, seed) for row in rows for seed in SEEDS]))
            list(pool.map(partial(cut_list, scratch, landmarks_by=by), paths))
            for row in rows:
                lines += measure(scratch, row, paths)
                table = pd.DataFrame(lines)
                with atomic_path(OUT) as temporary:
                    table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.4f")
                print(table[(table["row"] == row) & (table["seed"] == "all")].to_string(index=False), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
