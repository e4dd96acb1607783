"""The routing layer and whole training steps, against the textbook form.

python -m benchmarks.capsule_core: one thread, both forms alternating in one process; memory in a process for each.
The textbook form builds u_hat and sums it by einsum.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import torch
import yaml
from torch import Tensor

from benchmarks.rows import Row, compare
from videofer.core.study import FULL_VARIANT, OWN_MODEL
from videofer.models import capsule
from videofer.models.capsule import route, squash
from videofer.models.capsule_lstm import CapsuleLearner
from videofer.models.interface import Batch, Split
from videofer.pipeline.config import model_settings
from videofer.training.machine import autocast, keep_freed_memory

CLASSES, COMPONENTS, SIZE, ITERATIONS, CLIPS, FRAMES = 6, 8, 30, 3, 8, 16
INPUTS = {"D": 98, "S": 968}  # input capsules of a preset
LAYER_BARS = {"last": 0.30, "full": 0.35}  # of the time at size S, by gradient convention
MEMORY_BAR = 0.30
STEPS = {"D": (8, None), "S": (8, 0.36), "M": (4, 0.45)}  # preset -> clips a step, bar in bfloat16
ERRORS = {"float32": 1e-5, "bfloat16": 1e-2}
FETCH_BAR, GROWTH_BAR = 0.05, 2.5


def route_by_einsum(u: Tensor, weight: Tensor, iterations: int, gradient: str) -> Tensor:
    """Route as the textbook does: predictions u_hat (B, J, I, D) of all capsules, and their logits b, are kept."""
    predictions = torch.einsum("bei,jeid->bjid", u, weight)
    fixed = predictions if gradient == "full" else predictions.detach()
    b = predictions.new_zeros(predictions.shape[:3])
    for iteration in range(iterations):
        last = iteration == iterations - 1
        v = squash(torch.einsum("bji,bjid->bjd", b.softmax(1), predictions if last else fixed))
        if not last:
            b = b + torch.einsum("bjd,bjid->bji", v, fixed)
    return v


FORMS = {"ours": route, "einsum": route_by_einsum}


class Layer:
    """A pass forward and back through the routing layer, by one of FORMS."""

    def __init__(
        self, form: str, inputs: int, gradient: str, images: int = CLIPS * FRAMES, device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):  # fmt: skip
        torch.manual_seed(0)
        u = squash(torch.randn(images, COMPONENTS, inputs), 1)
        weight, direction = torch.randn(CLASSES, COMPONENTS, inputs, SIZE) * 0.1, torch.randn(images, CLASSES, SIZE)
        self.inputs = [x.to(device, dtype).requires_grad_() for x in (u, weight)]
        self.direction = direction.to(device)
        self.run = partial(FORMS[form], *self.inputs, ITERATIONS, gradient)

    def __call__(self) -> tuple[Tensor, ...]:
        """Return the output capsules and both gradients."""
        v = self.run()
        return v.detach(), *torch.autograd.grad((v * self.direction).sum(), self.inputs)


class Step:
    """A training step of the full variant (margin, reconstruction, cross-entropy), by one of FORMS."""

    def __init__(self, form: str, preset: str, precision: str = "float32", clips: int = CLIPS, device: str = "cpu"):
        torch.manual_seed(0)
        config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
        options = model_settings(config, OWN_MODEL)["options"] | {"size": preset}
        self.learner = CapsuleLearner(SimpleNamespace(variant=FULL_VARIANT, options=options, classes=CLASSES))
        network = self.learner.network.to(device)
        self.form, self.precision = form, precision
        if form == "einsum":
            network.to(memory_format=torch.contiguous_format)
        self.optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
        data = torch.rand(clips, FRAMES, 48, 48), torch.zeros(clips, FRAMES, 68, 2), torch.arange(clips) % CLASSES
        self.batch = Batch(*(x.to(device) for x in data))

    def __call__(self) -> None:
        """Take the step."""
        with patch.object(capsule, "route", FORMS[self.form]), autocast(self.batch.clips.device, self.precision):
            answer = self.learner.answer(self.batch)
        self.optimiser.zero_grad()
        self.learner.losses(answer, self.batch)["total"].backward()
        self.optimiser.step()


def time_layers(device: str = "cpu") -> Iterator[Row]:
    """Yield the layer's times under both gradient conventions."""
    for preset in ("D", "S"):
        for gradient, bar in LAYER_BARS.items():
            name = f"routing layer, {INPUTS[preset]} capsules ({preset}), {gradient} gradient"
            ours, theirs = (Layer(form, INPUTS[preset], gradient, device=device) for form in FORMS)
            yield compare(name, ours, "einsum", theirs, bar if preset == "S" else None, device=device)


