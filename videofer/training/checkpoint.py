"""The state of a training on the disk, from which it goes on after it was killed, and the signals that stop it.

The state is kept outside the rule's outputs, which Snakemake deletes before a rerun.
"""

import logging
import signal
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from videofer.core.artifacts import atomic_path

SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """The file of one training's state, which is not continued if it was made with anything else.

    made_with: name -> value of all that the result depends on (code, settings, inputs, torch, kind of device).
    """

    path: Path
    made_with: Mapping[str, object]

    def save(self, state: Mapping[str, object]) -> None:
        """Write a state of tensors, numbers, text, and lists, tuples and dicts of these, in one step."""
        with atomic_path(self.path) as temporary:
            torch.save({"made_with": dict(self.made_with), "state": dict(state)}, temporary)

    def load(self) -> dict | None:
        """Return the state, its tensors on the CPU, or None to start anew; the log says why if there is a file."""
        if not self.path.exists():
            return None
        try:
            with zipfile.ZipFile(self.path) as archive:  # torch.load compares no checksums
                if archive.testzip():
                    raise ValueError("its checksum differs")
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            before, state = content["made_with"], content["state"]
        except Exception as error:  # damage shows as any error of zip, pickle or torch; starting anew mends it
            log.warning("starting anew: the state in %s is damaged (%s)", self.path, error)
            return None
        other = [name for name, value in self.made_with.items() if before.get(name) != value]
        if other:
            log.warning("starting anew: the state in %s was made with another %s", self.path, ", ".join(other))
        return None if other else state

    def remove(self) -> None:
        """Remove the file, as of a training that is done."""
        self.path.unlink(missing_ok=True)


def random_state(device: str) -> dict[str, torch.Tensor]:
    """Return the state of torch's random numbers on the CPU and on the GPU that trains, by kind of device."""
    states = {"cpu": torch.get_rng_state()}
    kind = torch.device(device).type
    return states if kind == "cpu" else states | {kind: getattr(torch, kind).get_rng_state()}


def set_random_state(states: Mapping[str, torch.Tensor]) -> None:
    """Draw on from what `random_state` returned on the same kind of device."""
    for kind, state in states.items():
        (torch if kind == "cpu" else getattr(torch, kind)).set_rng_state(state)


class StopRequest:
    """Whether SIGTERM or Ctrl-C came while the block ran: `signal` is its name, else None.

    A second signal ends the process at once. A signal that the process ignores, as under nohup, stays ignored.
    """

    def __init__(self):
        self.signal: str | None = None

    def __enter__(self) -> "StopRequest":
        heeded = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._note) for number in heeded}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        self.signal = signal.Signals(number).name
        self.__exit__()
