"""One run of the study: train a model variant on one fold and write what it learned and predicted."""

import logging
import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from videofer.allocator import keep_freed_memory
from videofer.artifacts import read_arrays, read_table, write_arrays, write_json, write_table
from videofer.checkpoint import checkpoint_path, remove_checkpoint
from videofer.errors import UserError
from videofer.gpu import lease_device
from videofer.hardware import describe_hardware
from videofer.models.interface import HEADS, Fitted, Model, Schedule, Split, Task
from videofer.models.registry import load_model
from videofer.precision import choose_precision
from videofer.samples import samples_by_role
from videofer.stopwatch import Stopwatch

# The losses of history.csv, blank where a model lacks one; the other losses of a model follow them.
LOSSES = ("margin", "reconstruction", "sequence")
# Of each head: the column of its answer in predictions.csv, and the prefix of its class scores.
COLUMNS = {"sequence": ("predicted", "p_"), "capsule": ("capsule_predicted", "capsule_")}


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
    options: dict,
    schedule: dict,
    device: str,
    threads: int,
    code: str,
) -> None:
    """Train one fold and write weights, history.csv, predictions.csv and run.json to the paths in `out`.

    options: the model's own settings; schedule: keys of `interface.Schedule`, of which precision may be "auto";
    resume: folder of the state that a killed run goes on from. Test clips are read once, after the model is fitted.
    Equal runs write equal files but for the seconds in run.json. Raises UserError for a model or variant not known.
    """
    keep_freed_memory()
    torch.set_num_threads(threads)
    # use_deterministic_algorithms sets the same, and loads torch.compile's machinery.
    torch.set_deterministic_debug_mode("error")
    # Filling memory before its first use costs 4 % of a step and matters to code that reads what it never wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False
    inputs = [clips_path, augmented_path, folds_path]
    run = {"model": model, "variant": variant, "seed": seed, "fold": fold}
    learned = load_model(model)
    if variant not in learned.variants:
        raise UserError(
            f"variant '{variant}' of {model} is not known: choose one of {', '.join(learned.variants)}."
        )
    clips = read_arrays(clips_path, "clips")
    folds = read_table(folds_path, "folds")
    names, subjects, classes = (clips.parameters[key] for key in ("clips", "subjects", "classes"))
    samples = samples_by_role(folds, names, subjects, fold)

    with lease_device(device) as leased:
        logging.info("training on %s with %d threads", leased, threads)
        asked = Schedule(**schedule).precision
        schedule = schedule | {"precision": choose_precision(asked, leased)}
        parameters = run | {"options": options, "schedule": schedule, "device": device, "code": code}
        state = checkpoint_path(resume, parameters, inputs)
        splits = load_splits(augmented_path, clips["label"], samples, leased)
        torch.manual_seed(int(np.random.default_rng([seed, fold]).integers(2**31)))
        task = Task(
            variant, options, len(classes), splits["train"], splits["validation"], Schedule(**schedule),
            (seed, fold), leased, state,
        )  # fmt: skip
        fitted, scores, seconds = fit_and_answer(learned, task, splits)
    predictions = pd.concat(
        [tabulate_predictions(role, samples[role], clips, given) for role, given in scores.items()],
        ignore_index=True,
    )

    described = parameters | {"classes": classes, "epoch": fitted.epoch}
    write_arrays(out["weights"], "weights", fitted.weights, described, inputs)
    write_table(out["history"], "history", with_run(tabulate_history(fitted), run), parameters, inputs)
    predictions.insert(1, "epoch", fitted.epoch)
    write_table(out["predictions"], "predictions", with_run(predictions, run), parameters, inputs)
    record = {
        "chosen_epoch": fitted.epoch,
        "classes": classes,
        "device": leased,
        "model_parameters": fitted.parameters,
        "notes": device_notes(device, leased) + precision_notes(asked, schedule["precision"]) + [*fitted.notes],
        "clips": {role: len(set(pairs[:, 0].tolist())) for role, pairs in samples.items()},
        "hardware": describe_hardware(leased),
        "torch": torch.__version__,
    }
    write_json(out["run"], "run", run | record | seconds, parameters, inputs)
    remove_checkpoint(state)


def fit_and_answer(
    learned: Model, task: Task, splits: Mapping[str, Split]
) -> tuple[Fitted, dict[str, dict[str, np.ndarray]], dict]:
    """Learn a fold, then answer its validation and test clips.

    Return what was learned, the class scores by role and head, and the seconds: training_seconds (of a resumed run,
    all together), inference_seconds_per_clip (None without test clips), and in words what seconds_are.
    """
    watch = Stopwatch(task.device)
    fitted = learned.fit(task)
    training = fitted.earlier_seconds + watch.lap()
    scores, spent = {}, {}
    for role in ("validation", "test"):  # the first warms up, the second is timed
        if len(splits[role]):  # a tested subject may have no usable clip
            scores[role] = fitted.predict(splits[role])
            spent[role] = watch.lap() / len(splits[role])
    seconds = {"training_seconds": training, "inference_seconds_per_clip": spent.get("test")}
    return fitted, scores, seconds | {"seconds_are": watch.describe()}


def load_splits(
    augmented_path: str, labels: np.ndarray, samples: dict[str, np.ndarray], device: str
) -> dict[str, Split]:
    """Return role -> its clips on the device; labels (N,), samples as of `samples_by_role`."""
    versions = read_arrays(augmented_path, "augmented")
    arrays = (versions["clip"], versions["landmarks"], labels)
    with warnings.catch_warnings():
        # On the processor the clips stay a map of their file, of which only batches are copied.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        data = [torch.from_numpy(array).to(device) for array in arrays]
    return {role: Split(*data, torch.from_numpy(pairs).to(device)) for role, pairs in samples.items()}


def tabulate_history(fitted: Fitted) -> pd.DataFrame:
    """Return one row an epoch and split: the losses, both heads' accuracies, and whether the epoch was chosen.

    What a model lacks is blank.
    """
    table = pd.DataFrame(fitted.history)
    scores = ("total", "accuracy", "capsule_accuracy")
    own = [name for name in table if name not in ("epoch", "split", *LOSSES, *scores)]
    table = table.reindex(columns=["epoch", "split", *LOSSES, *own, *scores])
    return table.assign(chosen=(table["epoch"] == fitted.epoch).astype(int))


def tabulate_predictions(split: str, samples: np.ndarray, clips, scores: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a sample: the truth, and each head's answer with all class scores.

    samples (M, 2) of (clip, version); scores: (M, J) by head; the columns of a head that is not there are blank.
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
        }
    )
    for head in HEADS:
        answer, prefix = COLUMNS[head]
        score = scores.get(head)
        table[answer] = None if score is None else classes[score.argmax(1)]
        table[[prefix + name for name in classes]] = np.nan if score is None else score
    return table


def with_run(table: pd.DataFrame, run: dict) -> pd.DataFrame:
    """Put the columns that name the run (model, variant, seed, fold) first."""
    return pd.concat([pd.DataFrame(run, index=table.index), table], axis=1)


def device_notes(asked: str, leased: str) -> list[str]:
    """Return the fallbacks of this run that a reader of the report must know."""
    if asked == "auto" and leased == "cpu":
        return ["No GPU was found: trained on the processor."]
    return []


def precision_notes(asked: str, chosen: str) -> list[str]:
    """Return what a reader of the report must know of the precision, where a trial chose it."""
    return [f"A trial on this machine chose to compute in {chosen}."] if asked == "auto" else []
