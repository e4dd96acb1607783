"""IL-CNN: layer table, the island loss and its centre step against loops, autograd and numbers worked by hand."""

import pytest
import torch
from model_options import easy_task, read_options

from videofer.models import il_cnn
from videofer.models.interface import count_parameters

CENTRES, UNITS = 4, 5


def make(variant, **options):
    task = easy_task(variant, read_options("il-cnn", **options), frames=5)
    return il_cnn.IslandLearner(task), task.training.batch(torch.arange(12))


@pytest.fixture
def drawn():
    """Features (7, 5), labels that leave class 2 out, and centres (4, 5), in double precision."""
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(7, UNITS, generator=rng, dtype=torch.float64)
    centres = 2 * torch.randn(CENTRES, UNITS, generator=rng, dtype=torch.float64)
    return features, torch.tensor([0, 1, 1, 3, 0, 0, 1]), centres


def test_parameters_of_the_paper_preset_layer_by_layer():
    with torch.device("meta"):
        network = il_cnn.ILCNN(6, "paper")
    first = (64 * 25 + 64) + 64 + 2 * 64  # convolution, a slope of PReLU for each channel, batch normalisation
    second = (128 * 64 * 9 + 128) + 128 + 2 * 128
    third = (128 * 128 * 9 + 128) + 128 + 2 * 128
    connected = (7 * 7 * 128 * 1024 + 1024) + 1 + (1024 * 1024 + 1024)
    assert count_parameters(network) == first + second + third + connected + (1024 * 6 + 6)


@pytest.mark.parametrize("size", sorted(il_cnn.SIZES))
def test_maps_have_the_printed_sides(size):
    with torch.device("meta"):
        network = il_cnn.ILCNN(6, size)
        x, sides = torch.zeros(2, 1, 48, 48), [48]
        for layer in network.convolutions:
            x = layer(x)
            if x.shape[-1] != sides[-1]:
                sides.append(x.shape[-1])
        logits, features = network(torch.zeros(2, 48, 48))
    assert sides == [48, 24, 13, 7] and x.shape[1] == il_cnn.SIZES[size][0][-1]
    assert logits.shape == (2, 6) and features.shape == (2, il_cnn.SIZES[size][1])


def test_two_centres_by_hand():
    centres = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert il_cnn.pairwise_cosine(centres) == 2  # two ordered pairs at a right angle, each 0 + 1
    assert il_cnn.pairwise_cosine(torch.tensor([[1.0, 0.0], [-3.0, 0.0]])) == 0
    features, labels = torch.tensor([[3.0, 4.0], [1.0, 2.0]]), torch.tensor([0, 0])
    assert il_cnn.centre_loss(features, labels, centres) == ((4 + 16) + (0 + 4)) / 2 / 2
    # Of class 0: 2 (1, 0) - (4, 6) over 3, and 10 times c_2 / (|c_2| |c_1|); of class 1, not in the batch: 10 times
    # c_1 / (|c_1| |c_2|). The second part of the gradient of a cosine vanishes at a right angle.
    expected = torch.tensor([[-2 / 3, -2 + 10], [10 / 2, 0]])
    torch.testing.assert_close(il_cnn.centre_step(features, labels, centres, 10.0), expected)
    torch.testing.assert_close(
        il_cnn.centre_step(features, labels, centres, 0.0), torch.tensor([[-2 / 3, -2], [0, 0]])
    )


def test_the_step_is_the_published_formula(drawn):
    features, labels, centres = drawn
    for j in range(CENTRES):
        own = [x for x, y in zip(features, labels, strict=True) if y == j]
        step = sum((centres[j] - x for x in own), torch.zeros(UNITS, dtype=torch.float64)) / (1 + len(own))
        for k in set(range(CENTRES)) - {j}:
            a, b = centres[k], centres[j]
            cosine = a / (a.norm() * b.norm()) - (a @ b) / (a.norm() * b.norm() ** 3) * b
            step = step + 10 / (CENTRES - 1) * cosine
        torch.testing.assert_close(il_cnn.centre_step(features, labels, centres, 10.0)[j], step)


def test_a_centre_at_the_origin_has_no_direction_and_breaks_nothing(drawn):
    features, labels, centres = drawn
    centres[2] = 0
    step = il_cnn.centre_step(features, labels, centres, 10.0)
    assert step.isfinite().all() and il_cnn.pairwise_cosine(centres).isfinite()


def test_the_loss_is_the_printed_one_divided_by_the_number_of_frames():
    learner, batch = make("island", loss_weight=0.3, pairwise_weight=2.0)
    learner.network.eval()
    answer, centres = learner.answer(batch), learner.network.centres
    printed = 0.0
    for clip, label in enumerate(batch.labels.tolist()):
        for frame in range(3):
            printed -= answer.frame_logits[clip, frame].log_softmax(-1)[label]
            printed += 0.3 * (answer.features[clip, frame] - centres[label]).square().sum() / 2
    for j in range(6):
        for k in set(range(6)) - {j}:
            printed += 0.3 * 2 * (torch.cosine_similarity(centres[k], centres[j], dim=0) + 1)
    torch.testing.assert_close(learner.losses(answer, batch)["total"], printed / (12 * 3))


def test_the_variants_start_alike_and_only_the_centre_loss_has_a_gradient_for_the_network():
    starts, gradients = [], []
    for variant in il_cnn.VARIANTS:
        learner, batch = make(variant)
        learner.network.eval()  # no dropout
        learner.losses(learner.answer(batch), batch)["total"].backward()
        starts.append(learner.network.head[1].weight)
        gradients.append(learner.network.embed[1].weight.grad)
    assert all(torch.equal(starts[0], other) for other in starts[1:])
    island, center, softmax = gradients
    torch.testing.assert_close(island, center)
    assert not torch.allclose(center, softmax)


@pytest.mark.parametrize(("variant", "weight"), [("island", 10.0), ("center", 0.0)])
def test_after_a_step_the_centres_have_moved_as_published(variant, weight):
    learner, batch = make(variant)
    with torch.no_grad():
        answer, before = learner.answer(batch), learner.network.centres.clone()
        learner.after_step(answer, batch)
    labels = batch.labels.repeat_interleave(3)
    expected = before - il_cnn.centre_step(answer.features.flatten(0, 1), labels, before, weight)
    torch.testing.assert_close(learner.network.centres, expected)
