"""What the components of a capsule stand for: change one and decode (Sabour et al. 2017, figure 4)."""

import torch
from einops import rearrange
from torch import Tensor, nn

# Sabour, Frosst, Hinton 2017, section 5.1: "in steps of 0.05 in the range [-0.25, 0.25]".
STEPS = tuple(round(0.05 * step, 2) for step in range(-5, 6))


@torch.no_grad()
def perturb_capsule(decoder: nn.Module, capsule: Tensor) -> Tensor:
    """Decode a capsule (D,) with each of STEPS added to each single component: (D, steps, 48, 48) in 0..1."""
    steps = torch.tensor(STEPS, dtype=capsule.dtype, device=capsule.device)
    moves = torch.eye(len(capsule), dtype=capsule.dtype, device=capsule.device)
    moved = capsule + rearrange(moves, "K D -> K 1 D") * rearrange(steps, "S -> S 1")
    decoded = decoder(rearrange(moved, "K S D -> (K S) D"))
    return rearrange(decoded, "(K S) H W -> K S H W", S=len(steps)).float()
