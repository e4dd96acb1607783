"""IL-CNN: layer table, its three losses, and that it can learn."""

from dataclasses import replace

import pytest
import torch
from frame_task import CLASSES, bars, frame_task

from videofer.models.il_cnn import ILCNN, MODEL, SIZES, VARIANTS, IslandLearner
from videofer.models.interface import count_parameters
from videofer.training.loop import fit_network

OPTIONS = {"size": "D", "frames": 3, "loss_weight": 0.01, "pairwise_weight": 10.0}


def make(tmp_path, variant, **options):
    task = frame_task(tmp_path, variant, OPTIONS | options, epochs=1)
    return IslandLearner(task), task.training.batch(torch.arange(12))


def test_parameters_of_the_paper_preset_layer_by_layer():
    with torch.device("meta"):
        network = ILCNN(6, "paper")
    first = (64 * 25 + 64) + 64 + 2 * 64  # convolution, a slope of PReLU for each channel, batch normalisation
    second = (128 * 64 * 9 + 128) + 128 + 2 * 128
    third = (128 * 128 * 9 + 128) + 128 + 2 * 128
    connected = (7 * 7 * 128 * 1024 + 1024) + 1 + (1024 * 1024 + 1024)
    assert count_parameters(network) == first + second + third + connected + (1024 * 6 + 6)


@pytest.mark.parametrize("size", sorted(SIZES))
def test_maps_have_the_printed_sides(size):
    with torch.device("meta"):
        network = ILCNN(6, size)
        x, sides = torch.zeros(2, 1, 48, 48), [48]
        for layer in network.convolutions:
            x = layer(x)
            if x.shape[-1] != sides[-1]:
                sides.append(x.shape[-1])
        logits, features = network(torch.zeros(2, 48, 48))
    assert sides == [48, 24, 13, 7] and x.shape[1] == SIZES[size].channels[-1]
    assert logits.shape == (2, 6) and features.shape == (2, SIZES[size].units)


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_learns_twelve_clips_by_heart(tmp_path, variant):
    task = frame_task(tmp_path, variant, OPTIONS, epochs=25)
    fitted = fit_network(MODEL.learner, task)
    scores = fitted.predict(task.training)["sequence"]
    assert scores.shape == (12, CLASSES) and (scores.argmax(1) == task.training.labels.numpy()).all()
    assert ("centres" in fitted.weights) == (variant != "softmax")
    parts = {"island": ["entropy", "center", "island"], "center": ["entropy", "center"], "softmax": ["entropy"]}
    for row in fitted.history:
        assert [k for k in row if k not in ("epoch", "split", "total", "accuracy")] == parts[variant]
        assert row["total"] == pytest.approx(sum(row[part] for part in parts[variant]), rel=1e-4)


def test_the_variants_start_alike_and_end_apart(tmp_path):
    starts, ends = [], []
    for variant in VARIANTS:
        task = frame_task(tmp_path, variant, OPTIONS, epochs=2)
        starts.append(IslandLearner(task).network.head[1].weight)
        ends.append(
            fit_network(MODEL.learner, frame_task(tmp_path, variant, OPTIONS, epochs=2)).weights["embed.1.weight"]
        )
    assert all(torch.equal(starts[0], other) for other in starts[1:])
    assert all((ends[a] != ends[b]).any() for a, b in ((0, 1), (0, 2), (1, 2)))


def test_the_loss_is_the_printed_one_divided_by_the_number_of_frames(tmp_path):
    learner, batch = make(tmp_path, "island", loss_weight=0.3, pairwise_weight=2.0)
    learner.network.eval()
    answer, centres = learner.answer(batch), learner.network.centres
    printed = 0.0
    for clip, label in enumerate(batch.labels.tolist()):
        for frame in range(3):
            printed -= answer.frame_logits[clip, frame].log_softmax(-1)[label]
            printed += 0.3 * (answer.features[clip, frame] - centres[label]).square().sum() / 2
    for j in range(CLASSES):
        for k in set(range(CLASSES)) - {j}:
            printed += 0.3 * 2 * (torch.cosine_similarity(centres[k], centres[j], dim=0) + 1)
    torch.testing.assert_close(learner.losses(answer, batch)["total"], printed / (12 * 3))


def test_the_network_feels_the_centres_but_not_their_angles(tmp_path):
    gradients = []
    for variant in VARIANTS:
        learner, batch = make(tmp_path, variant)
        learner.network.eval()  # no dropout
        learner.losses(learner.answer(batch), batch)["total"].backward()
        gradients.append(learner.network.embed[1].weight.grad)
    island, center, softmax = gradients
    torch.testing.assert_close(island, center)
    assert not torch.allclose(center, softmax)


@pytest.mark.parametrize(("variant", "weight"), [("island", 10.0), ("center", 0.0)])
def test_after_a_step_the_centres_have_moved_as_published(tmp_path, variant, weight):
    learner, batch = make(tmp_path, variant)
    with torch.no_grad():
        answer, before = learner.answer(batch), learner.network.centres.clone()
        learner.after_step(answer, batch)
    for j in range(CLASSES):
        own = answer.features[batch.labels == j].flatten(0, 1)  # two clips of three frames
        step = (before[j] - own).sum(0) / (1 + 6)
        leaf = before[j].clone().requires_grad_()
        cosines = sum(torch.cosine_similarity(leaf, before[k], dim=0) for k in range(CLASSES) if k != j)
        step += weight / (CLASSES - 1) * torch.autograd.grad(cosines, leaf)[0]
        torch.testing.assert_close(learner.network.centres[j], before[j] - step, rtol=1e-4, atol=1e-5)


def test_only_the_middle_frames_are_looked_at(tmp_path):
    learner, batch = make(tmp_path, "softmax")
    learner.network.eval()
    split = bars()
    answers = []
    for frames in ([], [0, 4], [2]):
        versions = split.versions.clone()
        versions[:, :, frames] = 255 - versions[:, :, frames]
        answers.append(learner.answer(replace(split, versions=versions).batch(torch.arange(12))).logits)
    torch.testing.assert_close(answers[0], answers[1])
    assert not torch.allclose(answers[0], answers[2])
    assert learner.answer(batch).frame_logits.shape == (12, 3, CLASSES)
