"""The precision of convolutions and matrix products, and which one a device is fastest in, found out by trying."""

import logging
import statistics

import torch

from videofer.training.stopwatch import Stopwatch

SIDE, ROUNDS = 512, 7  # of the matrices multiplied, and how often; the first round of each warms up
FASTER = 0.7  # share of float32's time from which on bfloat16 pays: it also rounds and converts

log = logging.getLogger(__name__)


def choose_precision(asked: str, device: str) -> str:
    """Return `asked`, or, if it is "auto", bfloat16 where that is clearly faster on `device`, else float32."""
    if asked != "auto":
        return asked
    share = measure_share(device)
    chosen = "bfloat16" if share < FASTER else "float32"
    log.info("a product of matrices takes %.2f of float32's time in bfloat16: computing in %s", share, chosen)
    return chosen


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context that computes convolutions and matrix products in bfloat16 where that was asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def measure_share(device: str) -> float:
    """Return the time of a matrix product in bfloat16 over that in float32, both taken turn by turn."""
    exact = torch.ones(SIDE, SIDE, device=device)
    rough = exact.bfloat16()
    watch = Stopwatch(device)
    shares = []
    for _ in range(ROUNDS):
        watch.lap()
        exact @ exact
        first = watch.lap()
        rough @ rough
        shares.append(watch.lap() / first)
    return statistics.median(shares[1:])
