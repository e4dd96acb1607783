"""A bundle is made of a finished study, and its card states what was measured."""

import subprocess
import zipfile

import pytest
from small_study import finish, read_faces, write_data

from videofer.__main__ import main
from videofer.core.artifacts import read_table
from videofer.core.study import CLASSES
from videofer.predict.bundle.contents import open_bundle
from videofer.predict.bundle.export import export_bundle
from videofer.predict.bundle.members import average_probabilities

MODEL, VARIANT = "frames-landmarks", "fused"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return finish(write_data(tmp_path_factory.mktemp("study")), MODEL, VARIANT)


@pytest.fixture(scope="module")
def bundle(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles") / "small"
    assert main(["export", str(study), str(out)]) == 0
    return out


def test_it_has_every_fold_and_how_faces_were_prepared(study, bundle):
    _, clips, landmarks = read_faces(study)
    with open_bundle(bundle) as opened:
        assert opened.classes == tuple(CLASSES) and opened.preparation.rate == 25
        assert (opened.preparation.length, opened.preparation.margin) == (16, 8)
        assert len(opened.members) == 3
        assert average_probabilities(opened.members, clips, landmarks).shape == (18, 6)


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
    export_bundle(study, MODEL, VARIANT, None, tmp_path / "small.zip")
    assert all(name.startswith("small/") for name in zipfile.ZipFile(tmp_path / "small.zip").namelist())
    with open_bundle(tmp_path / "small.zip") as packed, open_bundle(bundle) as folder:
        assert packed.digest == folder.digest and len(packed.members) == 3


def test_what_is_not_there_is_one_sentence(study, bundle, tmp_path, capsys):
    for arguments, message in (
        (["--model", "dtagn"], "dtagn is not among the trained models of"),
        (["--model", "majority"], "majority is not a network"),
        (["--variant", "frames"], "has no trained variant frames"),
        (["--seeds", "4"], "has no seed 4, only 0"),
    ):
        assert main(["export", str(study), str(tmp_path / "out"), *arguments]) == 1
        assert message in capsys.readouterr().err
    assert main(["export", str(study), str(bundle)]) == 1
    assert "exists: remove it" in capsys.readouterr().err
    assert main(["export", str(tmp_path)]) == 1
    assert "holds no trainings" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_landmark_model_of_ones_own_comes_along(tmp_path_factory, tmp_path):
    model = tmp_path / "mine.dat"
    model.write_bytes(b"landmarks")
    study = finish(write_data(tmp_path_factory.mktemp("own")), "csacnn", "cbam-stand-in", str(model))
    export_bundle(study, "csacnn", None, None, tmp_path / "bundle")
    model.unlink()
    with open_bundle(tmp_path / "bundle") as opened:
        assert opened.landmark_model.read_bytes() == b"landmarks"
    assert "iBUG" not in (tmp_path / "bundle/README.md").read_text()
