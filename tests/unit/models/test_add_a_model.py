"""docs/add-a-model.md, followed word by word in a copy of the project."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bars_study import write_study

from videofer.core.artifacts import read_arrays, read_table
from videofer.core.study import CLASSES
from videofer.pipeline.code_hash import code_hash

ROOT = Path(__file__).resolve().parents[3]
NAME, FILE = "still-and-points", "videofer/models/still_and_points.py"

# What the rule `train_fold` does, with the configuration as the Snakefile reads it.
PROGRAM = """
import sys, yaml
from pathlib import Path
from videofer.pipeline.config import check_config, model_settings, trained_models
from videofer.training.train_fold import train_fold

config = yaml.safe_load(Path("config.yaml").read_text())
check_config(config)
study = Path(sys.argv[1])
for variant in trained_models(config)["still-and-points"]["variants"]:
    files = {"weights": "model.safetensors", "run": "run.json"}
    files |= {name: f"{name}.csv" for name in ("history", "predictions")}
    train_fold(
        *(str(study / name) for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: str(study / variant / file) for name, file in files.items()}, resume=str(study / "resume"),
        model="still-and-points", variant=variant, seed=0, fold=0, **model_settings(config, "still-and-points"),
        threads=1, code="c",
    )
"""


@pytest.fixture(scope="module")
def blocks():
    """The page's pieces of code: file, line, section and schema."""
    return re.findall(r"```(?:python|yaml)\n(.*?)```", (ROOT / "docs/add-a-model.md").read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory, blocks):
    """A copy of the project with the model added as the page says."""
    folder = tmp_path_factory.mktemp("project")
    for part in ("videofer", "workflow"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "config.yaml", folder)
    module, line, section, schema = blocks
    (folder / FILE).write_text(module)
    for path, place, text in (
        ("videofer/models/registry.py", "MODELS = {\n", line),
        (
            "config.yaml",
            re.search(r"^models:.*\n(?: +#.*\n)*", (folder / "config.yaml").read_text(), re.M)[0],
            section,
        ),
        ("workflow/schemas/config.schema.yaml", "names their files.\n    properties:\n", schema),
    ):
        before = (folder / path).read_text()
        assert before.count(place) == 1, path
        (folder / path).write_text(before.replace(place, place + text))
    return folder


@pytest.fixture(scope="module")
def study(tmp_path_factory, project):
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], cwd=project, check=True)
    return folder


@pytest.mark.parametrize("variant", ["plain", "smoothed"])
def test_it_trains_under_its_own_settings_and_answers(study, variant):
    weights = read_arrays(study / variant / "model.safetensors", "weights")
    assert weights["head.weight"].shape == (6, 64)
    schedule = weights.parameters["schedule"]
    assert (schedule["optimiser"], schedule["epochs"], schedule["batch_size"]) == ("sgd", 8, 8)
    history = read_table(study / variant / "history.csv", "history")
    np.testing.assert_allclose(history.entropy, history.total)
    test = read_table(study / variant / "predictions.csv", "predictions").query("split == 'test'")
    assert (test.predicted == test.true).mean() >= 4 / 6
    assert test[[f"capsule_{name}" for name in CLASSES]].isna().all(axis=None)
    assert json.loads((study / variant / "run.json").read_text())["model"] == NAME


def test_the_variants_differ_and_nothing_of_other_models_would_run_again(study, project):
    plain, smoothed = (
        read_arrays(study / v / "model.safetensors", "weights")["head.weight"] for v in ("plain", "smoothed")
    )
    assert not np.array_equal(plain, smoothed)
    script, own = "workflow/scripts/training/train_fold.py", "videofer/models/capsule_lstm.py"
    before, after = (code_hash(root / script, root, [root / own]) for root in (ROOT, project))
    assert before == after


@pytest.mark.workflow
def test_the_workflow_plans_its_runs(project):
    for part in ("Snakefile", "profiles", "envs", "experiments"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, project / part)
    command = ["snakemake", "--dry-run", "--cores", "1", "--configfile", "experiments/smoke.yaml", "--quiet"]
    run = "results/smoke/runs/still-and-points/smoothed/seed-0/fold-2/run.json"
    subprocess.run(
        [sys.executable, "-m", *command, "all", "--", run], cwd=project, check=True, stdin=subprocess.DEVNULL
    )
