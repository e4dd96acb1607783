"""The ONNX file gives the probabilities of the bundle: capsules, routing, LSTM and landmarks are all in it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_study import LENGTH, read_settings

from videofer.core.errors import UserError
from videofer.models.interface import Schedule, Task
from videofer.predict.bundle.members import Member, average_probabilities, blank_split, find_builder
from videofer.predict.bundle.onnx import TOLERANCE, draw_clips, export_onnx

NETWORKS = [("frames-landmarks", "fused"), ("capsule-lstm", "margin-ce"), ("dtagn", "weighted-sum")]


def build_bundle(model, variant, members=2):
    """Return a bundle of untrained networks."""
    settings, blank = read_settings(model, 1), blank_split(LENGTH)
    schedule, made = Schedule(**settings["schedule"]), []
    for seed in range(members):
        torch.manual_seed(seed)
        task = Task(variant, settings["options"], 6, blank, blank, schedule, (seed, 0), "cpu", Path("none"))
        learner = find_builder(model)(task)
        learner.begin(list(learner.stages(schedule))[-1])
        learner.network.requires_grad_(False)
        made.append(Member(learner, schedule))
    return SimpleNamespace(members=made, preparation=SimpleNamespace(length=LENGTH), name="untrained")


@pytest.mark.parametrize("model, variant", NETWORKS)
def test_capsules_routing_lstm_and_landmarks_are_all_in_the_file(model, variant, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX NOT TESTED: pip install 'videofer[onnx]'")
    pytest.importorskip("onnxscript")
    bundle = build_bundle(model, variant)
    assert export_onnx(bundle, tmp_path / "network.onnx") <= TOLERANCE
    clips, landmarks = (array[::-1] for array in draw_clips(LENGTH))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    fed = [
        {"clips": c[None].astype(np.float32) / 255, "landmarks": p[None]}
        for c, p in zip(clips, landmarks, strict=True)
    ]
    computed = np.concatenate([session.run(["probabilities"], clip)[0] for clip in fed])
    expected = average_probabilities(bundle.members, clips.copy(), landmarks.copy())
    np.testing.assert_allclose(computed, expected, atol=TOLERANCE)
    assert np.ptp(expected, axis=0).max() > 10 * np.abs(computed - expected).max()


def test_without_its_packages_it_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"ONNX needs the package onnxruntime: pip install 'videofer\[onnx\]'"):
        export_onnx(build_bundle("csacnn", "cbam-stand-in", 1), tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())
