"""Our own model: shapes, what it must not see, averaged weights, and that it can learn."""

import pytest
import torch
from frame_task import CLASSES, frame_task

from videofer.augment import augment_landmarks
from videofer.models.frames_landmarks import (
    MODEL,
    FramesLandmarks,
    FramesLandmarksLearner,
    centre,
    level,
    mirror,
    move,
)
from videofer.models.interface import count_parameters

OPTIONS = {"widths": [8, 16, 32], "units": 32, "dropout": 0.2, "smoothing": 0.1}


def build(landmarks: bool, widths=(16, 32, 64), units=64) -> FramesLandmarks:
    return FramesLandmarks(6, widths, units, 0.4, landmarks)


@pytest.mark.parametrize("landmarks", [True, False])
def test_parameters_layer_by_layer(landmarks):
    convolutions = (16 * 25 + 32) + (32 * 16 * 9 + 64) + (64 * 32 * 9 + 128)
    described = 64 * 36 * 64 + 64 + 2 * 64
    shape = (136 * 32 + 32 + 2 * 32) if landmarks else 0
    head = (64 + 32 * landmarks) * 6 + 6
    assert count_parameters(build(landmarks)) == convolutions + described + shape + head


@pytest.mark.parametrize("landmarks", [True, False])
def test_shapes(landmarks):
    logits = build(landmarks)(torch.rand(2, 5, 48, 48), torch.rand(2, 16, 68, 2))
    assert logits.shape == (2, 6)


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


def test_it_judges_by_the_averaged_weights_and_the_mirrored_clip(tmp_path):
    task = frame_task(tmp_path, "fused", OPTIONS, epochs=1)
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


@pytest.mark.parametrize("variant", MODEL.variants)
def test_it_learns_twelve_clips_by_heart(variant, tmp_path):
    task = frame_task(tmp_path, variant, OPTIONS, epochs=40)
    fitted = MODEL.fit(task)
    scores = fitted.predict(task.training)["sequence"]
    assert scores.shape == (12, CLASSES) and (scores.argmax(1) == task.training.labels.numpy()).all()
