"""Folds of the arms that change them: fewer training subjects, or a split without regard to people."""

from collections.abc import Mapping
from pathlib import Path

from videofer.core.artifacts import read_arrays, read_table, write_table
from videofer.folds.roles import split_at_random
from videofer.folds.split import limit_training


def split_arm(
    clips_path: str | Path, folds_path: str | Path, out: str | Path, arm: str, count: int, folds: Mapping, code: str
) -> None:
    """Write the folds of an arm from those of the main study.

    "random-clips" and "random-copies" cut clips, or all versions of all clips, into `count` parts as a careless
    study would; any other arm keeps the main study's folds with `folds["train_subjects"]` training subjects.
    """
    if arm.startswith("random-"):
        names = read_arrays(clips_path, "clips").parameters["clips"]
        table = split_at_random(names, count, folds["seed"], after_augmentation=arm == "random-copies")
    else:
        table = limit_training(read_table(folds_path, "folds"), folds["train_subjects"], folds["seed"])
    write_table(out, "folds", table, {"arm": arm, "folds": dict(folds), "code": code}, [clips_path, folds_path])
