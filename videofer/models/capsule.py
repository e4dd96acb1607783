"""Capsule layers: primary capsules out of a convolution, class capsules by dynamic routing.

Axes: B images, E components of an input capsule, I input capsules, J output capsules, D their components.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from videofer.models.routing import SQUASH_EPSILON, route, squash, widen


def capsule_norms(v: Tensor) -> Tensor:
    """Return the length of each capsule, (..., D) -> (...), with a finite gradient at zero."""
    return (widen(v).square().sum(-1) + SQUASH_EPSILON).sqrt()


class PrimaryCapsules(nn.Module):
    """A convolution whose channels are read as capsules at every position (paper, section 2.1).

    The convolution has E * types channels, component by component: a capsule's components are E different channels
    at one position, not neighbouring pixels.
    """

    def __init__(self, convolution: nn.Conv2d, components: int, relu: bool):
        super().__init__()
        self.components = components
        self.relu = relu
        self.convolution = convolution.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """Return the capsules (B, E, I), I = types * H' * W', of maps (B, C, H, W)."""
        x = self.convolution(x)
        if self.relu:
            x = x.relu()
        u = rearrange(x, "B (E T) H W -> B E (T H W)", E=self.components)
        return squash(u, dim=1).to(x.dtype)


class DigitCapsules(nn.Module):
    """A capsule for each class, found by dynamic routing (paper, section 2.2).

    Weights start from N(0, 0.01^2), as in the public TensorFlow implementation.
    """

    def __init__(self, inputs: int, components: int, outputs: int, size: int, iterations: int, gradient: str):
        super().__init__()
        self.iterations = iterations
        self.gradient = gradient
        self.weight = nn.Parameter(torch.randn(outputs, components, inputs, size) * 0.01)

    def forward(self, u: Tensor) -> Tensor:
        """Return the class capsules (B, J, D) of input capsules (B, E, I)."""
        return route(u, self.weight.to(u.dtype), self.iterations, self.gradient)
