"""One run of the study: train a model variant on one fold and write what it learned and predicted."""

import logging
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch

from videofer.artifacts import read_arrays, read_table, write_arrays, write_json, write_table
from videofer.checkpoint import checkpoint_path, remove_checkpoint
from videofer.gpu import lease_device
from videofer.hardware import describe_hardware
from videofer.losses import VARIANTS, LossReadings
from videofer.models import build_model, count_parameters
from videofer.samples import samples_by_role
from videofer.training import SCORES, Schedule, Split, fit, predict


def train_fold(
    clips_path: str,
    augmented_path: str,
    folds_path: str,
    out: dict[str, str],
    resume: str,
    model: str,
    variant: str,
    seed: int,
    fold: int,
    size: str,
    schedule: dict,
    device: str,
    readings: dict,
    threads: int,
    code: str,
) -> None:
    """Train one fold and write weights, history.csv, predictions.csv and run.json to the paths in `out`.

    readings: {"model": ..., "loss": ...}; schedule: keys of `training.Schedule`; resume: folder of the state that
    a killed run goes on from. Test clips are read once, after the epoch has been chosen on validation clips.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    # Filling memory before its first use costs 4 % of a step and matters to code that reads what it never wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False
    inputs = [clips_path, augmented_path, folds_path]
    run = {"model": model, "variant": variant, "seed": seed, "fold": fold}
    parameters = run | {"size": size, "schedule": schedule, "readings": readings, "device": device, "code": code}
    clips = read_arrays(clips_path, "clips")
    versions = read_arrays(augmented_path, "augmented")["clip"]
    folds = read_table(folds_path, "folds")
    names, subjects, classes = (clips.parameters[key] for key in ("clips", "subjects", "classes"))
    samples = samples_by_role(folds, names, subjects, fold)
    state = checkpoint_path(resume, parameters, inputs)

    with lease_device(device) as leased:
        logging.info("training on %s with %d threads", leased, threads)
        data = (torch.from_numpy(versions).to(leased), torch.from_numpy(clips["label"]).to(leased))
        splits = {role: Split(*data, torch.from_numpy(pairs).to(leased)) for role, pairs in samples.items()}
        torch.manual_seed(int(np.random.default_rng([seed, fold]).integers(2**31)))
        network = build_model(model, len(classes), size, readings["model"]).to(leased)
        settings = Schedule(**schedule)
        progress = fit(
            network, splits["train"], splits["validation"], VARIANTS[variant], LossReadings(**readings["loss"]),
            settings, (seed, fold), state,
        )  # fmt: skip
        predictions = pd.concat(
            [
                tabulate_predictions(role, samples[role], clips, *predict(network, splits[role], settings))
                for role in ("validation", "test")
                if len(samples[role])  # a tested subject may have no usable clip
            ],
            ignore_index=True,
        )

    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    described = parameters | {"classes": classes, "epoch": progress.best_epoch}
    write_arrays(out["weights"], "weights", weights, described, inputs)
    history = pd.DataFrame(progress.history, columns=["epoch", "split", *SCORES])
    history["chosen"] = (history.epoch == progress.best_epoch).astype(int)
    write_table(out["history"], "history", with_run(history, run), parameters, inputs)
    predictions.insert(1, "epoch", progress.best_epoch)
    write_table(out["predictions"], "predictions", with_run(predictions, run), parameters, inputs)
    record = {
        "chosen_epoch": progress.best_epoch,
        "classes": classes,
        "device": leased,
        "model_parameters": count_parameters(network),
        "notes": device_notes(device, leased),
        "clips": {role: len(set(pairs[:, 0].tolist())) for role, pairs in samples.items()},
        "hardware": describe_hardware(leased),
        "torch": torch.__version__,
        "variant": asdict(VARIANTS[variant]),
    }
    write_json(out["run"], "run", run | record, parameters, inputs)
    remove_checkpoint(state)


def tabulate_predictions(
    split: str, samples: np.ndarray, clips, probability: np.ndarray, vote: np.ndarray
) -> pd.DataFrame:
    """Return one row a sample: truth, and prediction with all class scores of the LSTM and of the capsule vote.

    samples (M, 2) of (clip, version); probability and vote (M, J).
    """
    positions = samples[:, 0]
    parameters = clips.parameters
    classes = np.array(parameters["classes"])
    table = pd.DataFrame(
        {
            "split": split,
            "clip": [parameters["clips"][p] for p in positions],
            "version": samples[:, 1],
            "subject": [parameters["subjects"][p] for p in positions],
            "true": classes[clips["label"][positions]],
            "predicted": classes[probability.argmax(1)],
        }
    )
    table[[f"p_{name}" for name in classes]] = probability
    table["capsule_predicted"] = classes[vote.argmax(1)]
    table[[f"capsule_{name}" for name in classes]] = vote
    return table


def with_run(table: pd.DataFrame, run: dict) -> pd.DataFrame:
    """Put the columns that name the run (model, variant, seed, fold) first."""
    return pd.concat([pd.DataFrame(run, index=table.index), table], axis=1)


def device_notes(asked: str, leased: str) -> list[str]:
    """Return the fallbacks of this run that a reader of the report must know."""
    if asked == "auto" and leased == "cpu":
        return ["No GPU was found: trained on the processor."]
    return []
