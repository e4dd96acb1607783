"""Batches in parts: the same gradient as the whole batch, and a training that goes on when memory runs out."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.errors import UserError
from videofer.models.interface import Batch
from videofer.training.accumulation import Parts, add_gradients


@dataclass(frozen=True)
class Said:
    logits: Tensor
    features: Tensor
    votes: None = None


class Device:
    """A network on a pretended device whose memory holds so many clips at once."""

    def __init__(self, holds, clips=7):
        generator = torch.Generator().manual_seed(0)
        self.clips = torch.rand(clips, 5, generator=generator)
        self.labels = torch.arange(clips) % 3
        self.network = nn.Linear(5, 3)
        with torch.no_grad():
            for parameter in self.network.parameters():
                parameter.copy_(torch.rand(parameter.shape, generator=generator))
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=0.1)
        self.holds, self.asked = holds, []

    def compute(self, positions):
        self.asked.append(len(positions))
        batch = Batch(self.clips[positions], self.clips[positions], self.labels[positions])
        features = self.network(batch.clips)
        if len(positions) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        answer = Said(2 * features, features)
        entropy = functional.cross_entropy(answer.logits, batch.labels)
        return batch, answer, {"entropy": entropy, "total": entropy + features.square().mean()}

    def gradients(self):
        return [parameter.grad.clone() for parameter in self.network.parameters()]


def test_the_parts_add_up_to_the_batch():
    whole, small, parts = Device(7), Device(3), Parts()
    order = torch.tensor([4, 1, 6, 0, 3, 5, 2])
    expected = add_gradients(whole.compute, order, whole.optimiser, Parts())
    got = add_gradients(small.compute, order, small.optimiser, parts)
    assert small.asked == [7, 4, 2, 2, 2, 1]  # 7 and 4 are too many
    for one, other in zip(whole.gradients(), small.gradients(), strict=True):
        torch.testing.assert_close(one, other)
    assert torch.equal(expected[0].labels, got[0].labels) and torch.equal(expected[0].clips, got[0].clips)
    torch.testing.assert_close(expected[1].logits, got[1].logits)
    torch.testing.assert_close(expected[1].features, got[1].features)
    assert got[1].votes is None
    torch.testing.assert_close({n: v.detach() for n, v in expected[2].items()}, got[2])


def test_what_was_learned_about_the_memory_is_kept():
    device, parts = Device(3), Parts()
    for _ in range(2):
        device.asked.clear()
        add_gradients(device.compute, torch.arange(7), device.optimiser, parts)
    assert device.asked == [2, 2, 2, 1] and parts.clips == 2
    assert parts.describe() == ["The device's memory was too small for a batch: its clips were taken 2 at a time."]


def test_where_memory_suffices_every_step_has_the_bytes_of_a_plain_loop():
    plain, whole, parts = Device(7), Device(7), Parts()
    for _ in range(5):
        _, _, losses = plain.compute(torch.arange(7))
        plain.optimiser.zero_grad()
        losses["total"].backward()
        plain.optimiser.step()
        _, _, same = add_gradients(whole.compute, torch.arange(7), whole.optimiser, parts)
        whole.optimiser.step()
        assert torch.equal(losses["total"], same["total"])
    for one, other in zip(plain.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(one, other)
    assert parts.clips is None and parts.describe() == []


def test_one_clip_that_does_not_fit_is_named():
    device = Device(0)
    with pytest.raises(UserError, match=r"one clip does not fit into the GPU's memory: choose a smaller size"):
        add_gradients(device.compute, torch.arange(3), device.optimiser, Parts())
    assert device.asked == [3, 2, 1]
