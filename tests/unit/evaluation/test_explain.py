"""Explanations: they repeat the model's own answers, and mark the part of the face that an answer depends on."""

import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from explained_study import FRAMES, explain, train, write_study
from model_options import model_readings
from torch import nn

from videofer.core.artifacts import read_arrays, read_table, write_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.core.study import FULL_VARIANT as FULL
from videofer.evaluation.explain import PATCH, STEPS, map_saliency, perturb_capsule, trace_clips
from videofer.models.capsule_lstm import CapsuleLSTM, Output
from videofer.report.figures.faces import rank_dimensions, read_explained


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def runs(study):
    return [train(study, FULL, fold, epochs=8) for fold in range(3)]


@pytest.fixture(scope="module")
def explained(study, runs):
    return read_arrays(explain(study, runs), "explanations")


def fresh_model(**readings):
    torch.manual_seed(0)
    model = CapsuleLSTM(6, "D", model_readings(**readings)).eval()
    model.encoder.digits.weight.data *= 30  # capsules of a trained model's length
    return model


@pytest.mark.parametrize("output", ["last", "mean"])
@pytest.mark.parametrize("reading", ["softmax", "norm", "pose"])
def test_prefixes_are_answered_as_if_the_clip_ended_there(output, reading):
    model = fresh_model(lstm_output=output, lstm_input=reading)
    clips = torch.rand(2, 5, 48, 48)
    trace = trace_clips(model, clips)
    for frames in range(1, 6):
        alone = model(clips[:, :frames]).logits.softmax(-1)
        torch.testing.assert_close(trace["probability"][:, frames - 1], alone, atol=1e-6, rtol=0)
    assert not torch.allclose(trace["probability"][:, 0], trace["probability"][:, 4], atol=1e-5)


def test_a_trace_is_the_model_s_own_pass_and_leaves_it_as_it_was():
    model, clips = fresh_model(), torch.rand(2, 3, 48, 48)
    trace, output = trace_clips(model, clips), model(clips, reconstruct=True)
    assert torch.equal(trace["norms"], output.norms) and torch.equal(trace["reconstruction"], output.reconstruction)
    assert trace["poses"].shape == (2, 3, 6, 30)
    torch.testing.assert_close(trace["poses"].norm(dim=-1), trace["norms"], atol=1e-4, rtol=0)
    assert not model.lstm._forward_hooks and not model.encoder._forward_hooks


