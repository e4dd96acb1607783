"""DTAGN: layer tables, normalisations, the two ways of joining the networks, and what each stage trains."""

import numpy as np
import pytest
import torch
from model_options import easy_split, easy_task, read_options
from torch.nn import functional

from videofer.models import dtagn
from videofer.models.interface import Batch, Split, count_parameters
from videofer.training.loop import fit_network

BOTH = ("joint", "weighted-sum")


def learner_at(variant, stage, **options):
    """Return the learner as it is in a stage, its networks untrained, and a batch for it."""
    task = easy_task(variant, read_options("dtagn", **options))
    learner = dtagn.DTAGN(task)
    for name in learner.stages(task.schedule):
        learner.begin(name)
        if name == stage:
            return learner, task.training.batch(torch.arange(12))
    raise AssertionError(stage)


def test_parameters_layer_by_layer():
    convolutions = (64 * 16 * 25 + 64) + (64 * 64 * 25 + 64)
    appearance = convolutions + (64 * 12 * 12 * 500 + 500) + (500 * 500 + 500) + (500 * 6 + 6)
    geometry = (16 * 68 * 2 * 100 + 100) + (100 * 600 + 600) + (600 * 6 + 6)
    small = (16 * 16 * 25 + 16) + (32 * 16 * 25 + 32) + (32 * 36 * 128 + 128) + (128 * 128 + 128) + 128 * 6 + 6
    small_geometry = (16 * 68 * 2 * 64 + 64) + (64 * 128 + 128) + (128 * 6 + 6)
    for size, expected in (("paper", (appearance, geometry)), ("D", (small, small_geometry))):
        with torch.device("meta"):
            dtan = dtagn.build_dtan(torch.empty(16, 48, 48), 6, dtagn.SIZES[size])
            dtgn = dtagn.build_dtgn(torch.empty(16, 68, 2), 6, dtagn.SIZES[size])
        assert (count_parameters(dtan), count_parameters(dtgn)) == expected


@pytest.mark.parametrize("size", sorted(dtagn.SIZES))
@pytest.mark.parametrize("variant", dtagn.MODEL.variants)
def test_every_variant_has_its_own_networks_only(variant, size):
    learner, batch = learner_at(variant, dtagn.STAGES[variant][-1], size=size)
    assert set(learner.network) == (set(dtagn.NETWORKS) if variant in BOTH else {variant})
    for mode in (True, False):
        learner.network.train(mode)
        answer = learner.answer(batch)
        assert answer.logits.shape == (12, 6) and answer.votes is None
        assert learner.losses(answer, batch)["total"].isfinite()


@pytest.mark.parametrize("size", [3, 5])
def test_response_normalisation_and_its_gradient_are_torch_s(size):
    x = (100 * torch.randn(2, 7, 3, 3, dtype=torch.float64)).requires_grad_()
    weight = torch.randn_like(x)
    ours = dtagn.LocalResponseNorm(7, size).double()(x)
    theirs = functional.local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0)
    assert (ours / x).min() < 0.7  # at this height the division shows
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    gradients = [torch.autograd.grad((weight * y).sum(), x)[0] for y in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-6)


def test_landmarks_are_relative_to_the_nose_tip_in_units_of_each_axis_s_spread():
    points = torch.from_numpy(np.random.default_rng(0).normal(20, 5, (2, 3, 68, 2)))
    normalised = dtagn.normalise_landmarks(points)
    for clip, frame, axis in np.ndindex(2, 3, 2):
        values = points[clip, frame, :, axis].numpy()
        np.testing.assert_allclose(normalised[clip, frame, :, axis], (values - values[30]) / values.std())
    moved = points * torch.tensor([2.0, 0.5]) + torch.tensor([7.0, -3.0])
    torch.testing.assert_close(dtagn.normalise_landmarks(moved), normalised)
    flat = points.clone()
    flat[..., 1] = 9
    assert dtagn.normalise_landmarks(flat)[..., 1].eq(0).all()


