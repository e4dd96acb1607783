"""The one training loop of all networks: fit on the training subjects, choose the epoch on validation."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from videofer.accumulation import Parts, add_gradients
from videofer.checkpoint import load_checkpoint, random_state, restore, save_checkpoint, set_random_state
from videofer.errors import UserError
from videofer.models.interface import HEADS, Answer, Batch, Fitted, Learner, Schedule, Split, Task, count_parameters
from videofer.optimisers import SGD, Adam
from videofer.stopping import StopRequest
from videofer.stopwatch import Stopwatch

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
    watch = Stopwatch(task.device)
    learner = build(task)
    network = learner.network.to(task.device)
    parameters = count_parameters(network)  # before a stage freezes any
    progress, state = load_checkpoint(task.resume, Progress)
    parts = Parts()
    earlier = progress.seconds
    with StopRequest() as stop:
        for number, (stage, schedule) in enumerate(learner.stages(task.schedule).items()):
            learner.begin(stage)
            if number < progress.stage:
                continue
            optimiser = make_optimiser(network, schedule)
            if number > progress.stage:
                progress = Progress(
                    number, progress.epoch, progress.epoch, progress.history, seconds=progress.seconds
                )
            elif state:
                restore(state, network, optimiser)
            fit_stage(learner, task, stage, schedule, optimiser, progress, watch, stop, parts)
            network.load_state_dict(progress.best_weights)
    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    return Fitted(
        progress.best_epoch, progress.history, weights, parameters,
        lambda split: predict(learner, split, task.schedule), earlier, parts.describe(),
    )  # fmt: skip


def make_optimiser(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the parameters that are not frozen."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    common = {"lr": schedule.learning_rate, "weight_decay": schedule.weight_decay}
    if schedule.optimiser == "sgd":
        return SGD(parameters, momentum=schedule.momentum, **common)
    return Adam(parameters, **common)


def fit_stage(
    learner: Learner,
    task: Task,
    stage: str,
    schedule: Schedule,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    watch: Stopwatch,
    stop: StopRequest,
    parts: Parts,
) -> None:
    """Take the epochs of one stage that are still to come and keep the best weights in `progress`."""
    saved = time.monotonic()
    last = progress.passed + schedule.epochs
    for epoch in range(progress.epoch + 1, last + 1):
        rng = np.random.default_rng([*task.seed, epoch])
        order = torch.from_numpy(rng.permutation(len(task.training)))
        torch.manual_seed(int(rng.integers(2**31)))
        fitted = train_epoch(learner, task.training, order, schedule, optimiser, progress, stop, parts)
        if stop.asked:
            progress.seconds += watch.lap()
            save_checkpoint(task.resume, learner.network, optimiser, progress)
            raise UserError(f"stopped by {stop.asked} in epoch {epoch}: run again, and it goes on from there.")
        held_out = evaluate(learner, task.validation, schedule)
        progress.epoch = epoch
        progress.history += [
            {"epoch": epoch, "split": "train"} | fitted,
            {"epoch": epoch, "split": "validation"} | held_out,
        ]
        score = (held_out["accuracy"], -held_out["total"])
        if score > progress.best_score:
            progress.best_epoch, progress.best_score = epoch, score
            progress.best_weights = {name: v.clone() for name, v in learner.network.state_dict().items()}
        logging.info(
            "%s, epoch %d/%d: loss %.4f, validation loss %.4f, %s", stage, epoch, last,
            fitted["total"], held_out["total"],
            ", ".join(f"{name} {100 * value:.1f} %" for name, value in held_out.items() if "accuracy" in name),
        )  # fmt: skip
        progress.seconds += watch.lap()
        if time.monotonic() - saved > CHECKPOINT_SECONDS and epoch < last:
            save_checkpoint(task.resume, learner.network, optimiser, progress)
            saved = time.monotonic()


def train_epoch(
    learner: Learner,
    split: Split,
    order: Tensor,
    schedule: Schedule,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    stop: StopRequest,
    parts: Parts,
) -> dict[str, float]:
    """Take one pass over the samples in `order` and return the mean losses and accuracies during it.

    Goes on after the steps that `progress` holds of it; leaves its own there if it is asked to stop.
    """

    def compute(positions: Tensor) -> tuple[Batch, Answer, dict[str, Tensor]]:
        batch = split.batch(positions)
        with autocast(batch.clips.device, schedule.precision):
            answer = learner.answer(batch)
        return batch, answer, learner.losses(answer, batch)

    learner.network.train()
    sums: dict[str, float] = defaultdict(float, progress.sums)
    if progress.steps:
        set_random_state(progress.random, split.samples.device)
    taken, progress.steps, progress.sums, progress.random = progress.steps, 0, {}, {}
    for positions in order.to(split.samples.device).split(schedule.batch_size)[taken:]:
        batch, answer, losses = add_gradients(compute, positions, optimiser, parts)
        optimiser.step()
        with torch.no_grad():
            learner.after_step(answer, batch)
        _add(sums, losses, answer, batch)
        taken += 1
        if stop.asked:
            progress.steps, progress.sums = taken, dict(sums)
            progress.random = random_state(split.samples.device)
            break
    return {name: value / len(order) for name, value in sums.items()}


@torch.no_grad()
def evaluate(learner: Learner, split: Split, schedule: Schedule) -> dict[str, float]:
    """Return mean losses and accuracies over a split, the network answering as it will at test time."""
    sums: dict[str, float] = defaultdict(float)
    for answer, batch in answers(learner, learner.answer, split, schedule):
        _add(sums, learner.losses(answer, batch), answer, batch)
    return {name: value / len(split) for name, value in sums.items()}


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


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context that computes convolutions and matrix products in bfloat16 where that was asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def _add(sums: dict[str, float], losses: dict[str, Tensor], answer: Answer, batch: Batch) -> None:
    """Add a batch's summed losses and right answers of its heads to `sums`."""
    for part, value in losses.items():
        sums[part] += float(value.detach()) * len(batch.labels)
    sums["accuracy"] += int((answer.logits.argmax(-1) == batch.labels).sum())
    if answer.votes is not None:
        sums["capsule_accuracy"] += int((answer.votes.argmax(-1) == batch.labels).sum())
