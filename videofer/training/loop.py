"""The one training loop of all networks: fit on the training subjects, choose the epoch on validation."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.models.interface import (
    Answer,
    Batch,
    Fitted,
    Learner,
    Model,
    Schedule,
    Split,
    Task,
    count_parameters,
)
from videofer.training.checkpoint import load_checkpoint, random_state, restore, save_checkpoint, set_random_state
from videofer.training.optimisers import SGD, Adam
from videofer.training.precision import autocast
from videofer.training.side_by_side import Turn, take_turns
from videofer.training.step import Step, Tally, score

CHECKPOINT_SECONDS = 20


@dataclass
class Progress:
    """State of a run after `epoch` epochs, `passed` of them in earlier stages than number `stage`.

    Holds the rows of the history, the best epoch of the stage so far, as judged on validation, and the seconds that
    all of it took. Of a run that was asked to stop within an epoch also how many `steps` of it are taken,
    their summed losses, and the state of the random numbers.
    """

    stage: int = 0
    passed: int = 0
    epoch: int = 0
    history: list[dict] = field(default_factory=list)
    best_epoch: int = 0
    best_score: tuple[float, float] = (-1.0, 0.0)
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    random: dict[str, Tensor] = field(default_factory=dict)


def fit_network(build: Callable[[Task], Learner], task: Task) -> Fitted:
    """Train what `build` makes and return it with the weights of the epoch chosen on validation.

    The epoch with the highest accuracy of the sequence head on the validation clips is chosen, at a tie the one
    with the lowest total loss; with several stages, each chooses its own and the last one's counts. An epoch's
    order and random numbers depend on the seed and the epoch alone, so that a run which resumes from `task.resume`
    ends with the same bytes as one never stopped. Raises UserError, its state kept after the step under way, if
    SIGTERM or Ctrl-C asks it to stop.
    """
    (fitted,) = take_turns([partial(train_network, build, task)], 1, task.device)
    return fitted


def fit_all(model: Model, tasks: Sequence[Task], at_once: int) -> list[Fitted]:
    """Learn tasks of one device, networks `at_once` of them side by side, with the same results as one by one.

    A network's first weights depend on its task's seed alone.
    """
    if model.learner is None:
        return [model.fit(task) for task in tasks]
    build = partial(build_seeded, model.learner)
    return take_turns([partial(train_network, build, task) for task in tasks], at_once, tasks[0].device)


def build_seeded(build: Callable[[Task], Learner], task: Task) -> Learner:
    """Return what `build` makes with the random numbers of the task's seed."""
    torch.manual_seed(int(np.random.default_rng(task.seed).integers(2**31)))
    return build(task)


def train_network(build: Callable[[Task], Learner], task: Task, turn: Turn) -> Generator[None, None, Fitted]:
    """Train as `fit_network` says; yields after every step."""
    learner = build(task)
    network = learner.network.to(task.device)
    parameters = count_parameters(network)  # before a stage freezes any
    progress, state = load_checkpoint(task.resume, Progress)
    earlier = progress.seconds
    for number, (stage, schedule) in enumerate(learner.stages(task.schedule).items()):
        learner.begin(stage)
        if number < progress.stage:
            continue
        optimiser = make_optimiser(network, schedule)
        if number > progress.stage:
            progress = Progress(number, progress.epoch, progress.epoch, progress.history, seconds=progress.seconds)
        elif state:
            restore(state, network, optimiser)
        yield from fit_stage(learner, task, stage, schedule, optimiser, progress, turn)
        network.load_state_dict(progress.best_weights)
    if turn.together:  # whose other trainings may still be killed
        save_checkpoint(task.resume, network, optimiser, progress)
    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    return Fitted(
        progress.best_epoch, progress.history, weights, parameters,
        lambda split: predict(learner, split, task.schedule), earlier, turn.parts.describe(),
    )  # fmt: skip


