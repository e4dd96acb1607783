"""torch's optimisers without torch.compile's machinery, which each of their methods would load."""

import inspect

import torch
from torch import nn

from videofer.models.interface import Schedule


def without_compiler(optimiser: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Return a subclass that computes the same and does not import torch._dynamo.

    torch wraps the methods below so that torch.compile leaves them out. The wrapping imports the compiler at the
    first call, in a process that never compiles too: `python -m benchmarks.training_job` measures what that costs.
    """
    methods = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    plain = {name: inspect.unwrap(getattr(optimiser, name)) for name in methods}
    plain["step"] = torch.no_grad()(inspect.unwrap(optimiser.step))
    return type(optimiser.__name__, (optimiser,), plain)


Adam = without_compiler(torch.optim.Adam)
SGD = without_compiler(torch.optim.SGD)


def make_optimiser(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the parameters that are not frozen."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    common = {"lr": schedule.learning_rate, "weight_decay": schedule.weight_decay}
    if schedule.optimiser == "sgd":
        return SGD(parameters, momentum=schedule.momentum, **common)
    return Adam(parameters, **common)
