"""Only the bundle that was exported is read, and its networks give the predictions of their training."""

import json
import shutil
import zipfile

import numpy as np
import pytest
import torch
from small_study import LENGTH, read_faces, train

from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.models.registry import MODELS, load_model
from videofer.predict import bundle as bundle_module
from videofer.predict.bundle import average_probabilities, open_bundle, rebuild_member

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


def test_a_change_of_any_file_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    for path in [path for path in copy.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        path.write_bytes(content.replace(content[-3:-1], b"zz"))
        refuse(copy, "changed|damaged|complete")
        path.write_bytes(content)
    (copy / "weights/seed-0-fold-1.safetensors").unlink()
    refuse(copy, r"not complete \(weights/seed-0-fold-1.safetensors is missing\)")


def test_another_version_is_refused_with_what_to_do(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    record = json.loads((copy / "bundle.json").read_text())
    (copy / "bundle.json").write_text(json.dumps(record | {"version": 99, "videofer": "7.0"}))
    refuse(copy, r"is a bundle of version 99, .* use videofer 7\.0\.$")
    (copy / "bundle.json").write_text(json.dumps(record | {"preparation": {"length": 16}}))
    refuse(copy, r"is damaged \(bundle.json: ")
    refuse(tmp_path, r"is not a bundle .*videofer export")


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
def test_every_network_predicts_as_in_its_run(study, model, variant):
    """To the last bit."""
    run = train(study, model, variant)
    member = rebuild_member(read_arrays(run / "model.safetensors", "weights"), LENGTH)
    table = read_table(run / "predictions.csv", "predictions").query("split == 'test'")
    names, clips, landmarks = read_faces(study)
    tested = [names.index(clip) for clip in table["clip"]]
    predicted = average_probabilities([member], clips[tested], landmarks[tested])
    expected = table[[f"p_{name}" for name in CLASSES]].to_numpy()
    np.testing.assert_array_equal(predicted, expected.astype(np.float32))
    assert len(np.unique(expected[:, 0])) > 1  # they depend on the clips


def test_weights_of_another_network_are_refused(study):
    weights = read_arrays(study / "runs/csacnn/cbam-stand-in/seed-0/fold-0/model.safetensors", "weights")
    fewer = Arrays({name: array for name, array in weights.items() if name != "head.bias"}, weights.meta)
    with pytest.raises(UserError, match=r"do not fit the network of this version .*export it again"):
        rebuild_member(fewer, LENGTH)


def test_probabilities_are_the_mean_and_the_random_state_stays(study):
    paths = [train(study, "frames-landmarks", "fused", fold) / "model.safetensors" for fold in (0, 1)]
    torch.manual_seed(3)
    before = torch.get_rng_state()
    members = [rebuild_member(read_arrays(path, "weights"), LENGTH) for path in paths]
    assert torch.equal(torch.get_rng_state(), before)
    _, clips, landmarks = read_faces(study)
    first, second = (average_probabilities([member], clips, landmarks) for member in members)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(average_probabilities(members, clips, landmarks), (first + second) / 2, atol=1e-7)
