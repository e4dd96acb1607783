"""The Capsule-LSTM: layer table, readings, and its losses against the formulas written out by hand."""

import math

import pytest
import torch
from model_options import easy_task, loss_readings, model_readings, read_options

from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import (
    MODEL,
    SIZES,
    CapsuleEncoder,
    CapsuleLSTM,
    Output,
    frame_margin_loss,
    margin_loss,
    reconstruction_loss,
    sequence_loss,
)
from videofer.models.interface import Batch, count_parameters

# Input capsules of each preset, worked out by hand from kernel, stride and padding.
CAPSULES = {"paper": 4608, "L": 12800, "M": 2592, "M3": 1936, "S": 968, "XS": 196, "D": 98}


@pytest.mark.parametrize("size", sorted(SIZES))
def test_number_of_input_capsules(size):
    with torch.device("meta"):
        encoder = CapsuleEncoder(SIZES[size], 6, model_readings())
    assert encoder.digits.weight.shape == (6, 8, CAPSULES[size], 30)


def test_parameters_of_the_paper_preset_layer_by_layer():
    encoder = (64 * 9 + 64) + (128 * 64 * 9 + 128) + (256 * 128 * 9 + 256) + 6 * 4608 * 30 * 8
    decoder = (30 * 576 + 576) + 2 * 16 + (16 * 64 * 9 + 64) + (64 * 32 * 9 + 32) + (32 * 16 * 9 + 16)
    decoder += (16 * 8 * 9 + 8) + (8 * 9 + 1)
    lstm = 4 * 128 * (6 + 128) + 2 * 4 * 128
    head = 128 * 6 + 6
    assert count_parameters(CapsuleLSTM(6, "paper", model_readings())) == encoder + decoder + lstm + head


@pytest.mark.parametrize("size", ["D", "XS", "paper"])
def test_shapes_and_ranges(size):
    model = CapsuleLSTM(6, size, model_readings(decoder_frames="all"))
    clips = torch.rand(2, 4, 48, 48)
    output = model(clips, torch.tensor([0, 5]), reconstruct=True)
    assert output.logits.shape == output.votes.shape == (2, 6)
    assert output.norms.shape == (2, 4, 6)
    assert output.reconstruction.shape == clips.shape
    assert output.norms.min() >= 0 and output.norms.max() <= 1
    assert output.reconstruction.min() >= 0 and output.reconstruction.max() <= 1


@pytest.mark.parametrize("changed", [
    {"lstm_input": "norm"}, {"lstm_input": "pose"}, {"lstm_output": "mean"}, {"primary_relu": True},
    {"routing_iterations": 1}, {"lstm_initialisation": "torch"},
])  # fmt: skip
def test_each_reading_of_the_model_changes_the_logits(changed):
    clips = torch.rand(1, 4, 48, 48, generator=torch.Generator().manual_seed(0))
    logits = []
    for readings in ({}, changed):
        torch.manual_seed(0)
        model = CapsuleLSTM(6, "D", model_readings(**readings))
        model.encoder.digits.weight.data *= 30  # capsules of a trained model's length
        logits.append(model(clips).logits)
    assert not torch.equal(*logits)


def test_decoder_sees_the_labelled_capsule_in_training_and_the_largest_at_test():
    torch.manual_seed(0)
    model = CapsuleLSTM(6, "D", model_readings(decoder_capsule="label")).eval()
    clips = torch.rand(1, 2, 48, 48)
    winner = int(model(clips).norms[0, 0].argmax())
    other = (winner + 1) % 6
    at_test = model(clips, reconstruct=True).reconstruction[0, 0]
    torch.testing.assert_close(model(clips, torch.tensor([winner]), reconstruct=True).reconstruction[0, 0], at_test)
    assert not torch.equal(model(clips, torch.tensor([other]), reconstruct=True).reconstruction[0, 0], at_test)


def test_one_frame_of_each_clip_is_decoded_in_training_and_all_are_at_test():
    """The one is that of the whole, and each comes up about as often."""
    torch.manual_seed(0)
    model = CapsuleLSTM(6, "D", model_readings(decoder_frames="one"))
    model.decoder.eval()  # whose batch norm would differ with the number of frames
    clips = torch.rand(3, 4, 48, 48)
    with torch.no_grad():
        whole, drawn = model.eval()(clips, reconstruct=True), []
        assert whole.decoded.tolist() == [[0, 1, 2, 3]] * 3
        model.train().decoder.eval()
        for _ in range(60):
            one = model(clips, reconstruct=True)
            assert one.reconstruction.shape == (3, 1, 48, 48)
            for clip, (frame,) in enumerate(one.decoded.tolist()):
                torch.testing.assert_close(one.reconstruction[clip, 0], whole.reconstruction[clip, frame])
            drawn += one.decoded.ravel().tolist()
    assert min(drawn.count(frame) for frame in range(4)) > 25  # of 180


