"""Trained on one set, tested on another: the clips of all sets, and the table of all pairs by hand."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from dataset_trees import build_tree

from videofer.core.artifacts import write_arrays, write_table
from videofer.core.errors import UserError
from videofer.datasets.registry import load_adapter
from videofer.datasets.scan import scan_dataset
from videofer.pipeline.config import check_config
from videofer.report.tables.extras import TOGETHER, tabulate_cross

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def two_sets(folder: Path) -> dict:
    for kind in ("savee", "ck-plus"):
        build_tree(kind, folder / kind)
    config = copy.deepcopy(CONFIG)
    config["name"] = "cross"
    config["dataset"] |= {
        "kind": "cross",
        "sets": {
            "spoken": {"kind": "savee", "data_dir": str(folder / "savee")},
            "posed": {"kind": "ck-plus", "data_dir": str(folder / "ck-plus"), "labels": {"Fear": "surprise"}},
        },
    }
    return config


def test_the_clips_of_all_sets_are_listed_with_their_set(tmp_path):
    config = two_sets(tmp_path)
    check_config(config)
    found = scan_dataset(config, ROOT)
    assert len(found.clips) == 36 and found.people
    first = next(clip for clip in found.clips if clip.part == "posed")
    assert (first.clip, first.subject) == ("posed-S010-001", "posed/S010")
    labels = {(clip.part, clip.label) for clip in found.clips}
    assert ("posed", "fear") not in labels and ("spoken", "fear") in labels
    config["dataset"]["classes"] = ["happy", "sad"]
    found = scan_dataset(config, ROOT)
    assert len(found.clips) == 12 and found.left_out["'angry', not in dataset.classes (posed)"] == 3


def test_the_experiment_states_what_each_word_of_each_set_becomes():
    overlay = yaml.safe_load((ROOT / "experiments/cross.yaml").read_text(encoding="utf-8"))
    for section in overlay["dataset"]["sets"].values():
        assert section["labels"] == dict(load_adapter(section["kind"]).labels)


def test_a_cross_study_needs_two_sets_on_the_disk_that_name_people(tmp_path):
    config = two_sets(tmp_path)
    sets = config["dataset"]["sets"]
    build_tree("afew", tmp_path / "afew")
    sets["films"] = {"kind": "afew", "data_dir": str(tmp_path / "afew")}
    with pytest.raises(UserError, match=r"dataset\.sets\.films is afew, which does not say who is who"):
        scan_dataset(config, ROOT)
    sets["spoken"] = {"kind": "rendered"}
    with pytest.raises(UserError, match=r"dataset\.sets\.spoken\.kind is rendered"):
        scan_dataset(config, ROOT)
    sets.clear()
    with pytest.raises(UserError, match="fewer than two"):
        scan_dataset(config, ROOT)


SUBJECTS = [f"{name}/{n}" for name in ("a", "b") for n in range(6) for _ in range(2)]
PARTS = ["a"] * 12 + ["b"] * 12
LABELS = np.tile([0, 1], 12)


def write_clips(folder: Path) -> Path:
    names = [f"{subject.replace('/', '-')}-{label}" for subject, label in zip(SUBJECTS, LABELS, strict=True)]
    parameters = {"clips": names, "subjects": SUBJECTS, "classes": ["happy", "sad"], "parts": PARTS}
    write_arrays(folder / "clips.safetensors", "clips", {"label": LABELS}, parameters)
    return folder / "clips.safetensors"


def write_predictions(path: Path, right: set[str]) -> Path:
    """Write the test answers of one run: right for the clips of the sets in `right`, wrong for the others."""
    rows = []
    for subject, label, part in zip(SUBJECTS, LABELS, PARTS, strict=True):
        answer = label if part in right else 1 - label
        names = ("happy", "sad")
        rows.append({
            "model": "capsule-lstm", "variant": "margin-ce", "seed": 0, "fold": 0, "split": "test",
            "clip": f"{subject.replace('/', '-')}-{label}", "version": 0, "subject": subject, "true": names[label],
            "predicted": names[answer], "capsule_predicted": names[label], "p_happy": 0.5, "p_sad": 0.5,
        })  # fmt: skip
    write_table(path, "predictions", pd.DataFrame(rows), {})
    return path


def test_the_table_of_all_pairs_counts_each_pair_by_itself(tmp_path):
    clips = write_clips(tmp_path)
    predictions = {
        "a": [write_predictions(tmp_path / "a.csv", {"a"})],
        "b": [write_predictions(tmp_path / "b.csv", {"a", "b"})],
        TOGETHER: [write_predictions(tmp_path / "all.csv", set())],
    }
    tabulate_cross(clips, predictions=predictions, out=[tmp_path / "cross.csv", tmp_path / "cross.md"])
    table = pd.read_csv(tmp_path / "cross.csv")
    told = table[table["head"] == "sequence"].set_index(["trained_on", "tested_on"])
    assert told["correct"].to_dict() == {
        ("a", "a"): 12, ("a", "b"): 0, ("b", "a"): 12, ("b", "b"): 12, (TOGETHER, "a"): 0, (TOGETHER, "b"): 0,
    }  # fmt: skip
    assert (told["n"] == 12).all() and (told["subjects"] == 6).all()
    assert (table[table["head"] == "capsule"]["correct"] == 12).all()
    assert "| a | b | capsule-lstm margin-ce | sequence | 0.00 (0/12) |" in (tmp_path / "cross.md").read_text()
