"""Only the bundle that was exported is read, and its networks give the predictions of their training."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from small_study import LENGTH, read_faces, train

from videofer.core import __version__
from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.models.registry import MODELS, load_model
from videofer.predict import bundle as bundle_module
from videofer.predict.bundle import open_bundle
from videofer.predict.convert import convert_networks, rebuild_network
from videofer.predict.networks import Networks
from videofer.predict.recognizer import Recognizer

SAME = ("capsule-lstm-tuned",)  # the network of capsule-lstm
NETWORKS = [(m, v) for m in MODELS if load_model(m).learner and m not in SAME for v in load_model(m).variants]


def write_zip(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refuse(path, words):
    with pytest.raises(UserError, match=words), open_bundle(path):
        pass


def change_record(folder, changes):
    """Change keys of a bundle's bundle.json, and its checksum."""
    text = json.dumps(json.loads((folder / "bundle.json").read_text()) | changes)
    (folder / "bundle.json").write_text(text)
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    changed = f"{hashlib.sha256(text.encode()).hexdigest()}  bundle.json"
    lines = [changed if line.endswith("  bundle.json") else line for line in sums]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def test_a_change_of_any_file_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    for path in [path for path in copy.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        path.write_bytes(content.replace(content[-3:-1], b"zz"))
        refuse(copy, "changed|damaged|complete")
        path.write_bytes(content)
    (copy / "networks.onnx").unlink()
    refuse(copy, r"not complete \(networks.onnx is missing\)")


def test_another_version_is_refused_with_what_to_do(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    record = json.loads((copy / "bundle.json").read_text())
    (copy / "bundle.json").write_text(json.dumps(record | {"version": 99, "videofer": "7.0"}))
    refuse(copy, r"is a bundle of version 99, .* use videofer 7\.0\.$")
    (copy / "bundle.json").write_text(json.dumps(record | {"preparation": {"length": 16}}))
    refuse(copy, r"is damaged \(bundle.json: ")
    refuse(tmp_path, r"is not a bundle .*videofer export")


def test_a_bundle_of_another_landmark_model_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    change_record(copy, {"landmark_model_sha256": "0" * 64, "videofer": "7.0"})
    refuse(copy, r"was made with another landmark model dlib than that of videofer .*, or use videofer 7\.0\.$")


def test_a_damaged_or_hostile_archive_is_one_sentence_and_nothing_outside_of_its_folder(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "a.zip", {"b/bundle.json": bytes(range(256)) * 40})
    whole = path.read_bytes()
    for offset in (40, 60, 100):
        path.write_bytes(whole[:offset] + b"\xff\xff\xff" + whole[offset + 3 :])
        refuse(path, "cannot be unpacked|is damaged|is not a bundle")
    refuse(write_zip(path, {"../../../escaped.txt": b"x", "/tmp/escaped.txt": b"x"}), "is not a bundle")
    assert not list(tmp_path.parent.rglob("escaped.txt"))
    monkeypatch.setattr(bundle_module, "LARGEST", 10**6)
    refuse(write_zip(tmp_path / "bomb.zip", {"b/bundle.json": bytes(10**7)}), "unpacks to 10000000 bytes")


@pytest.mark.parametrize("model, variant", NETWORKS)
def test_every_network_predicts_as_in_its_run(study, tmp_path, model, variant):
    run = train(study, model, variant)
    convert_networks([read_arrays(run / "model.safetensors", "weights")], LENGTH, tmp_path / "network.onnx")
    table = read_table(run / "predictions.csv", "predictions").query("split == 'test'")
    names, clips, landmarks = read_faces(study)
    tested = [names.index(clip) for clip in table["clip"]]
    predicted = Networks(tmp_path / "network.onnx", threads=1).average(clips[tested], landmarks[tested])
    expected = table[[f"p_{name}" for name in CLASSES]].to_numpy()
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-6)
    # They depend on the clips.
    assert np.ptp(expected, axis=0).max() > 50 * np.abs(predicted - expected).max()


def test_weights_of_another_network_are_refused(study):
    weights = read_arrays(study / "runs/csacnn/cbam-stand-in/seed-0/fold-0/model.safetensors", "weights")
    fewer = Arrays({name: array for name, array in weights.items() if name != "head.bias"}, weights.meta)
    with pytest.raises(UserError, match=r"do not fit the network of this version .*export it again"):
        rebuild_network(fewer, LENGTH)


def test_probabilities_are_the_mean_and_the_random_state_stays(study, tmp_path):
    paths = [train(study, "frames-landmarks", "fused", fold) / "model.safetensors" for fold in (0, 1)]
    torch.manual_seed(3)
    before = torch.get_rng_state()
    both = [read_arrays(path, "weights") for path in paths]
    _, clips, landmarks = read_faces(study)
    answers = []
    for number, weights in enumerate(([both[0]], [both[1]], both, both)):
        convert_networks(weights, LENGTH, tmp_path / f"{number}.onnx")
        answers.append(Networks(tmp_path / f"{number}.onnx", threads=1).average(clips, landmarks))
    assert torch.equal(torch.get_rng_state(), before)
    first, second, mean, again = answers
    assert not np.allclose(first, second)
    np.testing.assert_allclose(mean, (first + second) / 2, atol=1e-7)
    np.testing.assert_array_equal(mean, again)
    made = [(tmp_path / f"{number}.onnx").read_bytes() for number in (2, 3)]
    assert made[0] == made[1]
    assert str(Path(torch.__file__).parents[1]).encode() not in made[0] and b"videofer/predict" not in made[0]


def test_the_file_says_what_it_takes_and_refuses_other_pixels(study, tmp_path):
    run = train(study, "frames-landmarks", "fused")
    path = tmp_path / "networks.onnx"
    convert_networks([read_arrays(run / "model.safetensors", "weights")], LENGTH, path)
    networks, (_, clips, landmarks) = Networks(path, threads=1), read_faces(study)
    assert networks.classes == list(CLASSES)
    with pytest.raises(UserError, match="whole grey levels from 0 to 255"):
        networks.average(clips / np.float32(255), landmarks)
    session = onnxruntime.InferenceSession(path)
    about = session.get_modelmeta().custom_metadata_map
    assert (
        about["videofer"] == __version__ and about["model"] == "frames-landmarks" and "0 to 255" in about["clips"]
    )
    for pixels in (clips[:1] / np.float32(255), clips[:1].astype(np.float32)):
        with pytest.raises(InvalidArgument, match="Unexpected input data type"):
            session.run(None, {"clips": pixels, "landmarks": landmarks[:1].astype(np.float32)})


def test_networks_of_other_classes_than_the_bundle_states_are_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    record = json.loads((copy / "bundle.json").read_text())
    change_record(copy, {"classes": record["classes"][::-1]})
    with pytest.raises(UserError, match=r"its networks name other classes than its bundle\.json"):
        Recognizer.load(copy)


def test_a_file_that_onnxruntime_cannot_read_is_one_sentence(tmp_path):
    (tmp_path / "networks.onnx").write_bytes(b"no network")
    with pytest.raises(UserError, match=r"^networks.onnx cannot be run by onnxruntime .*: get it again"):
        Networks(tmp_path / "networks.onnx", threads=1)
