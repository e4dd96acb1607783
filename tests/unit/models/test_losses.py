"""Each loss against its formula written out by hand."""

import math

import pytest
import torch

from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import Output
from videofer.models.capsule_lstm_losses import (
    LossReadings,
    joint_loss,
    margin_loss,
    reconstruction_loss,
    sequence_loss,
)


def margin_by_hand(norms, label):
    present = max(0, 0.9 - norms[label]) ** 2
    absent = sum(max(0, p - 0.1) ** 2 for c, p in enumerate(norms) if c != label)
    return present + 0.5 * absent


def test_margin_loss_is_equation_3_2_averaged_over_frames():
    norms = torch.tensor([[0.2, 0.95, 0.05], [0.7, 0.3, 0.0]])
    expected = (margin_by_hand([0.2, 0.95, 0.05], 1) + margin_by_hand([0.7, 0.3, 0.0], 2)) / 2
    assert float(margin_loss(norms, torch.tensor([1, 2]))) == pytest.approx(expected)


def test_margin_loss_is_zero_inside_both_margins():
    assert float(margin_loss(torch.tensor([[0.91, 0.09, 0.0]]), torch.tensor([0]))) == 0


@pytest.mark.parametrize(("reduction", "pixels"), [("mean", 1), ("sum", 2 * 3)])
def test_reconstruction_loss_is_equation_3_3(reduction, pixels):
    clips = torch.zeros(1, 2, 2, 3)
    reconstruction = torch.zeros(1, 2, 2, 3)
    reconstruction[0, 0] = 0.5  # one frame of two is wrong by 0.5 everywhere
    expected = 0.0005 * (0.25 * pixels + 0) / 2
    assert float(reconstruction_loss(reconstruction, clips, reduction)) == pytest.approx(expected)


def test_sequence_cross_entropy_is_equation_3_4():
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0]])
    probability = math.exp(2.0) / (math.exp(1.0) + math.exp(2.0) + math.exp(0.5))
    expected = 0.5 * -(math.log(probability) + math.log(1 / 3)) / 2
    assert float(sequence_loss(logits, torch.tensor([1, 0]), "cross-entropy", LossReadings())) == pytest.approx(
        expected
    )


@pytest.mark.parametrize("of", ["softmax", "sigmoid"])
def test_sequence_margin_is_equation_3_2_on_probabilities(of):
    logits = [1.0, 2.0, 0.5]
    if of == "softmax":
        probability = [math.exp(x) / sum(map(math.exp, logits)) for x in logits]
    else:
        probability = [1 / (1 + math.exp(-x)) for x in logits]
    readings = LossReadings(sequence_margin_of=of, sequence_margin_weight=0.5)
    loss = sequence_loss(torch.tensor([logits]), torch.tensor([1]), "margin", readings)
    assert float(loss) == pytest.approx(0.5 * margin_by_hand(probability, 1))


def example_output():
    generator = torch.Generator().manual_seed(0)
    clips = torch.rand(2, 8, 48, 48, generator=generator)
    return clips, Output(
        logits=torch.randn(2, 6, generator=generator),
        norms=torch.rand(2, 8, 6, generator=generator),
        reconstruction=torch.rand(2, 8, 48, 48, generator=generator),
    )


def test_the_four_variants_are_a_two_by_two_design():
    clips, output = example_output()
    labels = torch.tensor([0, 3])
    losses = {name: joint_loss(output, clips, labels, v, LossReadings()) for name, v in VARIANTS.items()}
    with_reconstruction = {name for name, loss in losses.items() if loss.reconstruction > 0}
    assert with_reconstruction == {"margin-reconstruction-margin", "margin-reconstruction-ce"}
    assert losses["margin-ce"].sequence == losses["margin-reconstruction-ce"].sequence
    assert losses["margin-margin"].sequence == losses["margin-reconstruction-margin"].sequence
    assert losses["margin-ce"].sequence != losses["margin-margin"].sequence
    full = losses["margin-reconstruction-ce"]
    assert full.total == full.margin + full.reconstruction + full.sequence


def test_margin_of_the_middle_frames_ignores_the_outer_ones():
    clips, output = example_output()
    labels, variant = torch.tensor([0, 3]), VARIANTS["margin-ce"]
    readings = LossReadings(margin_frames="middle")
    before = joint_loss(output, clips, labels, variant, readings).margin
    output.norms[:, :2] = 0.77
    output.norms[:, 6:] = 0.77
    assert joint_loss(output, clips, labels, variant, readings).margin == before
    output.norms[:, 2] = 0.77
    assert joint_loss(output, clips, labels, variant, readings).margin != before
