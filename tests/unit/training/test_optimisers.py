"""What saves time in a training: optimisers without the compiler, and freed memory that stays."""

import copy
import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from frame_task import make_schedule

from videofer.training.optimisers import make_optimiser

TESTS = Path(__file__).resolve().parents[1]


def descend(network, optimiser, steps):
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.arange(6.0).view(2, 3)).square().sum().backward()
        optimiser.step()


@pytest.mark.parametrize(("name", "torchs", "settings"), [
    ("adam", torch.optim.Adam, {"lr": 0.1, "weight_decay": 0.01}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.01, "momentum": 0.9}),
])  # fmt: skip
def test_the_schedule_s_optimiser_steps_as_torch_s_own_and_goes_on_from_its_state(name, torchs, settings):
    torch.manual_seed(0)
    ours, plain = torch.nn.Linear(3, 4), torch.nn.Linear(3, 4)
    ours.bias.requires_grad_(False)
    plain.bias.requires_grad_(False)
    plain.load_state_dict(ours.state_dict())
    schedule = make_schedule(
        optimiser=name, learning_rate=0.1, weight_decay=0.01, momentum=settings.get("momentum", 0.0)
    )
    optimiser, of_torch = make_optimiser(ours, schedule), torchs([plain.weight], **settings)
    descend(ours, optimiser, 3)
    descend(plain, of_torch, 3)
    assert torch.equal(ours.weight, plain.weight) and torch.equal(ours.bias, plain.bias)
    resumed = make_optimiser(ours, schedule)
    resumed.load_state_dict(copy.deepcopy(of_torch.state_dict()))
    descend(ours, resumed, 1)
    descend(plain, of_torch, 1)
    assert torch.equal(ours.weight, plain.weight) and torch.is_grad_enabled()


def test_a_training_does_not_pay_for_the_compiler(tmp_path):
    program = (
        f"import sys; from pathlib import Path; sys.path.insert(0, {str(TESTS)!r})\n"
        "from small_study import train, write_data\n"
        f"train(write_data(Path({str(tmp_path)!r})), 'capsule-lstm', 'margin-ce')\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


RESIDENT = """
import sys
from pathlib import Path
from videofer.training.allocator import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

if sys.argv[1] == "keep":
    keep_freed_memory()
before = resident()
blocks = [bytearray(b"x") * (20 * 2**20) for _ in range(5)]
del blocks
print(resident() - before)
"""
GLIBC = sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_freed_memory_stays_in_the_process():
    kept, returned = (
        float(subprocess.run([sys.executable, "-c", RESIDENT, how], capture_output=True, check=True).stdout)
        for how in ("keep", "leave")
    )
    assert kept > 95 and returned < 60