@pytest.mark.parametrize(("reading", "reaches"), [("joint", True), ("detach", False)])
def test_the_sequence_loss_reaches_the_encoder_only_when_joint(reading, reaches):
    model = CapsuleLSTM(6, "D", model_readings(encoder_gradient=reading))
    model(torch.rand(1, 4, 48, 48)).logits.sum().backward()
    assert (model.encoder.digits.weight.grad is not None) == reaches


def test_tensorflow_initialisation():
    model = CapsuleLSTM(6, "D", model_readings())
    gates = model.lstm.bias_ih_l0.view(4, 128)
    assert gates[1].eq(1).all() and gates[[0, 2, 3]].eq(0).all()
    recurrent = model.lstm.weight_hh_l0  # (512, 128): columns of an orthogonal matrix
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(128), atol=1e-5, rtol=0)


def margin_by_hand(norms, label):
    present = max(0, 0.9 - norms[label]) ** 2
    absent = sum(max(0, p - 0.1) ** 2 for c, p in enumerate(norms) if c != label)
    return present + 0.5 * absent


def test_margin_loss_is_equation_3_2_averaged_over_frames():
    norms = [[0.2, 0.95, 0.05], [0.7, 0.3, 0.0]]
    expected = (margin_by_hand(norms[0], 1) + margin_by_hand(norms[1], 2)) / 2
    assert float(margin_loss(torch.tensor(norms), torch.tensor([1, 2]))) == pytest.approx(expected)
    assert float(margin_loss(torch.tensor([[0.91, 0.09, 0.0]]), torch.tensor([0]))) == 0  # inside both margins


@pytest.mark.parametrize("most", [1, 255])
@pytest.mark.parametrize(("reduction", "pixels"), [("mean", 1), ("sum", 2 * 3)])
def test_reconstruction_loss_is_equation_3_3(reduction, pixels, most):
    clips, reconstruction = torch.zeros(2, 1, 2, 2, 3)
    reconstruction[0, 0] = 0.5  # one frame of two is wrong by half of the range everywhere
    readings = loss_readings(reconstruction_reduction=reduction, reconstruction_range=most)
    loss = reconstruction_loss(reconstruction, clips, readings)
    assert float(loss) == pytest.approx(0.0005 * ((most / 2) ** 2 * pixels + 0) / 2)


def test_sequence_cross_entropy_is_equation_3_4():
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0]])
    probability = math.exp(2.0) / (math.exp(1.0) + math.exp(2.0) + math.exp(0.5))
    expected = 0.5 * -(math.log(probability) + math.log(1 / 3)) / 2
    loss = sequence_loss(logits, torch.tensor([1, 0]), "cross-entropy", loss_readings())
    assert float(loss) == pytest.approx(expected)


@pytest.mark.parametrize("of", ["softmax", "sigmoid"])
def test_sequence_margin_is_equation_3_2_on_probabilities(of):
    logits = [1.0, 2.0, 0.5]
    if of == "softmax":
        probability = [math.exp(x) / sum(map(math.exp, logits)) for x in logits]
    else:
        probability = [1 / (1 + math.exp(-x)) for x in logits]
    readings = loss_readings(sequence_margin_of=of, sequence_margin_weight=0.5)
    loss = sequence_loss(torch.tensor([logits]), torch.tensor([1]), "margin", readings)
    assert float(loss) == pytest.approx(0.5 * margin_by_hand(probability, 1))


def test_the_four_variants_are_a_two_by_two_design():
    torch.manual_seed(0)
    clips, norms, reconstruction = torch.rand(2, 8, 48, 48), torch.rand(2, 8, 6), torch.rand(2, 8, 48, 48)
    output = Output(torch.randn(2, 6), norms, reconstruction, torch.arange(8).expand(2, -1))
    batch = Batch(clips, torch.zeros(2, 8, 68, 2), torch.tensor([0, 3]))
    options = read_options("capsule-lstm")
    losses = {name: MODEL.learner(easy_task(name, options)).losses(output, batch) for name in VARIANTS}
    reconstructed = {name for name, loss in losses.items() if loss["reconstruction"] > 0}
    assert reconstructed == {"margin-reconstruction-margin", "margin-reconstruction-ce"}
    for kind in ("margin", "ce"):
        assert losses[f"margin-{kind}"]["sequence"] == losses[f"margin-reconstruction-{kind}"]["sequence"]
    assert losses["margin-ce"]["sequence"] != losses["margin-margin"]["sequence"]
    for loss in losses.values():
        assert loss["margin"] == frame_margin_loss(norms, batch.labels, loss_readings())
        assert loss["total"] == loss["margin"] + loss["reconstruction"] + loss["sequence"]


def test_margin_of_the_middle_frames_ignores_the_outer_ones():
    norms, labels = torch.rand(2, 8, 6, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 3])
    readings = loss_readings(margin_frames="middle")
    before = frame_margin_loss(norms, labels, readings)
    norms[:, [0, 1, 6, 7]] = 0.77
    assert frame_margin_loss(norms, labels, readings) == before
    norms[:, 2] = 0.77
    assert frame_margin_loss(norms, labels, readings) != before
