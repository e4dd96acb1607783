"""The leakage check finds subjects, copies and near-duplicates in several roles of a fold, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from videofer.core.artifacts import write_arrays, write_table
from videofer.folds.leakage import check_leakage
from videofer.folds.split import assign_at_random, assign_parts

SUBJECTS = [f"S{p}" for p in range(5) for _ in range(6)]
NAMES = [f"{subject}-{'abcdef'[n % 6]}" for n, subject in enumerate(SUBJECTS)]
APART = assign_parts(SUBJECTS, np.tile(np.arange(6), 5), 5, 0)


def check(folder, table, twins=None, named=True):
    """Check 30 clips of five subjects with random hashes, but for the two clips in `twins`, which share one."""
    hashes = np.random.default_rng(1).integers(0, 256, (30, 16, 32), dtype=np.uint8)
    if twins:
        hashes[twins[1]] = hashes[twins[0]]
    names = {"clips": NAMES, "subjects": SUBJECTS, "classes": list("abcdef")}
    arrays = {"fingerprint": hashes, "label": np.tile(np.arange(6), 5)}
    write_arrays(folder / "clips.safetensors", "clips", arrays, names)
    write_table(folder / "folds.tsv", "folds", table, {})
    out = [folder / f"{name}.csv" for name in ("table-leakage", "near-duplicates")]
    check_leakage(folder / "clips.safetensors", folder / "folds.tsv", out, named)
    checks, pairs = (pd.read_csv(path, keep_default_na=False) for path in out)
    return checks, pairs


def test_subject_independent_folds_pass(tmp_path):
    checks, pairs = check(tmp_path, APART, twins=(0, 1))
    assert checks.found.tolist() == [0, 0, 0]
    assert set(checks.verdict) == {"none"}
    assert pairs[["first_clip", "second_clip", "folds_apart"]].to_numpy().tolist() == [["S0-a", "S0-b", ""]]
    checks, _ = check(tmp_path, APART, named=False)  # of people who are not named nothing is known
    assert checks.verdict.tolist() == ["not known", "none", "none"] and checks.found[0] == "not known"


def test_a_twin_under_another_name_is_found(tmp_path):
    checks, pairs = check(tmp_path, APART, twins=(0, 29))
    assert checks.found.tolist() == [0, 0, 1]
    roles = APART[APART.subject.isin(["S0", "S4"])].groupby("fold").role.nunique()
    assert pairs.second_subject.item() == "S4"
    assert pairs.folds_apart.item() == " ".join(str(fold) for fold in roles.index[roles == 2])


@pytest.mark.parametrize(
    ("copies", "verdicts"), [(False, ["LEAK", "none", "none"]), (True, ["LEAK", "LEAK", "none"])]
)
def test_careless_splits_are_called_leaks(tmp_path, copies, verdicts):
    checks, _ = check(tmp_path, assign_at_random(NAMES, 5, 0, after_augmentation=copies))
    assert checks.verdict.tolist() == verdicts
