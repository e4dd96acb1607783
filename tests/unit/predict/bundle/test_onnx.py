"""The ONNX file gives the probabilities of the bundle: capsules, routing, LSTM and landmarks are all in it."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_study import LENGTH, read_settings

from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.predict.bundle.members import average_probabilities, build_member
from videofer.predict.bundle.onnx import TOLERANCE, export_onnx, run_onnx


def build_bundle(model, variant):
    """Return a bundle of two untrained networks."""
    parameters = {"model": model, "variant": variant, "classes": CLASSES, "fold": 0} | read_settings(model, 1)
    members = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        members.append(build_member(parameters | {"seed": seed}, LENGTH))
    return SimpleNamespace(members=members, preparation=SimpleNamespace(length=LENGTH), name="untrained")


@pytest.mark.parametrize(
    "model, variant", [("frames-landmarks", "fused"), ("capsule-lstm", "margin-ce"), ("dtagn", "weighted-sum")]
)
def test_capsules_routing_lstm_and_landmarks_are_all_in_the_file(model, variant, tmp_path):
    pytest.importorskip("onnxruntime", reason="ONNX NOT TESTED: pip install 'videofer[onnx]'")
    pytest.importorskip("onnxscript")
    bundle, path = build_bundle(model, variant), tmp_path / "network.onnx"
    assert export_onnx(bundle, path) <= TOLERANCE
    rng = np.random.default_rng(1)
    clips = rng.integers(0, 256, (5, LENGTH, 48, 48), dtype=np.uint8)
    landmarks = rng.uniform(4, 44, (5, LENGTH, 68, 2)).astype(np.float32)
    computed, expected = run_onnx(path, clips, landmarks), average_probabilities(bundle.members, clips, landmarks)
    np.testing.assert_allclose(computed, expected, atol=TOLERANCE)
    assert np.ptp(expected, axis=0).max() > 10 * np.abs(computed - expected).max()


def test_without_its_packages_it_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"ONNX needs the package onnxruntime: pip install 'videofer\[onnx\]'"):
        export_onnx(build_bundle("csacnn", "cbam-stand-in"), tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())
