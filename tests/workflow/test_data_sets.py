"""Trees of published data sets through the whole workflow, from the set's own files to a trained model's table."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from dataset_trees import BUILDERS, Filmed, build_tree

from videofer.core.artifacts import read_arrays, read_table
from videofer.core.study import CLASSES
from videofer.datasets.registry import load_adapter

pytestmark = pytest.mark.workflow
CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
ALONE = dict.fromkeys(CONFIG["models"]) | {"capsule-lstm": {"variants": ["margin-ce"]}}
TINY = {
    "folds": {"count": 3},
    "models": ALONE,
    "training": {"epochs": 1},
    "seeds": [0],
}
PEOPLE = (1, 2, 3)
FAST = ("mmi", "ck-plus", "dfew")  # a codec of tapes and two views; pictures; no names of people
KINDS = [kind if kind in FAST else pytest.param(kind, marks=pytest.mark.every_set) for kind in BUILDERS]


@pytest.fixture(scope="module")
def films(project):
    """Return the function from person and label to a rendered video."""
    videos = {(p, label): f"results/smoke/videos/S{p:03d}-{label}.avi" for p in PEOPLE for label in CLASSES}
    project.snakemake(*videos.values())
    return lambda person, label: project.folder / videos[person, label]


def study(project, kind: str, data: Path, target: str) -> Path:
    """Run the set's own experiment, made tiny, up to `target`; returns its results."""
    overlay = project.folder / "tiny.yaml"
    overlay.write_text(yaml.safe_dump(TINY))
    files = ["--configfile", f"experiments/{kind}.yaml", "tiny.yaml"]
    project.snakemake(f"results/{kind}/{target}", *files, "--config", f"data_dir={data}")
    return project.folder / "results" / kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_set_goes_from_its_tree_to_a_table(kind, project, films, tmp_path):
    expected = build_tree(kind, tmp_path / "the set", Filmed(films), PEOPLE)
    results = study(project, kind, tmp_path / "the set", "tables/table-4.1.csv")
    clips = read_arrays(results / "clips.safetensors", "clips")
    assert read_table(results / "rejected.tsv", "rejected").empty
    assert len(clips["clip"]) == len(expected)
    classes = [label for label in CLASSES if label in {label for _, _, label in expected}]
    assert clips.parameters["classes"] == classes
    table = pd.read_csv(results / "tables/table-4.1.csv")
    folds = read_table(results / "folds.tsv", "folds")
    tested = set(folds[folds.role == "test"].subject)
    assert table["sequence_n"].dropna().tolist() == [sum(one in tested for one in clips.parameters["subjects"])]
    if load_adapter(kind).official:
        assert folds.fold.nunique() == len(load_adapter(kind).official)
    predictions = read_table(results / "metrics/predictions.csv", "predictions")
    assert set(predictions["true"]) == set(classes)


@pytest.mark.every_set
def test_sets_are_compared_across(project, films, tmp_path):
    sets = {}
    for kind, first in (("ck-plus", "null"), ("savee", "hflip")):  # not the same films under other names
        build_tree(kind, tmp_path / kind, Filmed(films, first), PEOPLE)
        sets[kind] = {"kind": kind, "data_dir": str(tmp_path / kind)}
    overlay = TINY | {"name": "pairs", "extras": ["cross"], "dataset": {"kind": "cross", "sets": sets}}
    overlay["folds"] = {"protocol": "sets", "count": 3}
    (project.folder / "pairs.yaml").write_text(yaml.safe_dump(overlay))
    project.snakemake("results/pairs/tables/extra-cross.csv", "--configfile", "pairs.yaml")
    table = pd.read_csv(project.folder / "results/pairs/tables/extra-cross.csv")
    sequence = table[table["head"] == "sequence"].set_index(["trained_on", "tested_on"])
    assert set(sequence.index) == {(a, b) for a in ("ck-plus", "savee", "all sets") for b in sets}
    assert (sequence["n"] == 18).all()
