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

    Input (B, C, H, W), output (B, E, I) with I = types * H' * W': component-major, as `route` wants it.
    A capsule's components are E different channels at one position, not neighbouring pixels.
    """

    def __init__(
        self, channels: int, types: int, components: int, kernel: int, stride: int, padding: int, relu: bool
    ):
        super().__init__()
        self.components = components
        self.relu = relu
        convolution = nn.Conv2d(channels, components * types, kernel, stride, padding)
        self.convolution = convolution.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(x)
        if self.relu:
            x = x.relu()
        u = rearrange(x, "B (E T) H W -> B E (T H W)", E=self.components)
        return squash(u, dim=1).to(x.dtype)


class DigitCapsules(nn.Module):
    """One capsule a class, found by dynamic routing: (B, E, I) -> (B, J, D) (paper, section 2.2).

    Weights start from N(0, 0.01^2), as in the public TensorFlow implementation.
    """

    def __init__(self, inputs: int, components: int, outputs: int, size: int, iterations: int, gradient: str):
        super().__init__()
        self.iterations = iterations
        self.gradient = gradient
        self.weight = nn.Parameter(torch.randn(outputs, components, inputs, size) * 0.01)

    def forward(self, u: Tensor) -> Tensor:
        return route(u, self.weight.to(u.dtype), self.iterations, self.gradient)
