"""Models are tested on one thread: their steps are too small for more."""

import torch

torch.set_num_threads(1)
