"""Capsule layers: primary capsules out of a convolution, class capsules by dynamic routing by agreement.

Axes: B images, E components of an input capsule, I input capsules, J output capsules, D their components.
The predictions u_hat are never built. Input capsules are kept component-major, (B, E, I): the prediction
u_hat[b,j,i,:] = W[j,:,i,:]^T u[b,:,i] (paper, eq. 2.2) is then summed over i (eq. 2.1) by one matrix product over
the joint axis E*I. The logits b (eq. 2.3) are linear in the outputs: after r iterations they are the agreement of
u_hat with the SUM of the outputs so far, so that only this sum is kept. Products are taken class by class, whose
operands fit into a CPU's cache.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

SQUASH_EPSILON = 1e-9


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


def widen(x: Tensor) -> Tensor:
    """Return x in float32, or in float64 if it comes so."""
    return x if x.dtype == torch.float64 else x.float()


def squash(s: Tensor, dim: int = -1) -> Tensor:
    """Shrink vectors to a norm below one, keeping their direction.

    v = |s|^2 / (1 + |s|^2) * s / |s|, computed in float32. The epsilon under the root makes the value 0 and the
    gradient finite at s = 0. Source: Sabour, Frosst, Hinton 2017, eq. 1 (the paper does not print it).
    """
    s = widen(s)
    squared = s.square().sum(dim, keepdim=True)
    return s * (squared / (1 + squared) * (squared + SQUASH_EPSILON).rsqrt())


def capsule_norms(v: Tensor) -> Tensor:
    """Return the length of each capsule, (..., D) -> (...), with a finite gradient at zero."""
    return (widen(v).square().sum(-1) + SQUASH_EPSILON).sqrt()


def route(u: Tensor, weight: Tensor, iterations: int, gradient: str) -> Tensor:
    """Route input capsules to output capsules by agreement and return the output capsules.

    u (B, E, I) and weight (J, E, I, D) give v (B, J, D), every |v| < 1. The coupling c is a softmax over the J
    output capsules (eq. 2.4), separately for each image.

    gradient: "last" lets only the last iteration's weighted sum carry gradient, as in the TensorFlow code that
    the paper's summaries point to; "full" differentiates through all iterations. Both have the same output.
    Source: paper, eqs. 2.1-2.4; Sabour et al. 2017, procedure 1.
    """
    w = rearrange(weight, "J E I D -> J (E I) D")
    early = (u, w) if gradient == "full" or iterations == 1 else (u.detach(), w.detach())
    v = squash(weigh_evenly(*early))
    total = v
    for iteration in range(2, iterations + 1):
        coupling = agree(*early, total.to(u.dtype)).softmax(0).to(u.dtype)
        v = squash(weigh(*((u, w) if iteration == iterations else early), coupling))
        total = total + v
    return rearrange(v, "J B D -> B J D")


def weigh_evenly(u: Tensor, w: Tensor) -> Tensor:
    """Eq. 2.1 in the first iteration, whose couplings all are 1 / J: the weighted sum s (J, B, D)."""
    joined = rearrange(u, "B E I -> B (E I)") @ rearrange(w, "J EI D -> EI (J D)")
    return widen(rearrange(joined, "B (J D) -> J B D", J=len(w))) / len(w)


def agree(u: Tensor, w: Tensor, total: Tensor) -> Tensor:
    """Eq. 2.3: the sum over d of u_hat * total, (J, B, I), from total (J, B, D)."""
    return torch.stack([widen(((t @ w_j.mT).view_as(u) * u).sum(1)) for w_j, t in zip(w, total, strict=True)])


def weigh(u: Tensor, w: Tensor, coupling: Tensor) -> Tensor:
    """Eq. 2.1: the sum over i of coupling (J, B, I) * u_hat, (J, B, D)."""
    return widen(torch.stack([(c.unsqueeze(1) * u).flatten(1) @ w_j for w_j, c in zip(w, coupling, strict=True)]))
