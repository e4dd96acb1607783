"""The workflow from another folder than its own; films and projects that were touched, copied or moved."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_videos import write_video

ROOT = Path(__file__).resolve().parents[2]
NOTHING = "Nothing to be done"
MANIFEST = "results/mine/manifest.tsv"
CONFIG = "name: mine\ndataset: {kind: table, path: list.csv, classes: [happy, sad]}\nfolds: {count: 3}\n"

pytestmark = pytest.mark.workflow


def snakemake(folder: Path, *arguments: str, check: bool = True, program: str = "snakemake") -> str:
    """Run Snakemake in `folder` without PYTHONPATH and return all it printed."""
    command = [sys.executable, "-m", program, *map(str, arguments), "--cores", "1"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if program != "snakemake":
        environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """Return a folder with films, folders of pictures, their list, a configuration, and their manifest."""
    folder = tmp_path_factory.mktemp("a study") / "mine"
    (folder / "films").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (20, 240, 320), np.uint8)
    rows = ["path,subject,label"]
    for number in range(3):
        film = write_video(folder / f"films/{number}.mkv", noise[number : number + 16], np.arange(16) / 25, "ffv1")
        assert film.stat().st_size > 1_000_000  # from where on Snakemake by itself sees the time alone
        pictures = folder / f"films/pictures {number}"
        pictures.mkdir()
        for frame in range(10):
            Image.fromarray(noise[frame, :48, : 64 + number]).save(pictures / f"{frame}.png")
        rows += [f"films/{number}.mkv,P{number},happy", f"{pictures.relative_to(folder)},P{number},sad"]
    (folder / "list.csv").write_text("\n".join(rows) + "\n")
    (folder / "mine.yaml").write_text(CONFIG)
    make(folder)
    assert len((folder / MANIFEST).read_text().splitlines()) == 8
    return folder


def make(folder: Path, *options: str) -> str:
    return snakemake(folder, MANIFEST, *options, "-s", ROOT / "Snakefile", "--configfile", "mine.yaml")


def test_a_touched_copied_and_moved_study_is_not_made_again_but_a_changed_one_is(study, tmp_path):
    for path in study.rglob("films/**/*"):
        path.touch()
    shutil.copytree(study, tmp_path / "copied", copy_function=shutil.copy)  # new times, in any order
    moved = (tmp_path / "copied").rename(tmp_path / "moved")
    assert NOTHING in make(moved, "-n")
    film, pictures = moved / "films/1.mkv", moved / "films/pictures 1"
    content = film.read_bytes()
    film.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert NOTHING not in make(moved, "-n")
    film.write_bytes(content)
    shutil.copy(moved / "films/pictures 0/2.png", pictures / "2.png")
    assert NOTHING not in make(moved, "-n")


def test_the_working_directory_and_the_configuration_may_lie_anywhere(study, tmp_path):
    """A path in the configuration starts from its folder, results lie in the working directory."""
    options = ("--directory", tmp_path / "work", "-s", ROOT / "Snakefile", "--configfile", study / "mine.yaml")
    snakemake(ROOT, MANIFEST, *options)
    assert f"{study}/films/1.mkv" in (tmp_path / "work" / MANIFEST).read_text()
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(study / "mine.yaml", other)
    (other / "more.yaml").write_text(f"dataset: {{path: '{os.path.relpath(study, other)}/list.csv'}}\n")
    options = ("-n", MANIFEST, "-s", ROOT / "Snakefile", "--configfile", "mine.yaml", "--configfile", "more.yaml")
    launched = snakemake(other, *options, "-C", "faces.every=2", program="videofer.pipeline.launch")
    assert "index_dataset" in launched


def test_a_run_says_how_far_it_is_and_at_last_what_failed(study, tmp_path):
    """The films show no face, so that no clip is left to pack."""
    options = ("-s", ROOT / "Snakefile", "--configfile", study / "mine.yaml")
    printed = snakemake(tmp_path, "results/mine/clips.safetensors", *options, check=False)
    assert re.search(r"Finished cut_clips \S+: (\d+) of \1 done\n", printed)
    last = printed[printed.index("Failed: pack_clips\n  its log, results/mine/logs/pack_clips.log, ends with:") :]
    assert "is left after 6 were rejected" in last


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("--configfile", "mine.yaml", "--configfile", "mine.yaml"), "config: --configfile is given twice"),
    (("--configfile", "twice.yaml"), "twice.yaml, line 2: the key 'name' was given before"),
    (("--config", "epochs=7"), "did you mean 'training.epochs'?"),
])  # fmt: skip
def test_a_mistake_in_the_configuration_is_one_sentence(study, arguments, sentence):
    (study / "twice.yaml").write_text("name: a\nname: b\n")
    printed = snakemake(study, "-n", "-s", ROOT / "Snakefile", *arguments, check=False)
    assert sentence in printed and "Traceback" not in printed


def test_a_file_that_is_not_there_is_one_sentence_of_the_launcher(study):
    printed = snakemake(study, "-n", "--configfile", "none.yaml", check=False, program="videofer.pipeline.launch")
    assert printed == "config: none.yaml cannot be read (No such file or directory): correct its name or place.\n"
