"""Training of one fold: reproducible, resumable, and blind to the test subjects."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from videofer.clips.augment import augment_clips
from videofer.core.artifacts import read_arrays, read_table, write_arrays, write_table
from videofer.folds.split import assign_parts
from videofer.training.checkpoint import load_checkpoint
from videofer.training.train_fold import train_folds

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise"]
OPTIONS = {"size": "D", "readings": {"model": {}, "loss": {}}}


def write_study(folder, changed_role=None):
    """Write a small study: 5 subjects x 6 classes, 4 noisy frames with a bright bar at the class's height.

    `changed_role` blackens the clips of the subjects with that role in fold 0.
    """
    rng = np.random.default_rng(0)
    subjects = [f"S{p}" for p in range(5) for _ in CLASSES]
    labels = np.tile(np.arange(6), 5)
    folds = assign_parts(subjects, labels, 5, 0)
    clips = rng.integers(0, 80, (30, 4, 64, 64), dtype=np.uint8)
    for clip, label in zip(clips, labels, strict=True):
        clip[:, 8 + 8 * label : 16 + 8 * label] += 150
    blackened = set(folds.subject[(folds.fold == 0) & (folds.role == changed_role)])
    clips[[s in blackened for s in subjects]] = 0
    names = [f"{s}-{CLASSES[c]}" for s, c in zip(subjects, labels, strict=True)]
    parameters = {"clips": names, "subjects": subjects, "classes": CLASSES}
    # Landmarks that tell the classes apart as the bars do: all on the bar's height.
    landmarks = np.random.default_rng(1).normal(32, 10, (30, 4, 68, 2)).astype(np.float32)
    landmarks[..., 1] = 12 + 8 * labels[:, None, None]
    arrays = {"clip": clips, "landmarks": landmarks, "label": labels}
    write_arrays(folder / "clips.safetensors", "clips", arrays, parameters)
    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")
    write_table(folder / "folds.tsv", "folds", folds, {})


def run(
    folder,
    out="run",
    epochs=3,
    variant="margin-reconstruction-ce",
    model="capsule-lstm",
    options=OPTIONS,
    schedule=None,
    folds=(0,),
    side_by_side=1,
):
    """Train folds; returns the folder of the first, which is `out`; those of others are out-1, out-2."""
    places = {fold: folder / (f"{out}-{fold}" if fold else out) for fold in folds}
    train_folds(
        str(folder / "clips.safetensors"), str(folder / "augmented.safetensors"), str(folder / "folds.tsv"),
        out={
            fold: {name: str(place / name) for name in ("weights", "run")}
            | {name: str(place / f"{name}.csv") for name in ("history", "predictions")}
            for fold, place in places.items()
        },
        resume=str(folder / "resume"), model=model, variant=variant, seed=0, options=options,
        schedule={"epochs": epochs, "batch_size": 8, "learning_rate": 1e-3} | (schedule or {}),
        device="cpu", threads=1, code="c", side_by_side=side_by_side,
    )  # fmt: skip
    return places[folds[0]]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    run(folder)
    return folder


def files(folder):
    """The files of a run by name, without the seconds in run.json."""
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    record = json.loads(contents["run"])
    for measured in ("training_seconds", "inference_seconds_per_clip"):
        assert record.pop(measured) > 0
    return contents | {"run": record}


def test_a_precision_left_to_a_trial_is_recorded_as_it_was_chosen(study):
    with patch("videofer.training.precision.measure_share", return_value=0.5):
        folder = run(study, "auto", epochs=1, schedule={"precision": "auto"})
    assert read_arrays(folder / "weights", "weights").parameters["schedule"]["precision"] == "bfloat16"
    assert (
        "A trial on this machine chose to compute in bfloat16." in json.loads((folder / "run").read_text())["notes"]
    )


def test_every_clip_of_validation_and_test_subjects_is_predicted_once(study):
    predictions = read_table(study / "run/predictions.csv", "predictions")
    folds = read_table(study / "folds.tsv", "folds")
    for split in ("validation", "test"):
        rows = predictions[predictions.split == split]
        subject = folds.subject[(folds.fold == 0) & (folds.role == split)].item()
        assert sorted(rows["clip"]) == [f"{subject}-{name}" for name in CLASSES]
    probability = predictions[[f"p_{name}" for name in CLASSES]]
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert (probability.to_numpy().argmax(1) == [CLASSES.index(p) for p in predictions.predicted]).all()


def test_the_epoch_is_the_best_on_validation(study):
    history = read_table(study / "run/history.csv", "history")
    validation = history[history.split == "validation"].sort_values(["accuracy", "total"], ascending=[False, True])
    chosen = history.epoch[history.chosen == 1].unique()
    assert chosen.tolist() == [validation.epoch.iloc[0]]
    assert history.groupby("split").size().to_dict() == {"train": 3, "validation": 3}
    np.testing.assert_allclose(history.total, history.margin + history.reconstruction + history.sequence, rtol=1e-5)


def test_a_second_run_gives_the_same_bytes(study):
    assert files(run(study, "again")) == files(study / "run")


def test_a_killed_run_goes_on_to_the_same_bytes(study):
    program = (
        "import sys; from pathlib import Path; import videofer.training.loop as t; t.CHECKPOINT_SECONDS = 0\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_runs import run\n"
        f"run(Path({str(study)!r}), 'killed')"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    while not list((study / "resume").glob("[!.]*.safetensors")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (study / "killed").exists()
    assert files(run(study, "killed")) == files(study / "run")
    assert not list((study / "resume").iterdir())


def test_a_damaged_resume_state_is_set_aside(study):
    (study / "resume").mkdir(exist_ok=True)
    paths = []

    def damaged(path, *arguments):
        paths.append(path)
        path.write_bytes(b"rubbish")
        return load_checkpoint(path, *arguments)

    with patch("videofer.training.loop.load_checkpoint", damaged):
        assert files(run(study, "damaged")) == files(study / "run")
    assert not paths[0].exists()


@pytest.mark.parametrize("role", ["test", "validation"])
def test_weights_do_not_depend_on_subjects_held_out(study, tmp_path, role):
    write_study(tmp_path, changed_role=role)
    other = read_table(run(tmp_path) / "history.csv", "history")
    ours = read_table(study / "run/history.csv", "history")
    trained = ours.split == "train"
    columns = ["margin", "reconstruction", "sequence", "total"]
    assert other[trained][columns].equals(ours[trained][columns])
    if role == "test":
        assert other.equals(ours)
        weights = [read_arrays(folder / "run/weights", "weights") for folder in (study, tmp_path)]
        assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


@pytest.mark.slow
def test_it_learns_bars_of_people_not_seen(study):
    predictions = read_table(run(study, "learned", epochs=8) / "predictions.csv", "predictions")
    test = predictions[predictions.split == "test"]
    assert (test.capsule_predicted == test.true).mean() >= 5 / 6