def make_optimiser(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the parameters that are not frozen; on CUDA its steps can be recorded."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    common = {"lr": schedule.learning_rate, "weight_decay": schedule.weight_decay}
    if schedule.optimiser == "sgd":
        return SGD(parameters, momentum=schedule.momentum, **common)
    return Adam(parameters, capturable=parameters[0].device.type == "cuda", **common)


def fit_stage(
    learner: Learner,
    task: Task,
    stage: str,
    schedule: Schedule,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    turn: Turn,
) -> Generator[None, None, None]:
    """Take the epochs of one stage that are still to come and keep the best weights in `progress`."""
    step = Step(learner, task.training, schedule, optimiser, turn.parts)
    said = f"fold {task.seed[-1]}, {stage}" if turn.together else stage
    saved = time.monotonic()
    last = progress.passed + schedule.epochs
    for epoch in range(progress.epoch + 1, last + 1):
        rng = np.random.default_rng([*task.seed, epoch])
        order = torch.from_numpy(rng.permutation(len(task.training)))
        torch.manual_seed(int(rng.integers(2**31)))
        fitted = yield from train_epoch(step, order, progress, turn)
        if turn.stop.asked:
            progress.seconds += turn.lap()
            save_checkpoint(task.resume, learner.network, optimiser, progress)
            raise UserError(f"stopped by {turn.stop.asked} in epoch {epoch}: run again, and it goes on from there.")
        held_out = evaluate(learner, task.validation, schedule)
        progress.epoch = epoch
        progress.history += [
            {"epoch": epoch, "split": "train"} | fitted,
            {"epoch": epoch, "split": "validation"} | held_out,
        ]
        reached = (held_out["accuracy"], -held_out["total"])
        if reached > progress.best_score:
            progress.best_epoch, progress.best_score = epoch, reached
            progress.best_weights = {name: v.clone() for name, v in learner.network.state_dict().items()}
        logging.info(
            "%s, epoch %d/%d: loss %.4f, validation loss %.4f, %s", said, epoch, last,
            fitted["total"], held_out["total"],
            ", ".join(f"{name} {100 * value:.1f} %" for name, value in held_out.items() if "accuracy" in name),
        )  # fmt: skip
        progress.seconds += turn.lap()
        if time.monotonic() - saved > CHECKPOINT_SECONDS and epoch < last:
            save_checkpoint(task.resume, learner.network, optimiser, progress)
            saved = time.monotonic()


def train_epoch(
    step: Step, order: Tensor, progress: Progress, turn: Turn
) -> Generator[None, None, dict[str, float]]:
    """Take one pass over the samples in `order` and return the mean losses and accuracies during it.

    Goes on after the steps that `progress` holds of it; leaves its own there if it is asked to stop.
    """
    device = step.split.samples.device
    step.learner.network.train()
    tally = Tally(progress.sums)
    if progress.steps:
        set_random_state(progress.random, device)
    taken, progress.steps, progress.sums, progress.random = progress.steps, 0, {}, {}
    for positions in order.to(device).split(step.schedule.batch_size)[taken:]:
        tally.add(step(positions), len(positions))
        taken += 1
        if turn.stop.asked:
            progress.steps, progress.sums = taken, tally.read(step.names)
            progress.random = random_state(device)
            break
        yield
    return {name: value / len(order) for name, value in tally.read(step.names).items()}


@torch.no_grad()
def evaluate(learner: Learner, split: Split, schedule: Schedule) -> dict[str, float]:
    """Return mean losses and accuracies over a split, the network answering as it will at test time."""
    tally, names = Tally(), ()
    for answer, batch in answers(learner, learner.answer, split, schedule):
        names, row = score(answer, batch, learner.losses(answer, batch))
        tally.add(row, len(batch.labels))
    return {name: value / len(split) for name, value in tally.read(names).items()}


@torch.no_grad()
def predict(learner: Learner, split: Split, schedule: Schedule) -> dict[str, np.ndarray]:
    """Return class probabilities (M, J) of the sequence head and, if there are capsules, their votes (M, J)."""
    scores: dict[str, list[Tensor]] = {head: [] for head in HEADS}
    for answer, _ in answers(learner, learner.classify, split, schedule):
        scores["sequence"].append(answer.logits.float().softmax(-1))
        if answer.votes is not None:
            scores["capsule"].append(answer.votes)
    return {head: torch.cat(parts).cpu().numpy() for head, parts in scores.items() if parts}


def answers(
    learner: Learner, ask: Callable[[Batch], Answer], split: Split, schedule: Schedule
) -> Iterable[tuple[Answer, Batch]]:
    """Yield the network's answer to every batch of a split, in order, as at test time.

    ask: the method of `learner` that gives it.
    """
    learner.network.eval()
    for positions in torch.arange(len(split), device=split.samples.device).split(schedule.batch_size):
        batch = split.batch(positions)
        with autocast(batch.clips.device, schedule.precision):
            answer = ask(batch)
        yield answer, batch
