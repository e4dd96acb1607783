"""The one training loop of all networks: fit on the training subjects, choose the epoch on validation."""

import inspect
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isfinite

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.models.interface import Answer, Batch, Fitted, Learner, Model, Schedule, Split, Task, count_parameters
from videofer.training.checkpoint import Checkpoint, StopRequest, random_state, set_random_state
from videofer.training.machine import autocast, read_clock

CHECKPOINT_SECONDS = 20
NO_SCORE = (-1.0, 0.0)  # less than that of any epoch
COUNTS = ("accuracy", "capsule_accuracy", "clips")  # what `measure` counts; losses are means

log = logging.getLogger(__name__)


def without_compiler(optimiser: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Return a subclass that computes the same and does not import torch._dynamo.

    torch wraps the methods below so that torch.compile leaves them out, and the wrapping imports the compiler at
    the first call: `python -m benchmarks.training_job` measures what that costs.
    """
    methods = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    plain = {name: inspect.unwrap(getattr(optimiser, name)) for name in methods}
    plain["step"] = torch.no_grad()(inspect.unwrap(optimiser.step))
    return type(optimiser.__name__, (optimiser,), plain)


Adam = without_compiler(torch.optim.Adam)
SGD = without_compiler(torch.optim.SGD)


def make_optimiser(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the parameters that are not frozen."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    common = {"lr": schedule.learning_rate, "weight_decay": schedule.weight_decay}
    if schedule.optimiser == "sgd":
        return SGD(parameters, momentum=schedule.momentum, **common)
    return Adam(parameters, **common)


@dataclass
class Progress:
    """How far a training is: `epoch` epochs are done, stage number `stage` is under way and ends by epoch `last`.

    converged: whether all stages before were ended by their patience; best_*: of this stage, by (accuracy, -loss)
    on validation; steps: what `measure` returned for each step of the
    next epoch that is taken already; random: the random state after these.
    """

    stage: int = -1
    last: int = 0
    epoch: int = 0
    converged: bool = True
    history: list[dict] = field(default_factory=list)
    best_epoch: int = 0
    best_score: tuple[float, float] = NO_SCORE
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    steps: list[dict[str, Tensor]] = field(default_factory=list)
    random: dict[str, Tensor] = field(default_factory=dict)


def fit(model: Model, task: Task, checkpoint: Checkpoint | None = None) -> Fitted:
    """Fit a model of any kind on one fold, with random numbers that depend on the task's seed alone: (seed, fold).

    The variants of a fold share them on purpose: comparisons in pairs then have less noise.
    """
    seed_random_numbers(np.random.default_rng(task.seed))
    return model.fit(task) if model.learner is None else fit_network(model.learner, task, checkpoint)


def seed_random_numbers(rng: np.random.Generator) -> None:
    """Seed torch's, numpy's global and Python's random numbers by the next number of `rng`."""
    number = int(rng.integers(2**31))
    torch.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def fit_network(build: Callable[[Task], Learner], task: Task, checkpoint: Checkpoint | None = None) -> Fitted:
    """Train what `build` makes and return it with the weights of the epoch chosen on validation.

    A stage ends when validation was no better for `patience` epochs, at the latest after `epochs`. The epoch with
    the highest accuracy of the sequence head on validation is chosen, at a tie the one with the lowest total loss;
    each stage chooses its own, and the last one's counts. An epoch's order and random numbers
    depend on the seed and the epoch alone, so that a training that goes on from its checkpoint ends with the same
    bytes as one never stopped. Raises UserError if a loss or a weight is not finite, and, once the checkpoint is
    written, if SIGTERM or Ctrl-C came.
    """
    started, saved = read_clock(task.device), time.monotonic()
    learner = build(task)
    network = learner.network.to(task.device)
    parameters = count_parameters(network)  # before a stage freezes any
    state = checkpoint.load() if checkpoint else None
    progress = Progress(**state["progress"]) if state else Progress()
    earlier, resumed = progress.seconds, progress.stage
    with StopRequest() as stop:
        for number, (stage, schedule) in enumerate(learner.stages(task.schedule).items()):
            learner.begin(stage)
            if number < resumed:
                continue
            optimiser = make_optimiser(network, schedule)
            if number == resumed:
                network.load_state_dict(state["network"])
                optimiser.load_state_dict(state["optimiser"])
                log.info("going on after epoch %d and %d steps", progress.epoch, len(progress.steps))
            else:
                progress.stage, progress.last = number, progress.epoch + schedule.epochs
                progress.best_score = NO_SCORE
            while progress.epoch < progress.last and not out_of_patience(progress, schedule):
                train_epoch(learner, task, schedule, optimiser, progress, stop)
                if not stop.signal:
                    judge_epoch(learner, task, schedule, progress, stage)
                progress.seconds = earlier + read_clock(task.device) - started
                if checkpoint and (stop.signal or time.monotonic() - saved > CHECKPOINT_SECONDS):
                    states = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
                    checkpoint.save({"progress": vars(progress)} | states)
                    saved = time.monotonic()
                if stop.signal:
                    raise UserError(
                        f"stopped by {stop.signal} in epoch {progress.epoch + bool(progress.steps)}: run again, "
                        "and it goes on from there."
                    )
            progress.converged &= out_of_patience(progress, schedule)
            network.load_state_dict(progress.best_weights)
    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    judge = partial(predict, learner, schedule=task.schedule)
    found = (progress.best_epoch, progress.history, weights, parameters, judge)
    return Fitted(*found, earlier_seconds=earlier, converged=progress.converged)


def out_of_patience(progress: Progress, schedule: Schedule) -> bool:
    """Say whether the stage's last `patience` epochs were no better than one before."""
    return progress.best_score > NO_SCORE and progress.epoch - progress.best_epoch >= schedule.patience


def train_epoch(
    learner: Learner, task: Task, schedule: Schedule, optimiser: Optimizer, progress: Progress, stop: StopRequest
) -> None:
    """Take the steps of the next epoch that `progress.steps` lacks; if a signal came, end after a step."""
    rng = np.random.default_rng([*task.seed, progress.epoch + 1])
    order = torch.from_numpy(rng.permutation(len(task.training))).to(task.device)
    seed_random_numbers(rng)
    if progress.steps:
        set_random_state(progress.random)
    learner.network.train()
    for positions in order.split(schedule.batch_size)[len(progress.steps) :]:
        batch = task.training.batch(positions)
        with autocast(batch.clips.device, schedule.precision):
            answer = learner.answer(batch)
        losses = learner.losses(answer, batch)
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()
        with torch.no_grad():
            learner.after_step(answer, batch)
        progress.steps.append(measure(answer, batch, losses))
        if stop.signal:
            progress.random = random_state(task.device)
            break


def judge_epoch(learner: Learner, task: Task, schedule: Schedule, progress: Progress, stage: str) -> None:
    """Judge the epoch whose steps are taken on validation, and keep its weights if they are the stage's best."""
    epoch, weights = progress.epoch + 1, learner.network.state_dict()
    for step, values in enumerate(progress.steps, 1):
        require_finite(values["total"].isfinite(), task, f"the loss of epoch {epoch}, step {step}")
    where = f"after epoch {epoch}, step {len(progress.steps)}"
    require_finite(all(value.isfinite().all() for value in weights.values()), task, f"a weight {where}")
    trained, validated = average(progress.steps), evaluate(learner, task.validation, schedule)
    require_finite(isfinite(validated["total"]), task, f"the validation loss {where}")
    progress.epoch, progress.steps = epoch, []
    progress.history += [{"epoch": epoch, "split": "train"} | trained]
    progress.history += [{"epoch": epoch, "split": "validation"} | validated]
    score = (validated["accuracy"], -validated["total"])
    if score > progress.best_score:
        progress.best_epoch, progress.best_score = epoch, score
        progress.best_weights = {name: value.clone() for name, value in weights.items()}
    losses = f"loss {trained['total']:.4f}, validation loss {validated['total']:.4f}"
    accuracies = ", ".join(f"{name} {100 * validated[name]:.1f} %" for name in COUNTS if name in validated)
    log.info("%s, epoch %d/%d: %s, %s", stage, epoch, progress.last, losses, accuracies)


def require_finite(finite: bool, task: Task, what: str) -> None:
    """Raise UserError, which ends the training, if `what` is infinite or not a number."""
    if not finite:
        raise UserError(
            f"{task.variant}, fold {task.seed[-1]}: {what} is not finite: try a smaller training.learning_rate, or "
            "other settings of the model."
        )


def measure(answer: Answer, batch: Batch, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return mean losses, how many clips each head classifies rightly, and of how many; all on the device."""
    values = dict(losses, accuracy=(answer.logits.argmax(-1) == batch.labels).sum())
    if answer.votes is not None:
        values["capsule_accuracy"] = (answer.votes.argmax(-1) == batch.labels).sum()
    values["clips"] = torch.tensor(len(batch.labels))
    return {name: value.detach().float() for name, value in values.items()}


def average(batches: Iterable[Mapping[str, Tensor]]) -> dict[str, float]:
    """Return the means over all clips of what `measure` returned for batches: losses, and accuracies in 0..1."""
    sums: dict[str, float] = defaultdict(float)
    for batch in batches:
        for name, value in batch.items():
            sums[name] += float(value) if name in COUNTS else float(value) * float(batch["clips"])
    clips = sums.pop("clips")
    return {name: value / clips for name, value in sums.items()}


@torch.no_grad()
def evaluate(learner: Learner, split: Split, schedule: Schedule) -> dict[str, float]:
    """Return mean losses and accuracies over a split, computed as at test time."""
    batches = run_batches(learner, learner.answer, split, schedule)
    return average(measure(answer, batch, learner.losses(answer, batch)) for answer, batch in batches)


@torch.no_grad()
def predict(learner: Learner, split: Split, schedule: Schedule) -> dict[str, np.ndarray]:
    """Return class probabilities (M, J) of the sequence head and, if there are capsules, their votes (M, J)."""
    scores: dict[str, list[Tensor]] = {head: [] for head in HEADS}
    for answer, _ in run_batches(learner, learner.classify, split, schedule):
        scores["sequence"].append(answer.logits.float().softmax(-1))
        if answer.votes is not None:
            scores["capsule"].append(answer.votes)
    return {head: torch.cat(parts).cpu().numpy() for head, parts in scores.items() if parts}


def run_batches(
    learner: Learner, run: Callable[[Batch], Answer], split: Split, schedule: Schedule
) -> Iterator[tuple[Answer, Batch]]:
    """Yield what `run`, a method of `learner`, returns for every batch of a split, in order, as at test time."""
    learner.network.eval()
    for positions in torch.arange(len(split), device=split.samples.device).split(schedule.batch_size):
        batch = split.batch(positions)
        with autocast(batch.clips.device, schedule.precision):
            answer = run(batch)
        yield answer, batch