def test_a_perturbed_capsule_is_decoded_with_the_step_added():
    decoder = fresh_model().decoder
    capsule = torch.randn(30) / 6
    decoded = perturb_capsule(decoder, capsule)
    assert decoded.shape == (30, 11, 48, 48)
    for component, step in ((0, 0), (7, 10), (29, 3)):
        moved = capsule.clone()
        moved[component] += STEPS[step]
        torch.testing.assert_close(decoded[component, step], decoder(moved[None])[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(decoded[4, STEPS.index(0)], decoder(capsule[None])[0], atol=1e-6, rtol=0)


def test_components_are_ordered_by_the_change_of_the_picture():
    perturbed = np.full((3, 2, 2, 2), 100, np.uint8)
    perturbed[1, 1] = 90  # ten levels darker everywhere
    perturbed[2, 1, 0, 0] = 140  # forty brighter in one of four pixels: sqrt(1600 / 4) = 20
    order, change = rank_dimensions(perturbed)
    assert order.tolist() == [2, 1, 0] and change.tolist() == [20, 10, 0]


class PatchModel(nn.Module):
    """A model that answers by the brightness of one patch of the face."""

    def forward(self, clips):
        bright = clips[:, :, 32:36, 12:16].mean((1, 2, 3))
        return Output(torch.stack([6 * bright - 3, torch.zeros_like(bright)], -1), None, None)


def test_saliency_marks_the_only_patch_that_an_answer_depends_on():
    clip = torch.rand(FRAMES, 48, 48)
    clip[:, 32:36, 12:16] = 1
    saliency = map_saliency(PatchModel(), clip, torch.zeros(48, 48), batch=8)
    # Every square that covers the patch hides it whole: its pixels, and they alone, always lose all of it.
    lost = torch.sigmoid(torch.tensor(3.0)) - torch.sigmoid(torch.tensor(-3.0))
    torch.testing.assert_close(saliency[32:36, 12:16], lost.expand(4, 4), atol=1e-5, rtol=0)
    elsewhere = saliency.clone()
    elsewhere[32:36, 12:16] = 0
    assert elsewhere.max() < 0.7 * lost
    elsewhere[36 - PATCH : 32 + PATCH, 16 - PATCH : 12 + PATCH] = 0  # what a square that covers it can reach
    assert elsewhere.abs().max() == 0
    assert torch.equal(map_saliency(PatchModel(), clip, torch.zeros(48, 48), batch=1), saliency)


def test_the_last_frame_s_answer_is_the_one_in_predictions(study, runs, explained):
    names = explained.parameters["clips"]
    for run in runs:
        table = read_table(run / "predictions.csv", "predictions").query("split == 'test'").set_index("clip")
        clips = [names.index(name) for name in table.index]
        probability = table[[f"p_{name}" for name in CLASSES]].to_numpy()
        assert np.abs(explained["probability"][clips, -1] - probability).max() < 1e-5
        votes = table[[f"capsule_{name}" for name in CLASSES]].to_numpy()
        assert np.abs(explained["norms"][clips].mean(1) - votes).max() < 1e-5
        assert (explained["fold"][clips] == table["fold"].to_numpy()).all()
    assert explained.parameters["largest_difference"] < 1e-5


def test_what_is_written_of_each_clip(study, explained):
    n, j = 18, 6
    shapes = {name: array.shape for name, array in explained.items()}
    assert shapes["norms"] == shapes["probability"] == (n, FRAMES, j)
    assert shapes["saliency"] == (n, 48, 48) and shapes["reconstruction"] == (n, FRAMES, 48, 48)
    assert shapes["perturbed"] == (j, 30, 11, 48, 48) and shapes["mean_face"] == (3, 48, 48)
    frames = read_arrays(study / "clips.safetensors", "clips")["clip"][:, :, 8:56, 8:56] / 255
    error = np.square(explained["reconstruction"] / 255 - frames).mean((-2, -1))
    assert explained["error"] == pytest.approx(error, abs=1e-3)  # of pixels rounded to grey levels
    third = 255 * frames[[s == "S3" for s in explained.parameters["subjects"]]]  # alone trains in fold 0
    assert np.abs(explained["mean_face"][0] - third.mean((0, 1))).max() <= 1


def test_an_example_is_a_clip_that_its_capsule_recognised(explained):
    middle, found = FRAMES // 2, 0
    for label, position in enumerate(explained["example"]):
        norms = explained["norms"][:, middle]
        mine = np.flatnonzero((norms.argmax(-1) == label) & (explained["label"] == label))
        assert position == (mine[norms[mine, label].argmax()] if len(mine) else -1)
        found += len(mine) > 0
        if len(mine):  # the unmoved capsule of any component gives the frame's own reconstruction
            unmoved = explained["perturbed"][label, 3, STEPS.index(0)].astype(int)
            assert np.abs(unmoved - explained["reconstruction"][position, middle]).max() <= 1
    assert found


def test_the_same_bytes_again(study, runs, explained):
    again = explain(study, runs, "again.safetensors")
    assert again.read_bytes() == (study / "explanations.safetensors").read_bytes()


def test_an_untrained_decoder_is_not_shown(study):
    runs = [train(study, "margin-ce", fold) for fold in range(3)]
    arrays = read_arrays(explain(study, runs, "ce.safetensors"), "explanations")
    assert not {"reconstruction", "error", "perturbed", "example"} & set(arrays)
    assert {"norms", "probability", "saliency", "mean_face_error"} <= set(arrays)


def test_a_run_in_bfloat16_is_traced_as_it_computed(study):
    runs = [train(study, "margin-margin", k, precision="bfloat16") for k in range(3)]
    explained = read_arrays(explain(study, runs, "b.safetensors"), "explanations")
    assert explained.parameters["largest_difference"] < 0.02


def test_weights_that_do_not_give_the_predictions_are_refused(study, runs, tmp_path):
    for run in runs:
        shutil.copytree(run, tmp_path / run.name)
    table = read_table(runs[0] / "predictions.csv", "predictions")
    table["p_fear"] += 1e-3
    write_table(tmp_path / "fold-0/predictions.csv", "predictions", table, {})
    with pytest.raises(UserError, match=r"fold-0/model\.safetensors differ by 1\.0e-03.*do not belong together"):
        explain(study, [tmp_path / run.name for run in runs], "wrong.safetensors")


def test_subjects_that_no_fold_tests_are_left_out(study, tmp_path):
    """A given table of folds may test some subjects only: S2, in its one fold."""
    for name in ("clips", "augmented"):
        shutil.copy(study / f"{name}.safetensors", tmp_path)
    roles = [(0, "S1", "train"), (0, "S2", "test"), (0, "S3", "validation")]
    write_table(tmp_path / "folds.tsv", "folds", pd.DataFrame(roles, columns=["fold", "subject", "role"]), {})
    path = explain(tmp_path, [train(tmp_path, FULL, 0, epochs=2)])
    explained = read_arrays(path, "explanations")
    assert explained.parameters["clips"] == [f"S2-{name}" for name in CLASSES]
    assert explained["label"].tolist() == list(range(6)) and explained["norms"].shape == (6, FRAMES, 6)
    _, frames = read_explained(path, tmp_path / "clips.safetensors")
    original = read_arrays(tmp_path / "clips.safetensors", "clips")["clip"]
    assert np.array_equal(frames, original[6:12, :, 8:56, 8:56]) and explained.parameters["subjects"] == ["S2"] * 6
