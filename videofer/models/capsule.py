"""Capsule layers and dynamic routing, without ever building the prediction tensor u_hat.

Axes: B images, E components of an input capsule, I input capsules, J output capsules, D their components.
Input capsules are kept component-major, (B, E, I): the prediction u_hat[b,j,i,:] = W[j,:,i,:]^T u[b,:,i]
(paper, eq. 2.2) is then summed over i (eq. 2.1) by one batched matrix product over the joint axis E*I.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

SQUASH_EPSILON = 1e-9


def squash(s: Tensor, dim: int = -1) -> Tensor:
    """Shrink vectors to a norm below one, keeping their direction.

    v = |s|^2 / (1 + |s|^2) * s / |s|, computed in float32. The epsilon under the root makes the value 0 and the
    gradient finite at s = 0. Source: Sabour, Frosst, Hinton 2017, eq. 1 (the paper does not print it).
    """
    s = s.float()
    squared = s.square().sum(dim, keepdim=True)
    return s * (squared / (1 + squared) * (squared + SQUASH_EPSILON).rsqrt())


def capsule_norms(v: Tensor) -> Tensor:
    """Return the length of each capsule, (..., D) -> (...), with a finite gradient at zero."""
    return (v.float().square().sum(-1) + SQUASH_EPSILON).sqrt()


def route(u: Tensor, weight: Tensor, iterations: int, gradient: str = "last") -> Tensor:
    """Route input capsules to output capsules by agreement and return the output capsules.

    u (B, E, I) and weight (J, E, I, D) give v (B, J, D), every |v| < 1. The logits b (eq. 2.3) are linear in the
    outputs, so b after r iterations equals the agreement of u_hat with the SUM of the outputs so far: only that
    sum is stored. The coupling c is a softmax over the J output capsules (eq. 2.4), separately for each image.

    gradient: "last" lets only the last iteration's weighted sum carry gradient, as in the TensorFlow code that
    the paper's summaries point to; "full" differentiates through all iterations. Both have the same output.
    Source: paper, eqs. 2.1-2.4; Sabour et al. 2017, procedure 1.
    """
    outputs, components = weight.shape[:2]
    w = rearrange(weight, "J E I D -> J (E I) D")
    flat = rearrange(u, "B E I -> B (E I)")

    def agreement(total: Tensor) -> Tensor:  # eq. 2.3: sum over d of u_hat * total, (J, B, I)
        pulled_back = rearrange(total @ w.mT, "J B (E I) -> J B E I", E=components)
        return (pulled_back * u).sum(2)

    def weighted_sum(logits: Tensor) -> Tensor:  # eqs. 2.1, 2.4: (J, B, D)
        coupling = logits.float().softmax(dim=0).to(u.dtype)
        return rearrange(coupling.unsqueeze(2) * u, "J B E I -> J B (E I)") @ w

    def first_sum() -> Tensor:  # b = 0: every coupling is 1 / J
        joined = flat @ rearrange(w, "J EI D -> EI (J D)")
        return rearrange(joined, "B (J D) -> J B D", J=outputs) / outputs

    if iterations == 1:
        return rearrange(squash(first_sum()), "J B D -> B J D")
    with torch.set_grad_enabled(torch.is_grad_enabled() and gradient == "full"):
        total = squash(first_sum()).to(u.dtype)
        for _ in range(iterations - 2):
            total = total + squash(weighted_sum(agreement(total))).to(u.dtype)
        logits = agreement(total)
    return rearrange(squash(weighted_sum(logits)), "J B D -> B J D")


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
