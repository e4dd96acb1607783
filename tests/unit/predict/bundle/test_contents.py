"""What is no bundle, or no longer the one that was exported, is refused in one sentence."""

import json
import shutil
import zipfile

import pytest

from videofer.core.errors import UserError
from videofer.predict.bundle import contents
from videofer.predict.bundle.contents import open_bundle


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


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "LARGEST", 10**6)
    refuse(write_zip(tmp_path / "bomb.zip", {"b/bundle.json": bytes(10**7)}), "unpacks to 10000000 bytes")


def test_a_damaged_archive_is_one_sentence(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"b/bundle.json": bytes(range(256)) * 40})
    whole = path.read_bytes()
    for offset in (40, 60, 100):
        path.write_bytes(whole[:offset] + b"\xff\xff\xff" + whole[offset + 3 :])
        refuse(path, "cannot be unpacked|is damaged|is not a bundle")


def test_nothing_is_unpacked_outside_of_its_folder(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"../../../escaped.txt": b"x", "/tmp/escaped.txt": b"x"})
    refuse(path, "holds no bundle")
    assert not list(tmp_path.parent.rglob("escaped.txt"))
