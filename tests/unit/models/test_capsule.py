"""Capsule layers against the textbook form and derivations by hand."""

import math

import pytest
import torch

from videofer.models.capsule import DigitCapsules, PrimaryCapsules, capsule_norms, route, squash


def small_problem(dtype=torch.float64, batch=2, components=3, inputs=5, outputs=4, size=6):
    generator = torch.Generator().manual_seed(1)
    u = torch.randn(batch, components, inputs, generator=generator, dtype=dtype)
    weight = torch.randn(outputs, components, inputs, size, generator=generator, dtype=dtype)
    return u, weight


def squash_by_hand(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(x * x for x in vector))
    return [length**2 / (1 + length**2) * x / length for x in vector]


def route_by_einsum(u, weight, iterations, gradient):
    """The textbook form: build u_hat, keep the logits b."""
    predictions = torch.einsum("bei,jeid->bjid", u, weight)
    fixed = predictions if gradient == "full" else predictions.detach()
    b = torch.zeros(predictions.shape[:3], dtype=u.dtype)
    for r in range(iterations):
        last = r == iterations - 1
        s = torch.einsum("bji,bjid->bjd", b.softmax(1), predictions if last else fixed)
        squared = s.square().sum(-1, keepdim=True)
        v = squared / (1 + squared) * s / squared.sqrt()
        if not last:
            b = b + torch.einsum("bjd,bjid->bji", v, fixed)
    return v


@pytest.mark.parametrize("gradient", ["last", "full"])
@pytest.mark.parametrize("iterations", [1, 2, 3, 4])
def test_routing_and_its_gradients_equal_those_of_the_textbook_form(iterations, gradient):
    u, weight = (x.requires_grad_() for x in small_problem())
    results = []
    for form in (route, route_by_einsum):
        v = form(u, weight, iterations, gradient)
        direction = torch.linspace(-1, 2, v.numel(), dtype=v.dtype).view_as(v)
        results.append((v, *torch.autograd.grad((v * direction).sum(), (u, weight))))
    for ours, textbook in zip(*results, strict=True):
        torch.testing.assert_close(ours, textbook, atol=1e-6, rtol=1e-6)


def test_squash_keeps_direction_and_bounds_length():
    s = torch.tensor([[3.0, 4.0], [0.03, 0.04], [300.0, 400.0]])
    v = squash(s)
    torch.testing.assert_close(v[0], torch.tensor(squash_by_hand([3.0, 4.0])))
    assert (capsule_norms(v) <= 1).all()
    torch.testing.assert_close(v / v.norm(dim=-1, keepdim=True), s / s.norm(dim=-1, keepdim=True))


def test_squash_and_norm_are_finite_at_zero():
    s = torch.zeros(2, 5, requires_grad=True)
    capsule_norms(squash(s)).sum().backward()
    assert squash(s).abs().max() == 0
    assert torch.isfinite(s.grad).all()


def test_a_primary_capsule_is_one_position_of_several_channels():
    layer = PrimaryCapsules(torch.nn.Conv2d(1, 6, 1), components=3, relu=False)
    torch.nn.init.zeros_(layer.convolution.weight)
    with torch.no_grad():  # channel value = its number + 1, the same at all positions
        layer.convolution.bias.copy_(torch.arange(6) + 1.0)
    u = layer(torch.zeros(1, 1, 2, 2))
    assert u.shape == (1, 3, 2 * 2 * 2)
    # Channels are (component, type): type 0 has channels 0, 2, 4; type 1 has channels 1, 3, 5.
    torch.testing.assert_close(u[0, :, 0], torch.tensor(squash_by_hand([1.0, 3.0, 5.0])))
    torch.testing.assert_close(u[0, :, -1], torch.tensor(squash_by_hand([2.0, 4.0, 6.0])))


def test_routing_never_builds_the_prediction_tensor():
    batch, components, inputs, outputs, size = 32, 8, 200, 6, 30
    layer = DigitCapsules(inputs, components, outputs, size, iterations=3, gradient="last")
    largest = 0

    def record(tensor):
        nonlocal largest
        largest = max(largest, tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(record, lambda t: t):
        layer(torch.randn(batch, components, inputs, requires_grad=True)).sum().backward()
    assert largest < batch * inputs * outputs * size / 3


@pytest.mark.parametrize("gradient", ["last", "full"])
def test_half_precision_routing_stays_within_a_hundredth(gradient):
    u, weight = (x.float() for x in small_problem(batch=16, inputs=50))
    direction = torch.randn(16, 4, 6, generator=torch.Generator().manual_seed(3))
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        inputs = [x.to(dtype).requires_grad_() for x in (squash(u, 1), weight)]
        v = route(*inputs, 3, gradient)
        results.append([v, *torch.autograd.grad((v * direction).sum(), inputs)])
    for exact, rough in zip(*results, strict=True):
        assert (rough.float() - exact).norm() < 1e-2 * exact.norm()
