"""The Capsule-LSTM: layer table, readings, and that it can learn."""

import pytest
import torch

from videofer.core.errors import UserError
from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import SIZES, CapsuleEncoder, CapsuleLSTM, Readings
from videofer.models.capsule_lstm_losses import LossReadings, joint_loss
from videofer.models.interface import count_parameters
from videofer.models.registry import load_model

# Input capsules of each preset, worked out by hand from kernel, stride and padding.
CAPSULES = {"paper": 4608, "L": 12800, "M": 2592, "M3": 1936, "S": 968, "XS": 196, "D": 98}


@pytest.mark.parametrize("size", sorted(SIZES))
def test_number_of_input_capsules(size):
    assert CapsuleEncoder(SIZES[size], 6, Readings()).digits.weight.shape == (6, 8, CAPSULES[size], 30)


def test_parameters_of_the_paper_preset_layer_by_layer():
    encoder = (64 * 9 + 64) + (128 * 64 * 9 + 128) + (256 * 128 * 9 + 256) + 6 * 4608 * 30 * 8
    decoder = (30 * 576 + 576) + 2 * 16 + (16 * 64 * 9 + 64) + (64 * 32 * 9 + 32) + (32 * 16 * 9 + 16)
    decoder += (16 * 8 * 9 + 8) + (8 * 9 + 1)
    lstm = 4 * 128 * (6 + 128) + 2 * 4 * 128
    head = 128 * 6 + 6
    assert count_parameters(CapsuleLSTM(6, "paper")) == encoder + decoder + lstm + head


@pytest.mark.parametrize("size", ["D", "XS", "paper"])
def test_shapes_and_ranges(size):
    model = CapsuleLSTM(6, size)
    clips = torch.rand(2, 4, 48, 48)
    output = model(clips, torch.tensor([0, 5]), reconstruct=True)
    assert output.logits.shape == (2, 6)
    assert output.norms.shape == (2, 4, 6)
    assert output.reconstruction.shape == clips.shape
    assert output.norms.min() >= 0 and output.norms.max() <= 1
    assert output.reconstruction.min() >= 0 and output.reconstruction.max() <= 1


@pytest.mark.parametrize("changed", [
    {"lstm_input": "norm"}, {"lstm_input": "pose"}, {"lstm_output": "mean"}, {"primary_relu": True},
    {"routing_iterations": 1}, {"lstm_initialisation": "torch"},
])  # fmt: skip
def test_each_reading_of_the_model_changes_the_answer(changed):
    clips = torch.rand(1, 4, 48, 48, generator=torch.Generator().manual_seed(0))
    answers = []
    for readings in ({}, changed):
        torch.manual_seed(0)
        model = CapsuleLSTM(6, "D", Readings(**readings))
        model.encoder.digits.weight.data *= 30  # capsules of a trained model's length
        answers.append(model(clips).logits)
    assert not torch.equal(*answers)


def test_decoder_sees_the_labelled_capsule_in_training_and_the_largest_at_test():
    torch.manual_seed(0)
    model = CapsuleLSTM(6, "D").eval()
    clips = torch.rand(1, 2, 48, 48)
    winner = int(model(clips).norms[0, 0].argmax())
    other = (winner + 1) % 6
    at_test = model(clips, reconstruct=True).reconstruction[0, 0]
    torch.testing.assert_close(model(clips, torch.tensor([winner]), reconstruct=True).reconstruction[0, 0], at_test)
    assert not torch.equal(model(clips, torch.tensor([other]), reconstruct=True).reconstruction[0, 0], at_test)


@pytest.mark.parametrize(("reading", "reaches"), [("joint", True), ("detach", False)])
def test_the_sequence_loss_reaches_the_encoder_only_when_joint(reading, reaches):
    model = CapsuleLSTM(6, "D", Readings(encoder_gradient=reading))
    model(torch.rand(1, 4, 48, 48)).logits.sum().backward()
    assert (model.encoder.digits.weight.grad is not None) == reaches


def test_tensorflow_initialisation():
    model = CapsuleLSTM(6, "D")
    gates = model.lstm.bias_ih_l0.view(4, 128)
    assert gates[1].eq(1).all() and gates[[0, 2, 3]].eq(0).all()
    recurrent = model.lstm.weight_hh_l0  # (512, 128): columns of an orthogonal matrix
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(128), atol=1e-5, rtol=0)


def test_an_unknown_model_is_named():
    with pytest.raises(UserError, match="'capsule' is not known: choose one of capsule-lstm"):
        load_model("capsule")


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_every_variant_learns_twelve_clips_by_heart(variant):
    torch.manual_seed(0)
    labels = torch.arange(12) % 6
    # A bright bar at a height of its own for each class, with some noise: 12 clips of 4 frames.
    clips = torch.rand(12, 4, 48, 48) * 0.3
    for clip, label in zip(clips, labels, strict=True):
        clip[:, 8 * label : 8 * label + 8] += 0.6
    model = CapsuleLSTM(6, "D")
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        output = model(clips, labels, reconstruct=VARIANTS[variant].reconstruction)
        optimiser.zero_grad()
        joint_loss(output, clips, labels, VARIANTS[variant], LossReadings()).total.backward()
        optimiser.step()
    output = model.eval()(clips)
    assert output.norms.mean(1).argmax(-1).eq(labels).all()
    assert output.logits.argmax(-1).eq(labels).float().mean() >= 0.9
