"""Archives that are no bundle: damaged, too large when unpacked, or reaching outside of their folder."""

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
