"""Our own model: shapes, what must not change its logits, and averaged weights."""

import pytest
import torch
from model_options import easy_task, read_options

from videofer.clips.augment import augment_landmarks
from videofer.models.frames_landmarks import (
    VARIANTS,
    FramesLandmarks,
    FramesLandmarksLearner,
    centre,
    level,
    mirror,
    move,
)
from videofer.models.interface import count_parameters

OPTIONS = read_options("frames-landmarks")


def build(variant: str) -> FramesLandmarks:
    return FramesLandmarks(6, (16, 32, 64), 64, 0.4, VARIANTS[variant])


def test_parameters_layer_by_layer():
    convolutions = (16 * 25 + 32) + (32 * 16 * 9 + 64) + (64 * 32 * 9 + 128)
    frames = convolutions + 64 * 36 * 64 + 64 + 2 * 64
    shape = 136 * 32 + 32 + 2 * 32
    assert count_parameters(build("fused")) == frames + shape + (64 + 32) * 6 + 6
    assert count_parameters(build("frames")) == frames + 64 * 6 + 6
    assert count_parameters(build("landmarks")) == shape + 32 * 6 + 6


def test_averaged_weights_are_no_parameters():
    learners = [FramesLandmarksLearner(easy_task(v, OPTIONS)) for v in ("fused", "fused-unaveraged")]
    assert len({count_parameters(learner.network) for learner in learners}) == 1


@pytest.mark.parametrize(("variant", "sees_frames", "sees_landmarks"), [
    ("fused", True, True), ("frames", True, False), ("landmarks", False, True),
])  # fmt: skip
def test_a_variant_sees_its_parts_alone(variant, sees_frames, sees_landmarks):
    network = build(variant).eval()
    clips, landmarks = torch.rand(2, 4, 48, 48), torch.rand(2, 4, 68, 2) * 48
    before = network(clips, landmarks)
    assert torch.equal(network(clips.flip(-1), landmarks), before) != sees_frames
    assert torch.equal(network(clips, landmarks.flip(2)), before) != sees_landmarks


def test_brightness_and_contrast_do_not_count():
    clips = torch.rand(2, 4, 48, 48)
    torch.testing.assert_close(level(0.5 * clips + 0.2), level(clips), atol=0.02, rtol=0)


def test_place_of_the_face_does_not_count_in_the_landmarks():
    landmarks = torch.rand(2, 4, 68, 2) * 48
    torch.testing.assert_close(centre(landmarks + torch.tensor([3.0, -2.0])), centre(landmarks))


def test_landmarks_are_mirrored_as_the_augmentation_mirrors_them():
    landmarks = torch.rand(3, 4, 68, 2) * 48
    versions = torch.from_numpy(augment_landmarks(landmarks.numpy(), 48, 48))
    torch.testing.assert_close(mirror(versions[:, 0]), versions[:, 1])


def test_a_moved_clip_moves_as_a_whole():
    torch.manual_seed(0)
    clips = torch.rand(3, 1, 48, 48).expand(3, 4, 48, 48)
    moved = move(clips)
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved))
    assert not torch.equal(moved, clips)


def test_it_judges_by_the_averaged_weights_and_the_mirrored_clip():
    task = easy_task("fused", OPTIONS)
    learner, batch = FramesLandmarksLearner(task), task.training.batch(torch.arange(12))
    learner.network.eval()
    before = learner.answer(batch).logits
    with torch.no_grad():
        for weight in learner.network.network.parameters():
            weight.add_(1.0)
    torch.testing.assert_close(learner.answer(batch).logits, before)  # not yet averaged in
    learner.after_step(None, batch)  # the first step's average is the network itself
    assert not torch.equal(learner.answer(batch).logits, before)
    average = learner.network.average
    both = [average(batch.clips, batch.landmarks), average(batch.clips.flip(-1), mirror(batch.landmarks))]
    torch.testing.assert_close(
        learner.answer(batch).logits.softmax(-1), sum(logits.softmax(-1) for logits in both) / 2
    )
