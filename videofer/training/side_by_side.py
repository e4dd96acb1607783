"""Several trainings in one process, a step of each in turn, each as if it were alone.

A GPU that one small network leaves mostly idle is filled by queues of work side by side: each training asks for its
steps in a stream of its own. No two share a tensor that changes, so that each ends with the bytes that it would
have had alone: only the order in which the device is asked for work differs.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

import torch

from videofer.core.errors import UserError
from videofer.training.accumulation import Parts
from videofer.training.checkpoint import random_state, set_random_state
from videofer.training.stop_signal import StopRequest
from videofer.training.stopwatch import Stopwatch


@dataclass
class Turn:
    """What a training knows of those beside it.

    stop: whether the process was asked to end; watch: its clock; together: whether it is one of several, of which
    others train beside it at the moment; parts: how its batches fit into memory.
    """

    stop: StopRequest
    watch: Stopwatch
    together: bool
    others: int = 0
    parts: Parts = field(default_factory=Parts)

    def lap(self) -> float:
        """Return this training's part of the seconds since its last lap: an equal one."""
        return self.watch.lap(wait=False) / (1 + self.others)


# Yields after every step, returns what it made. Takes each step only when it is asked for the next.
Training = Callable[[Turn], Generator[None, None, object]]


class Seat:
    """A training under way, with what of torch's state is its own: random numbers and, on CUDA, the stream."""

    def __init__(self, number: int, training: Training, turn: Turn, device: torch.device):
        self.number, self.turn, self.device = number, turn, device
        self.steps = training(turn)
        self.random = random_state(device) if turn.together else None
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        if self.stream:
            self.stream.wait_stream(torch.cuda.current_stream(device))  # what is trained on is copied there

    def step(self) -> None:
        """Take one step; raises StopIteration with the result after the last."""
        with torch.cuda.stream(self.stream) if self.stream else contextlib.nullcontext():
            if self.random:
                set_random_state(self.random, self.device)
            next(self.steps)
            if self.random:
                self.random = random_state(self.device)


def take_turns(trainings: Sequence[Training], at_once: int, device: str) -> list:
    """Run trainings, `at_once` of them side by side, the others as places fall free; return what each returned.

    If the device runs out of memory, the training that met it makes room: it is begun again, from its last kept
    state, when another is done, and fewer run side by side from then on. A training that is alone takes its batches
    in parts instead. If SIGTERM or Ctrl-C comes, each ends its step and keeps its state; raises UserError then.
    """
    place = torch.device(device)
    waiting, seated, results = deque(range(len(trainings))), [], {}
    stopped = None
    with StopRequest() as stop:
        while seated or (waiting and not stop.asked):
            while waiting and len(seated) < at_once and not stop.asked:
                number = waiting.popleft()
                turn = Turn(stop, Stopwatch(place), together=len(trainings) > 1)
                seated.append(Seat(number, trainings[number], turn, place))
            for seat in tuple(seated):
                seat.turn.others = seat.turn.parts.others = len(seated) - 1
                try:
                    seat.step()
                    continue
                except StopIteration as end:
                    results[seat.number] = end.value
                except torch.OutOfMemoryError:
                    if len(seated) == 1:
                        raise
                    waiting.append(seat.number)
                    at_once = len(seated) - 1
                except UserError as error:
                    if not stop.asked:
                        raise
                    stopped = error
                # Only here, after the handler, has a failed step let go of its tensors.
                seated.remove(seat)
                if seat.number in waiting:
                    make_room(seat, at_once)
    if len(results) < len(trainings):
        raise stopped or UserError(f"stopped by {stop.asked}: run again, and it goes on from there.")
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    return [results[number] for number in range(len(trainings))]


def make_room(seat: Seat, left: int) -> None:
    """Say that a training gave up its place, and give its memory back to the device."""
    logging.warning("out of memory with %d trainings side by side: %d from now on", left + 1, left)
    if seat.stream:
        torch.cuda.empty_cache()
