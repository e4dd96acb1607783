"""Scores of clips from scores of single frames, against their definitions."""

import pytest
import torch

from videofer.core.errors import UserError
from videofer.models.frame_scores import FrameAnswer, frame_cross_entropy, middle_frames


@pytest.mark.parametrize(("length", "count", "expected"), [
    (16, 3, [6, 7, 8]), (5, 3, [1, 2, 3]), (16, 16, list(range(16))), (4, 1, [1]), (2, 2, [0, 1]),
])  # fmt: skip
def test_the_middle_frames(length, count, expected):
    clips = torch.arange(length).view(1, length, 1, 1).expand(2, length, 3, 3)
    frames = middle_frames(clips, count)
    assert frames.shape == (2, count, 3, 3) and frames[1, :, 0, 0].tolist() == expected


def test_too_many_frames_are_named():
    with pytest.raises(UserError, match="frames: 3, but clips have 2: choose 2 at most"):
        middle_frames(torch.zeros(1, 2, 48, 48), 3)


def test_the_softmax_of_a_clip_s_score_is_the_mean_of_its_frames_probabilities():
    # By hand: frames (3/4, 1/4) and (1/2, 1/2) average to (5/8, 3/8).
    logits = torch.tensor([[[3.0, 1.0], [1.0, 1.0]]]).log()
    torch.testing.assert_close(FrameAnswer(logits, logits).logits.softmax(-1), torch.tensor([[0.625, 0.375]]))
    logits = 5 * torch.randn(4, 3, 6, generator=torch.Generator().manual_seed(0))
    score = FrameAnswer(logits, logits).logits
    torch.testing.assert_close(score.exp(), logits.softmax(-1).mean(1))
    assert not torch.allclose(score.softmax(-1), logits.mean(1).softmax(-1), atol=0.01)


def test_a_class_of_no_probability_in_any_frame_keeps_a_finite_score():
    logits = torch.tensor([[[0.0, -500.0], [0.0, -600.0]]], requires_grad=True)
    score = FrameAnswer(logits, logits).logits
    torch.testing.assert_close(score, torch.tensor([[0.0, -500.0 - torch.log(torch.tensor(2.0)).item()]]))
    score.sum().backward()
    assert logits.grad.isfinite().all()


def test_every_frame_carries_the_label_of_its_clip():
    logits = torch.randn(3, 2, 6, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([4, 0, 4])
    expected = -sum(logits[clip, frame].softmax(-1)[labels[clip]].log() for clip in range(3) for frame in range(2))
    torch.testing.assert_close(frame_cross_entropy(logits, labels), expected / 6)
