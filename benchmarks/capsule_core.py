"""The capsule layer and the whole training step against the textbook form: u_hat built and summed by einsum.

python -m benchmarks.capsule_core: one thread, both turn by turn in one process; memory in processes of their own.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.rows import Row, compare
from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import CapsuleLSTM, Readings
from videofer.models.capsule_lstm_losses import LossReadings, joint_loss
from videofer.models.interface import Split
from videofer.models.routing import route, squash
from videofer.training.allocator import keep_freed_memory
from videofer.training.precision import autocast

CLASSES, COMPONENTS, SIZE, ITERATIONS, IMAGES = 6, 8, 30, 3, 128
INPUTS = {"D": 98, "S": 968}  # input capsules of a preset
LAYER_BARS = {"last": 0.30, "full": 0.35}
MEMORY_BAR = 0.30
STEPS = {"D": (8, None), "S": (8, 0.36), "M": (4, 0.45)}  # preset -> clips a step, bar
ERRORS = {"float32": 1e-5, "bfloat16": 1e-2}
FETCH_BAR = 0.05


def route_by_einsum(u: Tensor, weight: Tensor, iterations: int, gradient: str) -> Tensor:
    """Route as the textbook does: predictions u_hat (B, J, I, D) of all capsules, and their logits b, are kept."""
    predictions = torch.einsum("bei,jeid->bjid", u, weight)
    held = predictions if gradient == "full" else predictions.detach()
    b = predictions.new_zeros(predictions.shape[:3])
    for iteration in range(iterations):
        last = iteration == iterations - 1
        v = squash(torch.einsum("bji,bjid->bjd", b.softmax(1), predictions if last else held))
        if not last:
            b = b + torch.einsum("bjd,bjid->bji", v, held)
    return v


def layer_inputs(inputs: int, device: str = "cpu") -> tuple[Tensor, Tensor, Tensor]:
    """Return input capsules, weights, and the gradient by the output capsules."""
    torch.manual_seed(0)
    u = squash(torch.randn(IMAGES, COMPONENTS, inputs), 1)
    weight, direction = torch.randn(CLASSES, COMPONENTS, inputs, SIZE) * 0.1, torch.randn(IMAGES, CLASSES, SIZE)
    return u.to(device), weight.to(device), direction.to(device)


def take_layer(
    form: Callable, inputs: int, gradient: str, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, ...]:
    """Take one layer forward and back; return its outputs and both gradients."""
    u, weight, direction = layer_inputs(inputs)
    held = [x.to(dtype).requires_grad_() for x in (u, weight)]
    v = form(*held, ITERATIONS, gradient)
    return v.detach(), *torch.autograd.grad((v * direction).sum(), held)


def time_layers(device: str = "cpu") -> Iterator[Row]:
    """Yield the layer's times at the presets' numbers of capsules under both gradient conventions."""
    for preset, inputs in INPUTS.items():
        u, weight, direction = layer_inputs(inputs, device)
        held = [u.requires_grad_(), weight.requires_grad_()]
        for gradient, bar in LAYER_BARS.items():

            def take(form, gradient=gradient, held=held, direction=direction):
                torch.autograd.grad((form(*held, ITERATIONS, gradient) * direction).sum(), held)

            yield compare(
                f"routing layer, {inputs} capsules ({preset}), {gradient} gradient", lambda: take(route),
                "einsum", lambda: take(route_by_einsum), bar if preset == "S" else None, device=device,
            )  # fmt: skip


def measure_memory() -> Iterator[Row]:
    """Yield the peak memory that the layer takes on top of its inputs."""
    for gradient in LAYER_BARS:
        ours, theirs = (_peak_bytes(form, gradient) for form in ("route", "einsum"))
        name = f"routing layer, {INPUTS['S']} capsules (S), {gradient} gradient: memory"
        yield Row(name, "einsum", ours, theirs, "MiB", *[ours / theirs] * 3, MEMORY_BAR)


def _peak_bytes(form: str, gradient: str) -> float:
    command = [sys.executable, "-m", "benchmarks.capsule_core", form, gradient]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def print_peak(form: str, gradient: str) -> None:
    """Print the MiB by which one pass through the layer raises this process's largest resident memory."""
    torch.set_num_threads(1)
    take_layer(route, 8, gradient)  # what the libraries themselves take
    u, weight, direction = layer_inputs(INPUTS["S"])
    held = [u.requires_grad_(), weight.requires_grad_()]
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = read_peak()
    v = {"route": route, "einsum": route_by_einsum}[form](*held, ITERATIONS, gradient)
    torch.autograd.grad((v * direction).sum(), held)
    print(read_peak() - before)


