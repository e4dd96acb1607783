"""How the cost of routing grows with the capsules and the images: twice as many should cost about twice as much."""

from collections.abc import Iterator

import torch

from benchmarks.capsule_core import CLASSES, COMPONENTS, ITERATIONS, SIZE
from benchmarks.rows import Row, compare
from videofer.models.routing import route, squash

CAPSULES, IMAGES = 968, 64
BAR = 2.5


def make_layer(capsules: int, images: int):
    """Return a function that takes the layer forward and back."""
    torch.manual_seed(0)
    u = squash(torch.randn(images, COMPONENTS, capsules), 1).requires_grad_()
    weight = (torch.randn(CLASSES, COMPONENTS, capsules, SIZE) * 0.1).requires_grad_()
    direction = torch.randn(images, CLASSES, SIZE)

    def take() -> None:
        torch.autograd.grad((route(u, weight, ITERATIONS) * direction).sum(), (u, weight))

    return take


def measure() -> Iterator[Row]:
    """Yield the cost of twice the capsules and of twice the images over that of one measure."""
    torch.set_num_threads(1)
    once = make_layer(CAPSULES, IMAGES)
    yield compare("routing: twice the capsules", make_layer(2 * CAPSULES, IMAGES), f"{CAPSULES}", once, BAR)
    yield compare("routing: twice the images", make_layer(CAPSULES, 2 * IMAGES), f"{IMAGES}", once, BAR)
