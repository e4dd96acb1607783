"""Options of the models as the configuration states them, and twelve clips that every model can learn by heart."""

import copy
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
import yaml

from videofer.core.study import CLASSES
from videofer.models.capsule_lstm import LossReadings, Readings
from videofer.models.interface import Schedule, Split, Task
from videofer.pipeline.config import model_settings

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
STUDY = yaml.safe_load((ROOT / "experiments/mmi-sized.yaml").read_text())["models"]
PLAIN = {
    "epochs": 1, "patience": 9, "batch_size": 8, "optimiser": "adam", "learning_rate": 1e-3, "momentum": 0.0,
    "weight_decay": 0.0, "precision": "float32",
}  # fmt: skip


def make_schedule(**changes) -> Schedule:
    """Return a plain schedule with these changes."""
    return Schedule(**PLAIN | changes)


def read_options(model: str, readings: Mapping = MappingProxyType({}), **changes) -> dict:
    """Return a model's options of config.yaml, else of mmi-sized.yaml, with changes.

    readings: changes of the Capsule-LSTM's.
    """
    config = copy.deepcopy(CONFIG)
    config["readings"]["model"] |= readings
    config["models"][model] = config["models"][model] or STUDY[model]
    return model_settings(config, model)["options"] | changes


def model_readings(**changes) -> Readings:
    """Return the readings of the Capsule-LSTM's network with changes."""
    return Readings(**CONFIG["readings"]["model"] | changes)


def loss_readings(**changes) -> LossReadings:
    """Return the readings of the Capsule-LSTM's losses with changes."""
    return LossReadings(**CONFIG["readings"]["loss"] | changes)


def easy_split(clips: int = 12, frames: int = 8) -> Split:
    """Return clips with a bright bar at a height of the class's own and a face of its own, all else noise.

    Only version 0 is a sample.
    """
    rng = np.random.default_rng(0)
    labels = np.arange(clips) % len(CLASSES)
    versions = rng.integers(0, 80, (clips, 8, frames, 48, 48), dtype=np.uint8)
    faces = rng.normal(24, 8, (len(CLASSES), 1, 1, 68, 2))
    landmarks = faces[labels] + rng.normal(0, 0.3, (clips, 8, frames, 68, 2))
    for clip, label in zip(versions, labels, strict=True):
        clip[:, :, 8 * label : 8 * label + 8] += 150
    samples = np.stack([np.arange(clips), np.zeros(clips, np.int64)], axis=1)
    return Split(*map(torch.from_numpy, (versions, landmarks.astype(np.float32), labels, samples)))


def easy_task(variant: str, options: dict, frames: int = 8, **schedule) -> Task:
    """Return the task of learning `easy_split` by heart; seeds torch as a run does."""
    torch.manual_seed(0)
    split, settings = (
        easy_split(frames=frames),
        make_schedule(**{"batch_size": 4, "learning_rate": 2e-3} | schedule),
    )
    return Task(variant, options, len(CLASSES), split, split, settings, (0, 0), "cpu")
