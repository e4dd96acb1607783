"""CPU time of a Capsule-LSTM training step when freed memory is kept, over that when it is not.

python -m benchmarks.training_step: both ways in processes of their own, turn by turn, so that other work on the
machine meets both alike; prints the median of each and their ratio.
"""

import statistics
import subprocess
import sys
import time

import torch

from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import CapsuleLSTM
from videofer.models.capsule_lstm_losses import LossReadings, joint_loss
from videofer.training.allocator import keep_freed_memory

ROUNDS, STEPS, WARM_UP, CLIPS = 5, 12, 3, 8


def time_step() -> float:
    """Return the median CPU seconds of a step: full variant, preset D, 8 clips of 16 frames, one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = CapsuleLSTM(6, "D")
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    clips, labels = torch.rand(CLIPS, 16, 48, 48), torch.arange(CLIPS) % 6
    seconds = []
    for _ in range(WARM_UP + STEPS):
        start = time.process_time()
        output = network(clips, labels, reconstruct=True)
        loss = joint_loss(output, clips, labels, VARIANTS["margin-reconstruction-ce"], LossReadings()).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[WARM_UP:])


def run_both() -> dict[str, list[float]]:
    """Return the seconds of a step by way, one number a round."""
    times: dict[str, list[float]] = {"kept": [], "returned": []}
    for _ in range(ROUNDS):
        for way, found in times.items():
            command = [sys.executable, "-m", "benchmarks.training_step", way]
            found.append(float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
    return times


def main() -> None:
    """Print both medians and their ratio, or, as a subprocess, the seconds of one way."""
    way = sys.argv[1] if len(sys.argv) > 1 else None
    if way != "returned" and not keep_freed_memory():
        sys.exit("The C library here is not glibc: it cannot be told to keep freed memory.")
    if way:
        print(time_step())
        return
    times = run_both()
    for way, found in times.items():
        print(f"{way:9} {1000 * statistics.median(found):7.1f} ms a step ({ROUNDS} processes)")
    ratios = [kept / returned for kept, returned in zip(times["kept"], times["returned"], strict=True)]
    print(f"ratio     {statistics.median(ratios):7.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
