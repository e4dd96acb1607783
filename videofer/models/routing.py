"""Dynamic routing by agreement without ever building the prediction tensor u_hat, and its gradient by hand.

Axes: B images, E components of an input capsule, I input capsules, J output capsules, D their components.
Input capsules are kept component-major, (B, E, I): the prediction u_hat[b,j,i,:] = W[j,:,i,:]^T u[b,:,i]
(paper, eq. 2.2) is then summed over i (eq. 2.1) by one matrix product over the joint axis E*I. The logits b
(eq. 2.3) are linear in the outputs: after r iterations they are the agreement of u_hat with the SUM of the outputs
so far, so that only this sum is kept.
"""

from collections.abc import Iterator

import torch
from einops import rearrange
from torch import Tensor

SQUASH_EPSILON = 1e-9


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


def squash_backward(s: Tensor, dv: Tensor) -> Tensor:
    """Return the gradient by s of `squash` along the last axis, from that by its result."""
    squared = s.square().sum(-1, keepdim=True)
    inverse = (squared + SQUASH_EPSILON).rsqrt()
    shrunk = squared / (1 + squared)
    slope = inverse / (1 + squared).square() - shrunk * inverse**3 / 2  # of shrunk * inverse, by squared
    return shrunk * inverse * dv + 2 * slope * (s * dv).sum(-1, keepdim=True) * s


def route(u: Tensor, weight: Tensor, iterations: int, gradient: str = "last") -> Tensor:
    """Route input capsules to output capsules by agreement and return the output capsules.

    u (B, E, I) and weight (J, E, I, D) give v (B, J, D), every |v| < 1. The coupling c is a softmax over the J
    output capsules (eq. 2.4), separately for each image.

    gradient: "last" lets only the last iteration's weighted sum carry gradient, as in the TensorFlow code that
    the paper's summaries point to; "full" differentiates through all iterations. Both have the same output.
    Source: paper, eqs. 2.1-2.4; Sabour et al. 2017, procedure 1.
    """
    w = rearrange(weight, "J E I D -> J (E I) D")
    if torch.is_grad_enabled() and (u.requires_grad or weight.requires_grad):
        v = Routing.apply(u, w, iterations, gradient == "full")
    else:
        v = squash(iterate(u, w, iterations)[0][-1])
    return rearrange(v, "J B D -> B J D")


