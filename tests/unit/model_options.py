"""Options of the models as the configuration states them, and twelve clips that every model can learn by heart."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
import yaml
from frame_task import CLASSES, frame_task

from videofer.models.capsule_lstm import Readings
from videofer.models.capsule_lstm_losses import LossReadings
from videofer.models.interface import Split, Task
from videofer.pipeline.config import model_settings

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
STUDY = yaml.safe_load((ROOT / "experiments/mmi-sized.yaml").read_text())["models"]


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
    labels = np.arange(clips) % CLASSES
    versions = rng.integers(0, 80, (clips, 8, frames, 48, 48), dtype=np.uint8)
    faces = rng.normal(24, 8, (CLASSES, 1, 1, 68, 2))
    landmarks = faces[labels] + rng.normal(0, 0.3, (clips, 8, frames, 68, 2))
    for clip, label in zip(versions, labels, strict=True):
        clip[:, :, 8 * label : 8 * label + 8] += 150
    samples = np.stack([np.arange(clips), np.zeros(clips, np.int64)], axis=1)
    return Split(*map(torch.from_numpy, (versions, landmarks.astype(np.float32), labels, samples)))


def easy_task(
    folder: Path, model: str, variant: str, epochs: int = 1, learning_rate: float = 2e-3, **options
) -> Task:
    """Return the task of learning `easy_split` by heart; options: changes. Seeds torch as a run does."""
    split = easy_split()
    task = frame_task(folder, variant, read_options(model, **options), epochs, batch_size=4)
    return replace(task, training=split, validation=split)
