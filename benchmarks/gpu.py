"""The capsule core on an NVIDIA GPU against the textbook form: python -m benchmarks.gpu writes results/gpu.json."""

import sys
from itertools import chain
from pathlib import Path

import torch

from benchmarks.capsule_core import time_layers, time_steps
from benchmarks.report import keep, show

STEPS = {"D": (8, None), "S": (8, None), "M": (8, None), "paper": (8, None)}  # preset -> clips a step, bar

if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit("There is no NVIDIA GPU here: `make bench` measures the CPU.")
    rows = show(chain(time_layers("cuda"), time_steps(STEPS, "cuda")))
    keep(rows, Path(__file__).parent / "results" / "gpu.json", "cuda")
