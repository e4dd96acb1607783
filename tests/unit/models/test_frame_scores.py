"""Scores of clips from scores of single frames, against their definitions."""

import pytest
import torch

from videofer.core.errors import UserError
from videofer.models.frame_scores import FrameAnswer, FrameLearner
from videofer.models.interface import Batch


def classify(count, length, logits=lambda frames: frames[:, 0]):
    """Answer with `count` frames of two clips of `length` frames, whose pixels are the frames' numbers."""
    learner = FrameLearner()
    learner.frames, learner.network = count, lambda frames: (logits(frames), frames[:, 0])
    clips = torch.arange(float(length)).view(1, length, 1, 1).expand(2, length, 6, 6)
    batch = Batch(clips, torch.zeros(2, length, 68, 2), torch.tensor([4, 0]))
    return learner, learner.answer(batch), batch


@pytest.mark.parametrize(("length", "count", "expected"), [
    (16, 3, [6, 7, 8]), (5, 3, [1, 2, 3]), (16, 16, list(range(16))), (4, 1, [1]), (2, 2, [0, 1]),
])  # fmt: skip
def test_the_middle_frames_are_classified(length, count, expected):
    _, answer, _ = classify(count, length)
    assert answer.features.shape == (2, count, 6) and answer.features[1, :, 0].tolist() == expected


def test_too_many_frames_are_named():
    with pytest.raises(UserError, match="frames: 3, but clips have 2: choose 2 at most"):
        classify(3, 2)


def test_every_frame_carries_the_label_of_its_clip():
    drawn = torch.randn(2 * 3, 6, generator=torch.Generator().manual_seed(1))
    learner, answer, batch = classify(3, 5, lambda frames: drawn)
    expected = -sum(drawn[n].softmax(-1)[label].log() for n, label in enumerate([4, 4, 4, 0, 0, 0])) / 6
    torch.testing.assert_close(learner.losses(answer, batch)["total"], expected)


def test_the_softmax_of_a_clip_s_score_is_the_mean_of_its_frames_probabilities():
    # By hand: frames (3/4, 1/4) and (1/2, 1/2) average to (5/8, 3/8).
    logits = torch.tensor([[[3.0, 1.0], [1.0, 1.0]]]).log()
    torch.testing.assert_close(FrameAnswer(logits, logits).logits.softmax(-1), torch.tensor([[0.625, 0.375]]))


def test_a_class_of_no_probability_in_any_frame_keeps_a_finite_score():
    logits = torch.tensor([[[0.0, -500.0], [0.0, -600.0]]], requires_grad=True)
    score = FrameAnswer(logits, logits).logits
    torch.testing.assert_close(score, torch.tensor([[0.0, -500.0 - torch.log(torch.tensor(2.0)).item()]]))
    score.sum().backward()
    assert logits.grad.isfinite().all()