def iterate(u: Tensor, w: Tensor, iterations: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return the weighted sums s (J, B, D) of each iteration, and the couplings c (J, B, I) after the first."""
    outputs = len(w)
    joined = rearrange(u, "B E I -> B (E I)") @ rearrange(w, "J EI D -> EI (J D)")
    sums = [widen(rearrange(joined, "B (J D) -> J B D", J=outputs)) / outputs]  # b = 0: every coupling is 1 / J
    couplings: list[Tensor] = []
    total = torch.zeros_like(sums[0])
    for _ in range(iterations - 1):
        total = total + squash(sums[-1])
        couplings.append(agree(u, w, total.to(u.dtype)).softmax(0).to(u.dtype))
        sums.append(weigh(u, w, couplings[-1]))
    return sums, couplings


def agree(u: Tensor, w: Tensor, total: Tensor) -> Tensor:
    """Eq. 2.3: the sum over d of u_hat * total, (J, B, I), from total (J, B, D)."""
    parts = []
    for w_j, total_j in by_class(w, total):
        pulled_back = (total_j @ w_j.mT).unflatten(2, u.shape[1:])  # (J, B, E, I)
        parts.append(widen(pulled_back.mul_(u).sum(2)))
    return torch.cat(parts)


def weigh(u: Tensor, w: Tensor, coupling: Tensor) -> Tensor:
    """Eq. 2.1: the sum over i of coupling * u_hat, (J, B, D)."""
    parts = [(c.unsqueeze(2) * u).flatten(2) @ w_j for w_j, c in by_class(w, coupling)]
    return widen(torch.cat(parts))


def by_class(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Yield matching parts of tensors (J, ...).

    Class by class on a processor, whose cache then holds what one class needs; all at once on a GPU, which would
    only wait for the many small calls.
    """
    at_once = 1 if tensors[0].device.type == "cpu" else len(tensors[0])
    return zip(*(tensor.split(at_once) for tensor in tensors), strict=True)


class Routing(torch.autograd.Function):
    """`route` with its gradient by hand: it keeps no tensor of the size J x B x E x I, computing products again."""

    @staticmethod
    def forward(ctx, u: Tensor, w: Tensor, iterations: int, full: bool) -> Tensor:
        """Return v (J, B, D) from u (B, E, I) and w (J, E*I, D)."""
        sums, couplings = iterate(u, w, iterations)
        ctx.full, ctx.iterations = full, iterations
        ctx.save_for_backward(u, w, *sums, *couplings)
        return squash(sums[-1])

    @staticmethod
    def backward(ctx, dv: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Return the gradients by u and w; dv (J, B, D)."""
        u, w, *kept = ctx.saved_tensors
        sums, couplings = kept[: ctx.iterations], kept[ctx.iterations :]
        du, dw = torch.zeros_like(u), torch.zeros_like(w)
        for r in range(ctx.iterations - 1, 0, -1):
            ds = squash_backward(sums[r], dv).to(u.dtype)
            dc = weigh_backward(u, w, couplings[r - 1], ds, du, dw, ctx.full)
            if not ctx.full:
                return du, dw, None, None
            c = widen(couplings[r - 1])
            db = c * (dc - (c * dc).sum(0))  # softmax over the classes
            total = sum(squash(s) for s in sums[:r]).to(u.dtype)
            dtotal = agree_backward(u, w, total, db.to(u.dtype), du, dw)
            # The sum of outputs that gave the logits holds all earlier outputs.
            dv = dtotal if r == ctx.iterations - 1 else dv + dtotal
        ds = rearrange(squash_backward(sums[0], dv).to(u.dtype), "J B D -> B (J D)") / len(w)
        du += rearrange(ds @ rearrange(w, "J EI D -> (J D) EI"), "B (E I) -> B E I", E=u.shape[1])
        dw += rearrange(rearrange(u, "B E I -> (E I) B") @ ds, "EI (J D) -> J EI D", J=len(w))
        return du, dw, None, None


def weigh_backward(
    u: Tensor, w: Tensor, coupling: Tensor, ds: Tensor, du: Tensor, dw: Tensor, by_coupling: bool
) -> Tensor | None:
    """Add the gradients of `weigh` to du (B, E, I) and dw (J, E*I, D); return that by the coupling if wanted."""
    dc = []
    for w_j, c, ds_j, dw_j in by_class(w, coupling, ds, dw):
        back = (ds_j @ w_j.mT).unflatten(2, u.shape[1:])  # (J, B, E, I)
        if by_coupling:
            dc.append(widen((back * u).sum(2)))
        add_products(du, c, back)
        dw_j += torch.mul(c.unsqueeze(2), u, out=back).flatten(2).mT @ ds_j
    return torch.cat(dc) if by_coupling else None


def agree_backward(u: Tensor, w: Tensor, total: Tensor, db: Tensor, du: Tensor, dw: Tensor) -> Tensor:
    """Add the gradients of `agree` to du (B, E, I) and dw (J, E*I, D); return that by total, (J, B, D)."""
    dtotal = []
    for w_j, total_j, db_j, dw_j in by_class(w, total, db, dw):
        back = (total_j @ w_j.mT).unflatten(2, u.shape[1:])
        add_products(du, db_j, back)
        scaled = torch.mul(db_j.unsqueeze(2), u, out=back).flatten(2)
        dtotal.append(scaled @ w_j)
        dw_j += scaled.mT @ total_j
    return widen(torch.cat(dtotal))


def add_products(du: Tensor, factors: Tensor, back: Tensor) -> None:
    """Add to du (B, E, I) the sum over the classes of factors (J, B, I) times back (J, B, E, I)."""
    for factor, part in zip(factors, back, strict=True):
        du.addcmul_(factor.unsqueeze(1), part)
