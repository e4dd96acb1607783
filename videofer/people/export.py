"""The bundle of a people study: its networks together, calibrated, with their card."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from scipy.optimize import minimize_scalar

from videofer.core.artifacts import read_arrays, write_table
from videofer.people.clips import FPS, MARGIN, PEOPLE_CLASSES, RESTING, TAKEN, WINDOW, read_batches
from videofer.people.ensemble import Ensemble, write_onnx
from videofer.people.members import answer, load_member
from videofer.predict.bundle import NETWORKS, Preparation, write_bundle

PREPARATION = {
    "detector": "hog", "upsample": 0, "max_gap": 5, "track": "landmarks", "length": WINDOW, "size": 48,
    "margin": MARGIN, "min_frames": 4, "rate": float(FPS),
}  # fmt: skip


def export_members(
    weights: Sequence[Path], held: Sequence[Path], confidence: float, code: str, measured: Path, out: Path
) -> None:
    """Write what the networks answer to people held out, and their bundle, a folder.

    confidence: the probability below which the bundle calls an answer uncertain.
    """
    clips, networks = read_batches(held), [load_member(path) for path in weights]
    rows, answers = [], {}
    for known in (False, True):
        each = [answer(network, clips, known) for network in networks]
        answers[known] = np.mean(each, axis=0)
        names = [*(Path(path).stem for path in weights), "all"]
        for name, probabilities in zip(names, [*each, answers[known]], strict=True):
            rows.append({"member": name, "rest_known": known, **judge(probabilities, clips.labels, clips.people)})
    write_table(measured, "people-metric", pd.DataFrame(rows), {"code": code}, inputs=[*weights, *held])
    temperature = calibrate(answers[False], clips.labels)
    made = read_arrays(weights[0], "people-weights").parameters
    drawn = read_arrays(held[0], "acted").parameters
    record = {
        "model": "people",
        "variant": f"{len(networks)} networks",
        "options": made["recipe"],
        "classes": list(PEOPLE_CLASSES),
        "seeds": [read_arrays(path, "people-weights").parameters["seed"] for path in weights],
        "folds": [],
        "data": {"name": "acting rendered faces", "kind": "rendered"},
        "measured": [row for row in rows if row["member"] == "all"],
        "temperature": round(temperature, 4),
        "confidence": confidence,
        "stills": True,
        "preparation": asdict(Preparation(**PREPARATION, landmark_model=drawn["landmark_model"])),
        "landmark_model_sha256": drawn["landmark_model_sha256"],
    }
    with tempfile.TemporaryDirectory(prefix="videofer-") as folder:
        network = Path(folder, NETWORKS)
        write_onnx(Ensemble(networks, temperature), TAKEN, RESTING, PEOPLE_CLASSES, network)
        shutil.rmtree(out, ignore_errors=True)  # of a run before
        write_bundle(Path(out), record, {NETWORKS: network}, write_card(record))


def judge(probabilities: np.ndarray, labels: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """Return accuracy, log-likelihood and the recall of each class for probabilities (N, J) and labels (N,)."""
    right = probabilities.argmax(axis=1) == labels
    likely = probabilities[np.arange(len(labels)), labels]
    row = {"people": len(np.unique(people)), "clips": len(labels), "right": int(right.sum())}
    row |= {"accuracy": float(right.mean()), "log_likelihood": float(np.log(likely).mean())}
    return row | {name: float(right[labels == number].mean()) for number, name in enumerate(PEOPLE_CLASSES)}


def calibrate(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature at which probabilities (N, J) of labels (N,) are likeliest (Guo et al. 2017)."""
    logs, truth = torch.from_numpy(np.log(probabilities)), torch.from_numpy(labels)

    def loss(temperature: float) -> float:
        return float(torch.nn.functional.cross_entropy(logs / temperature, truth))

    return float(minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded").x)


def write_card(record: dict) -> str:
    """Return the bundle's README as Markdown."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")), undefined=StrictUndefined, trim_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("card.md.j2").render(record=record)
