"""A bundle is made of a finished study, its card states what was measured, its ONNX file predicts the same."""

import subprocess
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from small_study import LENGTH, finish, train, write_data

from videofer.__main__ import main
from videofer.core.artifacts import read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.predict.bundle import average_probabilities, open_bundle, rebuild_member
from videofer.predict.export import TOLERANCE, export_bundle, export_onnx, run_onnx


def test_the_card_has_the_measured_numbers_and_what_was_not_measured(study, bundle):
    card = " ".join((bundle / "README.md").read_text().split())
    row = read_table(study / "metrics/overall.csv", "metric").query("head == 'sequence'").iloc[0]
    assert f"**{100 * row.accuracy:.2f} %** ({row.correct}/18; each clip once)" in card
    assert "Measured on rendered faces" in card and "never seen a real face" in card
    assert "The average of the 3 networks was **not** measured" in card
    assert "angry 3, disgust 3" in card and "Licence: no real person" in card and "iBUG 300-W" in card
    for name in CLASSES:
        assert f"| {name} |" in card


def test_the_sums_hold_without_videofer_and_a_zip_is_the_same(study, bundle, tmp_path):
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=bundle, check=True)
    assert main(["export", str(study), str(tmp_path / "small.zip"), "--model", "csacnn"]) == 0
    assert all(name.startswith("small/") for name in zipfile.ZipFile(tmp_path / "small.zip").namelist())
    with open_bundle(tmp_path / "small.zip") as packed, open_bundle(bundle) as folder:
        assert packed.digest == folder.digest and len(packed.members) == 3
        assert packed.record["classes"] == list(CLASSES) and packed.preparation.rate == 25
        assert (packed.preparation.length, packed.preparation.margin) == (16, 8)


def test_what_is_not_there_is_one_sentence(study, bundle, tmp_path, capsys):
    out = str(tmp_path / "out")
    for arguments, message in (
        ([study, out, "--model", "dtagn"], "dtagn is not among the trained models of"),
        ([study, out, "--model", "majority"], "majority is not a network, and only networks can be exported: caps"),
        ([study, out, "--model", "csacnn", "--variant", "frames"], "csacnn has no trained variant frames"),
        ([study, out, "--model", "csacnn", "--seeds", "4"], "has no seed 4, only 0"),
        ([study, bundle, "--model", "csacnn"], "exists: remove it"),
        ([tmp_path], "holds no trainings"),
    ):
        assert main(["export", *map(str, arguments)]) == 1
        assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_landmark_model_of_ones_own_comes_along(tmp_path_factory, tmp_path):
    """Its path is relative to the folder of the project, wherever `export` is started."""
    project = tmp_path_factory.mktemp("own")
    model, results = project / "mine.dat", project / "results/mine"
    model.write_bytes(b"landmarks")
    results.mkdir(parents=True)
    study = finish(write_data(results), "csacnn", "cbam-stand-in", "mine.dat")
    export_bundle(study, "csacnn", None, None, tmp_path / "bundle")
    model.unlink()
    with open_bundle(tmp_path / "bundle") as opened:
        assert opened.landmark_model.read_bytes() == b"landmarks"
    assert "iBUG" not in (tmp_path / "bundle/README.md").read_text()


@pytest.mark.parametrize(
    "model, variant", [("frames-landmarks", "fused"), ("capsule-lstm", "margin-ce"), ("dtagn", "weighted-sum")]
)
def test_capsules_routing_lstm_and_landmarks_are_all_in_the_file(model, variant, tmp_path):
    pytest.importorskip("onnxruntime", reason="ONNX NOT TESTED: pip install 'videofer[onnx]'")
    pytest.importorskip("onnxscript")
    write_data(tmp_path)
    weights = [train(tmp_path, model, variant, fold) / "model.safetensors" for fold in (0, 1)]
    members = [rebuild_member(read_arrays(path, "weights"), LENGTH) for path in weights]
    opened = SimpleNamespace(members=members, preparation=SimpleNamespace(length=LENGTH), name="small")
    assert export_onnx(opened, tmp_path / "network.onnx") <= TOLERANCE
    rng = np.random.default_rng(1)
    clips = rng.integers(0, 256, (5, LENGTH, 48, 48), dtype=np.uint8)
    landmarks = rng.uniform(4, 44, (5, LENGTH, 68, 2)).astype(np.float32)
    computed = run_onnx(tmp_path / "network.onnx", clips, landmarks)
    expected = average_probabilities(members, clips, landmarks)
    np.testing.assert_allclose(computed, expected, atol=TOLERANCE)
    assert np.ptp(expected, axis=0).max() > 10 * np.abs(computed - expected).max()


def test_without_its_packages_it_is_refused_in_one_sentence(bundle, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    message = r"ONNX needs the package onnxruntime: pip install 'videofer\[onnx\]'"
    with open_bundle(bundle) as opened, pytest.raises(UserError, match=message):
        export_onnx(opened, tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())
