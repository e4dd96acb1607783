"""The resume state of a training run, kept outside the rule's outputs, which Snakemake deletes before a rerun."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from videofer.core.artifacts import Arrays, read_arrays, sha256_artifact, write_arrays
from videofer.core.errors import UserError

TENSORS = ("best_weights", "random")  # of the progress; the rest is kept as JSON


def checkpoint_path(folder: str | Path, parameters: dict, inputs: Sequence[str | Path]) -> Path:
    """Name the state by what decides the result: parameters (code hash included) and the inputs' content."""
    key = json.dumps([parameters, [sha256_artifact(path) for path in inputs]], sort_keys=True)
    return Path(folder) / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.safetensors"


def save_checkpoint(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, progress) -> None:
    """Write weights and buffers, the optimiser's moments and the progress so far, in one step."""
    arrays = _prefixed("model", model.state_dict()) | _prefixed("best", progress.best_weights)
    arrays |= _prefixed("random", progress.random)
    for number, state in optimiser.state_dict()["state"].items():
        arrays |= _prefixed(f"optimiser.{number}", state)
    record = {name: value for name, value in vars(progress).items() if name not in TENSORS}
    write_arrays(path, "resume", arrays, record)


def load_checkpoint(path: Path, progress_type: type):
    """Return the progress kept in `path` and the arrays to `restore`; a fresh start and None if there is no file.

    A damaged file is reported in the log and the run starts afresh: the result is the same, only later.
    """
    if not path.exists():
        return progress_type(), None
    try:
        state = read_arrays(path, "resume")
    except UserError as error:
        logging.warning("starting afresh: %s", error)
        return progress_type(), None
    record = state.parameters | {"best_score": tuple(state.parameters["best_score"])}
    logging.info("resuming after epoch %d and %d steps", record["epoch"], record["steps"])
    tensors = {"best_weights": _unprefixed("best", state), "random": _unprefixed("random", state)}
    return progress_type(**record, **tensors), state


def restore(state: Arrays, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Give model and optimiser, both as the stage began with them, what `save_checkpoint` kept of them."""
    model.load_state_dict(_unprefixed("model", state))
    moments = optimiser.state_dict()
    numbers = range(len(moments["param_groups"][0]["params"]))
    moments["state"] = {n: _unprefixed(f"optimiser.{n}", state) for n in numbers}
    moments["state"] = {n: values for n, values in moments["state"].items() if values}
    optimiser.load_state_dict(moments)


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """Return the state of the random numbers of the processor and of the device that trains."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: dict[str, torch.Tensor], device: torch.device) -> None:
    """Draw on from what `random_state` returned."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    if "mps" in state:
        torch.mps.set_rng_state(state["mps"])


def remove_checkpoint(path: Path) -> None:
    """Remove the state of a finished run, and what writers killed half-way left of it."""
    path.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{path.stem}-*"):
        leftover.unlink(missing_ok=True)


def _prefixed(prefix: str, tensors: dict) -> dict[str, np.ndarray]:
    return {f"{prefix}.{name}": value.detach().cpu().numpy() for name, value in tensors.items()}


def _unprefixed(prefix: str, arrays) -> dict[str, torch.Tensor]:
    start = f"{prefix}."
    return {
        name.removeprefix(start): torch.from_numpy(a.copy()) for name, a in arrays.items() if name.startswith(start)
    }
