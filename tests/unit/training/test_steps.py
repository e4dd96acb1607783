"""Steps of a training: when they are recorded, that a recording changes nothing, and that it can be made at all."""

import logging
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch
from small_study import read_settings
from torch._inductor.utils import FORBIDDEN_CUDAGRAPH_OPS
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from videofer.training.accumulation import Parts
from videofer.training.step import SWITCH, WARM_UP, Step, Tally, record

from videofer.models.interface import Schedule, Split, Task
from videofer.models.registry import load_model
from videofer.training import step as steps
from videofer.training.loop import make_optimiser

CLIPS = 6


def make_split():
    generator = torch.Generator().manual_seed(0)
    versions = torch.randint(0, 256, (CLIPS, 8, 4, 48, 48), dtype=torch.uint8, generator=generator)
    samples = torch.cartesian_prod(torch.arange(CLIPS), torch.arange(8))
    return Split(versions, torch.zeros(CLIPS, 8, 4, 68, 2), torch.arange(CLIPS), samples)


def make_step(model="capsule-lstm", variant="margin-reconstruction-ce", precision="float32"):
    torch.manual_seed(0)
    found, settings, split = load_model(model), read_settings(model, 1), make_split()
    schedule = replace(Schedule(**settings["schedule"]), precision=precision)
    task = Task(variant, settings["options"], CLIPS, split, split, schedule, (0, 0), "cpu", None)
    learner = found.learner(task)
    learner.network.train()
    return Step(learner, split, schedule, make_optimiser(learner.network, schedule), Parts())


ORDER = torch.randperm(8 * CLIPS, generator=torch.Generator().manual_seed(1))
BATCHES = [*ORDER.split(9), *ORDER.flip(0).split(9)]  # of nine clips and, last, of three


def take_all(step):
    rows = [step(positions) for positions in BATCHES]
    return torch.stack(rows), step.learner.network.state_dict()


def pretend(take, positions):
    """Stand for `record`: the same one buffer for positions and one for the row, filled at each replay."""
    held, row = positions.clone(), torch.empty(6)

    def replay(positions):
        held.copy_(positions)
        row.copy_(take(held))
        return row.clone()

    return replay


@pytest.mark.parametrize(("device", "recordable", "switch", "records"), [
    ("cuda:1", True, None, True), ("cuda:1", True, "1", True), ("cuda:1", True, "0", False),
    ("cuda:1", False, None, False), ("cpu", True, None, False), ("mps", True, None, False),
])  # fmt: skip
def test_only_a_recordable_step_on_cuda_is_recorded_unless_that_is_turned_off(
    monkeypatch, device, recordable, switch, records
):
    monkeypatch.delenv(SWITCH, raising=False)
    if switch:
        monkeypatch.setenv(SWITCH, switch)
    split = SimpleNamespace(samples=SimpleNamespace(device=torch.device(device)))
    assert Step(SimpleNamespace(recordable=recordable), split, None, None, Parts()).records == records


def test_each_size_of_batch_is_recorded_once_after_its_warm_up_with_the_same_bytes():
    plain, recorded, made = make_step(), make_step(), []
    recorded.records = True

    def keep(take, positions):
        made.append((len(positions), recorded.seen[len(positions)]))
        return pretend(take, positions)

    with patch.object(steps, "record", keep):
        rows, weights = take_all(recorded)
    expected, ends = take_all(plain)
    assert made == [(9, WARM_UP + 1)]  # the batch of three came twice only
    assert torch.equal(rows, expected) and rows.unique(dim=0).shape == rows.shape
    assert all(torch.equal(weights[name], ends[name]) for name in ends)


@pytest.mark.parametrize("error", [RuntimeError("operation not permitted"), torch.OutOfMemoryError("too much")])
def test_what_cannot_be_recorded_is_said_once_and_goes_on_with_the_same_bytes(caplog, error):
    plain, failing = make_step(), make_step()
    failing.records = True
    with patch.object(steps, "record", side_effect=error) as tried, caplog.at_level(logging.WARNING):
        rows, weights = take_all(failing)
    assert tried.call_count == 1 and caplog.text.count("could not be recorded") == 1 and str(error) in caplog.text
    expected, ends = take_all(plain)
    assert torch.equal(rows, expected) and all(torch.equal(weights[name], ends[name]) for name in ends)


