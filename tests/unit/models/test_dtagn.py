"""DTAGN: layer tables, normalisations, the two ways of joining the networks, and that each variant learns."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
import yaml
from bars_study import files, run, write_study
from frame_task import make_schedule
from torch.nn import functional

import videofer.models.dtagn as dtagn
import videofer.training.loop as training
from videofer.core.artifacts import read_arrays, read_table
from videofer.models.dtagn import (
    DTAGN,
    DTAN,
    DTGN,
    MODEL,
    NETWORKS,
    SIZES,
    STAGES,
    JointLogits,
    LocalResponseNorm,
    mean_input,
    normalise_landmarks,
    sum_probabilities,
)
from videofer.models.interface import Batch, Split, Task, count_parameters
from videofer.training.loop import fit_network

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = {"size": "D", "appearance_weight": 0.5, "loss_weights": [1, 1, 0.1]}
CLASSES, FRAMES = 6, 4
BOTH = ("joint", "weighted-sum")


def faces(clips):
    """Return clips with a bright bar and a mouth of landmarks, both as wide as the class says, all else noise."""
    rng = np.random.default_rng(0)
    labels = np.arange(clips) % CLASSES
    versions = rng.integers(0, 90, (clips, 8, FRAMES, 48, 48), dtype=np.uint8)
    landmarks = rng.normal(24, 10, (1, 1, 1, 68, 2)) + rng.normal(0, 0.3, (clips, 8, FRAMES, 68, 2))
    for clip, label in enumerate(labels):
        versions[clip, :, :, 20:26, 4 : 10 + 6 * label] += 150
        landmarks[clip, :, :, 48:68, 0] *= 0.7 + 0.15 * label
    arrays = (versions, landmarks.astype(np.float32), labels)
    samples = np.stack([np.arange(clips), np.zeros(clips, np.int64)], axis=1)
    return Split(*map(torch.from_numpy, (*arrays, samples)))


def task(variant, tmp_path=Path("none"), epochs=1, **options):
    split = faces(12)
    schedule = make_schedule(epochs=epochs, batch_size=4, learning_rate=2e-3)
    return Task(variant, OPTIONS | options, CLASSES, split, split, schedule, (0, 0), "cpu")


def learner_at(variant, stage, **options):
    """The learner as it is in a stage, its networks untrained, and a batch for it."""
    torch.manual_seed(0)
    there = task(variant, **options)
    learner = DTAGN(there)
    for name in learner.stages(there.schedule):
        learner.begin(name)
        if name == stage:
            return learner, there.training.batch(torch.arange(12))
    raise AssertionError(stage)


def test_parameters_of_the_original_s_sizes_layer_by_layer():
    convolutions = (64 * 16 * 25 + 64) + (64 * 64 * 25 + 64)
    appearance = convolutions + (64 * 12 * 12 * 500 + 500) + (500 * 500 + 500) + (500 * 6 + 6)
    geometry = (16 * 68 * 2 * 100 + 100) + (100 * 600 + 600) + (600 * 6 + 6)
    with torch.device("meta"):
        dtan = DTAN(torch.empty(16, 48, 48), 6, SIZES["paper"])
        dtgn = DTGN(torch.empty(16, 68, 2), 6, SIZES["paper"])
    assert (count_parameters(dtan), count_parameters(dtgn)) == (appearance, geometry) == (4_990_134, 281_906)


def test_parameters_of_the_demo_s_sizes_layer_by_layer():
    appearance = (16 * 16 * 25 + 16) + (32 * 16 * 25 + 32) + (32 * 36 * 128 + 128) + (128 * 128 + 128) + 128 * 6 + 6
    geometry = (16 * 68 * 2 * 64 + 64) + (64 * 128 + 128) + (128 * 6 + 6)
    with torch.device("meta"):
        assert count_parameters(DTAN(torch.empty(16, 48, 48), 6, SIZES["D"])) == appearance
        assert count_parameters(DTGN(torch.empty(16, 68, 2), 6, SIZES["D"])) == geometry


@pytest.mark.parametrize("size", sorted(SIZES))
@pytest.mark.parametrize("variant", MODEL.variants)
def test_every_variant_answers_each_clip_and_holds_only_its_networks(variant, size):
    learner, batch = learner_at(variant, STAGES[variant][-1], size=size)
    assert set(learner.network) == (set(NETWORKS) if variant in BOTH else {variant})
    for mode in (True, False):
        learner.network.train(mode)
        answer = learner.answer(batch)
        assert answer.logits.shape == (12, CLASSES) and answer.votes is None
        assert learner.losses(answer, batch)["total"].isfinite()


@pytest.mark.parametrize("size", [3, 5])
def test_response_normalisation_and_its_gradient_are_torch_s(size):
    x = (100 * torch.randn(2, 7, 3, 3, dtype=torch.float64)).requires_grad_()
    weight = torch.randn_like(x)
    ours = LocalResponseNorm(7, size).double()(x)
    theirs = functional.local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0)
    assert (ours / x).min() < 0.7  # at this height the division shows
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    gradients = [torch.autograd.grad((weight * y).sum(), x)[0] for y in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-6)


def test_landmarks_are_relative_to_the_nose_tip_in_units_of_each_axis_s_spread():
    points = torch.from_numpy(np.random.default_rng(0).normal(20, 5, (2, 3, 68, 2)))
    normalised = normalise_landmarks(points)
    for clip in range(2):
        for frame in range(3):
            for axis in range(2):
                values = points[clip, frame, :, axis].numpy()
                np.testing.assert_allclose(normalised[clip, frame, :, axis], (values - values[30]) / values.std())
    moved = points * torch.tensor([2.0, 0.5]) + torch.tensor([7.0, -3.0])
    torch.testing.assert_close(normalise_landmarks(moved), normalised)
    flat = points.clone()
    flat[..., 1] = 9
    assert normalise_landmarks(flat)[..., 1].eq(0).all()


def test_the_mean_input_is_that_of_the_samples_alone():
    split = faces(100)
    split = Split(split.versions, split.landmarks, split.labels, torch.tensor([(3, 0), (99, 7), (3, 5)] * 40))
    mean = (split.versions[3, 0].float() + split.versions[99, 7] + split.versions[3, 5]) / (3 * 255)
    torch.testing.assert_close(mean_input(split, lambda batch: batch.clips), mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variant", ["dtan", "dtgn"])
def test_either_network_looks_at_its_own_input_alone_and_relative_to_its_mean(variant):
    learner, batch = learner_at(variant, variant)
    learner.network.eval()
    answer = learner.answer(batch).logits
    other = {"dtan": "landmarks", "dtgn": "clips"}[variant]
    changed = Batch(**(vars(batch) | {other: torch.rand_like(getattr(batch, other))}))
    assert torch.equal(learner.answer(changed).logits, answer)
    network = learner.network[variant]
    _, see = NETWORKS[variant]
    torch.testing.assert_close(network.mean, see(batch).mean(0), rtol=1e-5, atol=1e-5)
    shift = torch.randn_like(network.mean)
    before = network(see(batch))
    network.mean += shift
    torch.testing.assert_close(network(see(batch) + shift), before, rtol=1e-3, atol=1e-4)


def test_the_weighted_sum_adds_probabilities():
    first, second = 3 * torch.randn(5, 6), 3 * torch.randn(5, 6)
    for weight in (0.2, 0.9):
        expected = weight * first.exp() / first.exp().sum(1, keepdim=True)
        expected += (1 - weight) * second.exp() / second.exp().sum(1, keepdim=True)
        torch.testing.assert_close(sum_probabilities(first, second, weight).exp(), expected)
    certain = torch.tensor([[200.0, 0.0, 0.0]])
    assert sum_probabilities(certain, certain, 0.5).isfinite().all()


def test_a_weighted_sum_is_judged_while_dtgn_trains_alone():
    learner, batch = learner_at("weighted-sum", "dtgn", appearance_weight=0.7)
    learner.network.eval()
    appearance, geometry = (learner.say(name, batch).softmax(1) for name in ("dtan", "dtgn"))
    judged = learner.answer(batch).logits
    torch.testing.assert_close(judged.softmax(1), 0.7 * appearance + 0.3 * geometry)
    first, _ = learner_at("weighted-sum", "dtan", appearance_weight=0.7)
    first.network.eval()
    torch.testing.assert_close(first.answer(batch).logits.softmax(1), appearance)
    with patch.object(dtagn.nn.Dropout, "forward", lambda self, x: x):
        learner.network.train()
        torch.testing.assert_close(learner.answer(batch).logits.softmax(1), geometry)


def test_the_joint_loss_by_hand_and_its_gradient_by_formula():
    learner, batch = learner_at("joint", "joint", loss_weights=[2, 3, 0.5])
    appearance, geometry = (torch.randn(12, 6, dtype=torch.float64).requires_grad_() for _ in range(2))
    # float() in the loss would hide the difference quotients: the gradient of cross-entropy is softmax - one-hot.
    losses = learner.losses(JointLogits(appearance, geometry), batch)
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


def test_only_the_sum_of_the_logits_answers_in_the_joint_stage():
    learner, batch = learner_at("joint", "joint")
    learner.network.eval()
    expected = learner.say("dtan", batch) + learner.say("dtgn", batch)
    torch.testing.assert_close(learner.answer(batch).logits, expected)


@pytest.mark.parametrize(("variant", "stage", "free"), [
    ("joint", "dtan", {"dtan"}), ("joint", "dtgn", {"dtgn"}), ("joint", "joint", {"dtan.top", "dtgn.top"}),
    ("weighted-sum", "dtgn", {"dtgn"}), ("dtan", "dtan", {"dtan"}), ("dtgn", "dtgn", {"dtgn"}),
])  # fmt: skip
def test_each_stage_trains_its_part_alone(variant, stage, free):
    learner, batch = learner_at(variant, stage)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    optimiser = training.make_optimiser(learner.network, make_schedule(learning_rate=0.01))
    learner.network.train()
    learner.losses(learner.answer(batch), batch)["total"].backward()
    optimiser.step()
    changed = {name for name, value in learner.network.state_dict().items() if not torch.equal(value, before[name])}
    parameters = {name for name, _ in learner.network.named_parameters()}
    assert changed == {name for name in parameters if name.startswith(tuple(f"{part}." for part in free))}


@pytest.mark.parametrize("variant", MODEL.variants)
def test_every_variant_learns_twelve_clips_by_heart(variant, tmp_path):
    torch.manual_seed(0)
    there = task(variant, tmp_path, epochs=30)
    fitted = fit_network(DTAGN, there)
    answers = fitted.predict(there.training)["sequence"].argmax(1)
    assert (answers == there.training.labels.numpy()).all()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dtagn")
    write_study(folder)
    for variant in MODEL.variants:
        train(folder, variant, variant)
    return folder


def train(folder, out, variant):
    return run(folder, out, epochs=3, model="dtagn", variant=variant, options=OPTIONS)


def test_a_second_run_gives_the_same_bytes(study):
    assert files(train(study, "again", "joint")) == files(study / "joint")


def test_every_variant_leaves_its_own_answers_and_history(study):
    answers = [
        read_table(study / variant / "predictions.csv", "predictions").filter(regex="^p_").to_numpy()
        for variant in MODEL.variants
    ]
    assert all(not np.allclose(a, b) for n, a in enumerate(answers) for b in answers[:n])
    history = read_table(study / "joint/history.csv", "history").set_index(["split", "epoch"]).loc["train"]
    assert len(history) == 9 and history.index[history.chosen == 1] > 6
    parts = history[["appearance", "geometry", "joint"]]
    assert parts[:6].isna().all(axis=None)
    np.testing.assert_allclose(parts[6:].sum(axis=1), history.total[6:], rtol=1e-5)
    assert len(read_table(study / "weighted-sum/history.csv", "history")) == 12


def test_joint_and_weighted_sum_hold_the_dtan_that_is_trained_alone(study):
    weights = {name: read_arrays(study / name / "weights", "weights") for name in ("dtan", *BOTH)}
    hidden = [name for name in weights["dtan"] if not name.startswith("dtan.top")]
    assert len(hidden) == 1 + 2 * 4
    for variant in BOTH:
        for name in hidden:
            np.testing.assert_array_equal(weights[variant][name], weights["dtan"][name])
    top = "dtan.top.weight"
    np.testing.assert_array_equal(weights["weighted-sum"][top], weights["dtan"][top])
    assert not np.array_equal(weights["joint"][top], weights["dtan"][top])


def test_the_schema_s_sizes_are_the_code_s():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    section = schema["properties"]["models"]["properties"]["dtagn"]["properties"]
    assert set(section["size"]["enum"]) == set(SIZES)