def read_peak() -> float:
    """Return the largest resident memory of this process in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def measure_errors() -> Iterator[Row]:
    """Yield the relative error of outputs and gradients, the largest of the three, against einsum in float64."""
    for precision, bar in ERRORS.items():
        for gradient in LAYER_BARS:
            exact = take_layer(route_by_einsum, INPUTS["S"], gradient, torch.float64)
            ours = take_layer(route, INPUTS["S"], gradient, getattr(torch, precision))
            error = max(float((a.double() - b).norm() / b.norm()) for a, b in zip(ours, exact, strict=True))
            name = f"routing layer, error in {precision}, {gradient} gradient"
            yield Row(name, "einsum in float64", error, 1, "relative", *[error] * 3, bar)


class Step:
    """A training step of the full variant (margin, reconstruction, cross-entropy)."""

    def __init__(self, preset: str, clips: int, plain: bool, device: str = "cpu"):
        torch.manual_seed(0)
        self.network = CapsuleLSTM(CLASSES, preset, Readings()).to(device)
        self.precision = "float32" if plain else "bfloat16"
        if plain:
            digits = self.network.encoder.digits
            digits.forward = lambda u: route_by_einsum(u, digits.weight, digits.iterations, digits.gradient)
            self.network.to(memory_format=torch.contiguous_format)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-4)
        self.clips = torch.rand(clips, 16, 48, 48).to(device)
        self.labels = (torch.arange(clips) % CLASSES).to(device)

    def __call__(self) -> None:
        variant = VARIANTS["margin-reconstruction-ce"]
        with autocast(self.clips.device, self.precision):
            output = self.network(self.clips, self.labels, reconstruct=True)
        loss = joint_loss(output, self.clips, self.labels, variant, LossReadings()).total
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def time_steps(steps: Mapping = STEPS, device: str = "cpu") -> Iterator[Row]:
    """Yield whole training steps, ours in bfloat16, the textbook's in float32.

    steps: preset -> (clips a step, bar).
    """
    for preset, (clips, bar) in steps.items():
        ours, plain = (Step(preset, clips, plain=plain, device=device) for plain in (False, True))
        name = f"training step, preset {preset}, {ours.precision}"
        yield compare(name, ours, "einsum, float32", plain, bar, rounds=5, device=device)


def time_fetch() -> Iterator[Row]:
    """Yield what fetching a batch takes of a step at preset D."""
    numbers = torch.arange(208)
    pixels = torch.randint(0, 256, (208, 8, 16, 48, 48), dtype=torch.uint8)
    samples = torch.stack([numbers.repeat_interleave(8), torch.arange(8).repeat(208)], 1)
    split = Split(pixels, torch.rand(208, 8, 16, 68, 2), numbers % CLASSES, samples)
    order = torch.randperm(len(split))[:8]
    yield compare(
        "fetching a batch, preset D", lambda: split.batch(order), "the step", Step("D", 8, plain=False), FETCH_BAR
    )


def measure() -> Iterator[Row]:
    """Yield all figures of the capsule core."""
    torch.set_num_threads(1)
    keep_freed_memory()
    yield from time_layers()
    yield from measure_memory()
    yield from measure_errors()
    yield from time_steps()
    yield from time_fetch()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print_peak(*sys.argv[1:])
    else:
        from benchmarks.report import show

        show(measure())