def test_the_mean_input_is_that_of_the_samples_alone():
    split = easy_split(100)
    split = Split(split.versions, split.landmarks, split.labels, torch.tensor([(3, 0), (99, 7), (3, 5)] * 40))
    mean = (split.versions[3, 0].float() + split.versions[99, 7] + split.versions[3, 5]) / (3 * 255)
    torch.testing.assert_close(dtagn.mean_input(split, lambda batch: batch.clips), mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variant", ["dtan", "dtgn"])
def test_either_network_takes_its_own_input_alone_and_relative_to_its_mean(variant):
    learner, batch = learner_at(variant, variant)
    learner.network.eval()
    answer = learner.answer(batch).logits
    other = {"dtan": "landmarks", "dtgn": "clips"}[variant]
    changed = Batch(**(vars(batch) | {other: torch.rand_like(getattr(batch, other))}))
    assert torch.equal(learner.answer(changed).logits, answer)
    network = learner.network[variant]
    _, take_input = dtagn.NETWORKS[variant]
    torch.testing.assert_close(network.mean, take_input(batch).mean(0), rtol=1e-5, atol=1e-5)
    shift = torch.randn_like(network.mean)
    before = network(take_input(batch))
    network.mean += shift
    torch.testing.assert_close(network(take_input(batch) + shift), before, rtol=1e-3, atol=1e-4)


def test_a_weighted_sum_is_judged_while_dtgn_trains_alone():
    learner, batch = learner_at("weighted-sum", "dtgn", appearance_weight=0.7)
    learner.network.eval()
    appearance, geometry = (learner.run(name, batch).softmax(1) for name in dtagn.NETWORKS)
    judged = learner.answer(batch).logits
    torch.testing.assert_close(judged.softmax(1), 0.7 * appearance + 0.3 * geometry)
    learner.begin("dtan")
    torch.testing.assert_close(learner.answer(batch).logits.softmax(1), appearance)


def test_the_joint_loss_by_hand_and_its_gradient_by_formula():
    learner, batch = learner_at("joint", "joint", loss_weights=[2, 3, 0.5])
    appearance, geometry = (torch.randn(12, 6, dtype=torch.float64).requires_grad_() for _ in range(2))
    # float() in the loss would hide the difference quotients: the gradient of cross-entropy is softmax - one-hot.
    losses = learner.losses(dtagn.JointLogits(appearance, geometry), batch)
    expected = dict.fromkeys(("appearance", "geometry", "joint"), 0.0)
    for n, label in enumerate(batch.labels):
        scores = {"appearance": appearance[n], "geometry": geometry[n], "joint": appearance[n] + geometry[n]}
        for weight, (name, logits) in zip((2, 3, 0.5), scores.items(), strict=True):
            p = np.exp(logits.detach().numpy())
            expected[name] -= weight * np.log(p[label] / p.sum()) / 12
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-5)
    assert losses["total"].item() == pytest.approx(sum(expected.values()), rel=1e-5)
    losses["total"].backward()
    truth = functional.one_hot(batch.labels, 6)
    together = 0.5 * ((appearance + geometry).softmax(1) - truth)
    for logits, weight in ((appearance, 2), (geometry, 3)):
        gradient = (weight * (logits.softmax(1) - truth) + together) / 12
        torch.testing.assert_close(logits.grad, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("variant", "stage", "free"), [
    ("joint", "dtan", {"dtan"}), ("joint", "dtgn", {"dtgn"}), ("joint", "joint", {"dtan.top", "dtgn.top"}),
    ("weighted-sum", "dtgn", {"dtgn"}), ("dtan", "dtan", {"dtan"}), ("dtgn", "dtgn", {"dtgn"}),
])  # fmt: skip
def test_each_stage_trains_its_part_alone(variant, stage, free):
    learner, batch = learner_at(variant, stage)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    optimiser = torch.optim.Adam([p for p in learner.network.parameters() if p.requires_grad], lr=0.01)
    learner.network.train()
    learner.losses(learner.answer(batch), batch)["total"].backward()
    optimiser.step()
    changed = {name for name, value in learner.network.state_dict().items() if not torch.equal(value, before[name])}
    parameters = {name for name, _ in learner.network.named_parameters()}
    assert changed == {name for name in parameters if name.startswith(tuple(f"{part}." for part in free))}


@pytest.fixture(scope="module")
def fitted():
    """Three epochs a stage of each variant."""
    options = read_options("dtagn")
    return {name: fit_network(dtagn.DTAGN, easy_task(name, options, epochs=3)) for name in dtagn.MODEL.variants}


def test_the_stages_follow_each_other_and_the_last_chooses_the_epoch(fitted):
    training = [row for row in fitted["joint"].history if row["split"] == "train"]
    assert [row["epoch"] for row in training] == list(range(1, 10)) and fitted["joint"].epoch > 6
    assert all({"appearance", "geometry", "joint"}.isdisjoint(row) for row in training[:6])
    assert all({"appearance", "geometry", "joint"} <= set(row) for row in training[6:])
    assert len(fitted["weighted-sum"].history) == 12 and fitted["weighted-sum"].epoch > 3


def test_joint_and_weighted_sum_have_the_dtan_that_is_trained_alone(fitted):
    weights = {name: fitted[name].weights for name in ("dtan", *BOTH)}
    hidden = [name for name in weights["dtan"] if not name.startswith("dtan.top")]
    assert len(hidden) == 1 + 2 * 4
    for variant in BOTH:
        for name in hidden:
            np.testing.assert_array_equal(weights[variant][name], weights["dtan"][name])
    top = "dtan.top.weight"
    np.testing.assert_array_equal(weights["weighted-sum"][top], weights["dtan"][top])
    assert not np.array_equal(weights["joint"][top], weights["dtan"][top])
