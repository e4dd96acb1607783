"""The optimisers without torch.compile: the steps of torch's own, and nothing of the compiler."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from videofer.training.optimisers import SGD, Adam

SETTINGS = [
    (Adam, torch.optim.Adam, {"lr": 0.1, "weight_decay": 0.01}),
    (SGD, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.01, "momentum": 0.9}),
]


def descend(network, optimiser, steps):
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.arange(6.0).view(2, 3)).square().sum().backward()
        optimiser.step()


def make(optimiser, settings):
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 4)
    return network, optimiser(network.parameters(), **settings)


@pytest.mark.parametrize(("ours", "torchs", "settings"), SETTINGS)
def test_the_steps_are_those_of_torch(ours, torchs, settings):
    network, optimiser = make(ours, settings)
    plain, of_torch = make(torchs, settings)
    descend(network, optimiser, 3)
    descend(plain, of_torch, 2)
    assert not torch.equal(network.weight, plain.weight)
    descend(plain, of_torch, 1)
    assert torch.equal(network.weight, plain.weight) and torch.equal(network.bias, plain.bias)
    assert network.weight.requires_grad and torch.is_grad_enabled()


@pytest.mark.parametrize(("ours", "torchs", "settings"), SETTINGS)
def test_a_state_of_torch_goes_on(ours, torchs, settings):
    plain, of_torch = make(torchs, settings)
    descend(plain, of_torch, 2)
    network, optimiser = make(ours, settings)
    network.load_state_dict(plain.state_dict())
    optimiser.load_state_dict(copy.deepcopy(of_torch.state_dict()))
    descend(plain, of_torch, 1)
    descend(network, optimiser, 1)
    assert torch.equal(network.weight, plain.weight)


@pytest.mark.parametrize("model", ["capsule-lstm", "frames-landmarks", "majority"])
def test_a_training_does_not_pay_for_the_compiler(model, tmp_path):
    program = (
        f"import sys; from pathlib import Path; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from small_study import read_settings, train, write_data\n"
        f"from videofer.models.registry import load_model; variant = next(iter(load_model({model!r}).variants))\n"
        f"train(write_data(Path({str(tmp_path)!r})), {model!r}, variant)\n"
        "print('torch._dynamo' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