def test_beside_others_too_little_memory_for_a_recording_is_for_them_to_settle():
    step = make_step()
    step.records, step.parts.others = True, 2
    with (
        patch.object(steps, "record", side_effect=torch.OutOfMemoryError("too much")),
        pytest.raises(torch.OutOfMemoryError),
    ):
        take_all(step)


def test_batches_in_parts_are_not_recorded():
    step = make_step()
    step.records, step.parts.clips = True, 5
    with patch.object(steps, "record", side_effect=AssertionError):
        take_all(step)


def test_a_replay_gets_its_own_positions_and_gives_a_row_that_stays():
    """`record` itself, on a pretended graph: torch's own records nothing without a GPU."""
    asked = []

    class Graph:
        def replay(self):
            asked[0][1].copy_(2.0 * asked[0][0])

    def take(positions):
        asked.append((positions, torch.zeros(2)))
        return asked[-1][1]

    with (
        patch.object(torch.cuda, "CUDAGraph", Graph),
        patch.object(torch.cuda, "graph", lambda *given, **more: nullcontext()),
        patch.object(torch.cuda, "current_stream", lambda: None),
    ):
        replay = record(take, torch.tensor([1, 2]))
    first, second = replay(torch.tensor([3, 4])), replay(torch.tensor([5, 6]))
    assert len(asked) == 1 and first.tolist() == [6, 8] and second.tolist() == [10, 12]


class Operations(TorchDispatchMode):
    """The operations that are asked for."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.asked.add(func)
        return func(*args, **(kwargs or {}))


def look_at_nothing(step):
    """Take a step on tensors without values, which fails where a value is looked at, and return its row."""
    parameters = [p for p in step.learner.network.parameters() if p.requires_grad]
    with FakeTensorMode(allow_non_fake_inputs=True):
        batch, answer, losses = step.compute(torch.arange(5))
        torch.autograd.grad(losses["total"], parameters, allow_unused=True)
        with torch.no_grad():
            step.learner.after_step(answer, batch)
        return steps.score(answer, batch, losses)[1]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("variant", load_model("capsule-lstm").variants)
def test_a_step_of_the_capsule_lstm_looks_at_no_value(variant, precision):
    """A recording would keep for good what a look at a value decided; CUDA refuses the look itself.

    Nor is any of its operations one that torch itself keeps out of recordings.
    """
    step = make_step(variant=variant, precision=precision)
    assert step.learner.recordable
    with Operations() as seen:
        assert look_at_nothing(step).shape == (6,)
    assert {"aten.convolution.default", "aten.bmm.default"} < {str(asked) for asked in seen.asked}
    unsafe = {str(asked) for asked in seen.asked if torch._C.Tag.cudagraph_unsafe in asked.tags}
    assert not unsafe | (FORBIDDEN_CUDAGRAPH_OPS & {str(asked) for asked in seen.asked})


def test_one_that_draws_on_the_processor_is_found_out_and_not_recorded():
    step = make_step("frames-landmarks", "fused")
    assert not step.learner.recordable
    with pytest.raises(DataDependentOutputException):
        look_at_nothing(step)


def test_sums_are_those_of_adding_up_one_by_one():
    rows = torch.rand(20, 3, generator=torch.Generator().manual_seed(0))
    rows[:, 2] = torch.arange(20)
    tally, expected = Tally({"total": 0.5}), {"total": 0.5, "margin": 0.0, "accuracy": 0.0}
    for number, (total, margin, right) in enumerate(rows):
        tally.add(rows[number], 1 + number)
        expected["total"] += float(total) * (1 + number)
        expected["margin"] += float(margin) * (1 + number)
        expected["accuracy"] += int(right)
    names = ("total", "margin", "accuracy")
    assert tally.read(names) == expected == tally.read(names)
    assert Tally({"total": 1.5}).read(()) == {"total": 1.5}


def test_adam_can_be_recorded_on_cuda_and_is_the_plain_one_on_a_processor():
    network = torch.nn.Linear(2, 2)
    schedule = Schedule(1, 1, 0.1)
    assert not make_optimiser(network, schedule).param_groups[0]["capturable"]
    on_cuda = SimpleNamespace(requires_grad=True, device=torch.device("cuda"))
    with patch("videofer.training.loop.Adam") as adam:
        make_optimiser(SimpleNamespace(parameters=lambda: [on_cuda]), schedule)
    assert adam.call_args.kwargs["capturable"]
