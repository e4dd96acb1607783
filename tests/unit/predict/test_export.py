"""A bundle is made of a finished study, its card states what was measured, and it is read without torch."""

import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from small_study import finish, write_data

from videofer.__main__ import main
from videofer.core.artifacts import read_table
from videofer.core.study import CLASSES
from videofer.predict import command
from videofer.predict.bundle import open_bundle
from videofer.predict.export import export_bundle

ROOT = Path(__file__).resolve().parents[3]


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
        assert packed.digest == folder.digest and packed.networks.read_bytes() == folder.networks.read_bytes()
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
        assert Path(opened.landmark_model).read_bytes() == b"landmarks"
    assert "iBUG" not in (tmp_path / "bundle/README.md").read_text()


def test_without_its_packages_it_is_refused_in_one_sentence(study, tmp_path, monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "onnxscript" else found(name))
    assert main(["export", str(study), str(tmp_path / "out"), "--model", "csacnn"]) == 1
    assert "needs the package onnxscript: pip install 'videofer[pipeline]'." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_bundle_reads_films_where_torch_and_the_pipeline_s_packages_are_missing(bundle, film, tmp_path):
    """In a process of its own, which can import nothing but what `pip install videofer` brings."""
    names = {re.split(r"[\s\[]", line)[0] for line in (ROOT / "requirements-pipeline.txt").read_text().splitlines()}
    absent = sorted({"sklearn", "imagehash"} | names - {"#", "scikit-learn", "ImageHash"})
    assert "torch" in absent
    # Refused when they are looked for; None in sys.modules, where SciPy looks for torch, would be taken for it.
    script = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {absent!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent)\n"
        "from videofer.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    made = []
    for threads, out in (("1", tmp_path / "one"), ("2", tmp_path / "two")):
        arguments = ["--bundle", str(bundle), "--out", str(out), "--plot", "--report", "--threads", threads]
        subprocess.run([sys.executable, "-c", script, "predict", str(film), *arguments], check=True)
        made.append((out / f"{film.name}.csv").read_bytes())
    assert (made[0] == made[1] and b",ok," in made[0]) or b",uncertain," in made[0]
    assert (tmp_path / "one" / f"{film.name}.html").is_file()
    listed, out = tmp_path / "list.csv", tmp_path / "measured"
    listed.write_text("path,subject,label\n" + "".join(f"{film},{name},happy\n" for name in ("a", "b", "c")))
    command = [sys.executable, "-c", script, "evaluate", str(bundle), str(listed), "--out", str(out)]
    subprocess.run(command, check=True)
    assert (out / "index.html").is_file() and (out / "confusion.png").is_file()