def time_steps(steps: Mapping = STEPS, device: str = "cpu") -> Iterator[Row]:
    """Yield whole training steps in float32, which is the default, and in bfloat16, against float32.

    steps: preset -> (clips a step, bar in bfloat16).
    """
    for preset, (clips, bar) in steps.items():
        for precision, limit in (("float32", None), ("bfloat16", bar)):
            ours = Step("ours", preset, precision, clips, device=device)
            theirs = Step("einsum", preset, clips=clips, device=device)
            name = f"training step, preset {preset}, {precision}"
            yield compare(name, ours, "einsum, float32", theirs, limit, rounds=5, device=device)


def measure_memory() -> Iterator[Row]:
    """Yield the peak memory of the layer on top of its inputs, and of a step with its network and optimiser."""
    for what, bar in (("routing layer", MEMORY_BAR), ("training step", None)):
        ours, theirs = (run_peak(what, form, "S") for form in FORMS)
        name = f"{what}, preset S, last gradient: memory"
        yield Row(name, "einsum", ours, theirs, "MiB", *[ours / theirs] * 3, bar)


def run_peak(*case: str) -> float:
    """Return what `print_peak` prints in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.capsule_core", *case]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def print_peak(what: str, form: str, preset: str) -> None:
    """Print by how many MiB a pass, or two steps with all they need, raise this process's largest memory."""
    torch.set_num_threads(1)
    Layer(form, 8, "last")()  # what the libraries themselves take
    if what == "routing layer":
        taken = Layer(form, INPUTS[preset], "last")
    else:
        Step(form, "D", clips=1)()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = read_peak()
    if what == "training step":
        taken = Step(form, preset)
        taken()
    taken()
    print(read_peak() - before)


def read_peak() -> float:
    """Return the largest resident memory of this process in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def measure_errors() -> Iterator[Row]:
    """Yield the relative error of outputs and gradients, the largest of the three, against einsum in float64."""
    for precision, bar in ERRORS.items():
        for gradient in LAYER_BARS:
            exact = Layer("einsum", INPUTS["S"], gradient, dtype=torch.float64)()
            ours = Layer("ours", INPUTS["S"], gradient, dtype=getattr(torch, precision))()
            error = max(float((a.double() - b).norm() / b.norm()) for a, b in zip(ours, exact, strict=True))
            name = f"routing layer, error in {precision}, {gradient} gradient"
            yield Row(name, "einsum in float64", error, 1, "relative", *[error] * 3, bar)


def time_growth() -> Iterator[Row]:
    """Yield the cost of twice the capsules and of twice the images."""
    once = Layer("ours", INPUTS["S"], "last", 64)
    yield compare(
        "routing: twice the capsules", Layer("ours", 2 * INPUTS["S"], "last", 64), "once", once, GROWTH_BAR
    )
    yield compare("routing: twice the images", Layer("ours", INPUTS["S"], "last", 128), "once", once, GROWTH_BAR)


def time_fetch() -> Iterator[Row]:
    """Yield the cost of fetching a batch over that of a step at preset D."""
    numbers = torch.arange(208)
    pixels = torch.randint(0, 256, (208, 8, FRAMES, 48, 48), dtype=torch.uint8)
    split = Split(
        pixels, torch.rand(208, 8, FRAMES, 68, 2), numbers % CLASSES, torch.cartesian_prod(numbers, torch.arange(8))
    )
    order = torch.randperm(len(split))[:CLIPS]
    yield compare(
        "fetching a batch, preset D", lambda: split.batch(order), "the step", Step("ours", "D"), FETCH_BAR
    )


PARTS: tuple[Callable[[], Iterator[Row]], ...] = (
    time_layers, measure_memory, measure_errors, time_steps, time_growth, time_fetch,
)  # fmt: skip


def measure() -> Iterator[Row]:
    """Yield all figures of the capsule core."""
    torch.set_num_threads(1)
    keep_freed_memory()
    for part in PARTS:
        yield from part()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print_peak(*sys.argv[1:])
    else:
        from benchmarks.report import show

        show(measure())
