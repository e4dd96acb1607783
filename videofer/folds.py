"""Subject-independent folds: no person is on two sides of a split."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from videofer.artifacts import read_arrays, write_table
from videofer.errors import UserError

ROLES = ("train", "validation", "test")


def split_folds(clips_path: str | Path, out: str | Path, count: int, seed: int, code: str) -> None:
    """Write folds.tsv (fold, subject, role) for the usable clips of a data set."""
    clips = read_arrays(clips_path, "clips")
    subjects, labels = clips.parameters["subjects"], clips["label"]
    table = assign_folds(subjects, labels, count, seed)
    classes = clips.parameters["classes"]
    for fold, role, missing in missing_classes(table, subjects, labels, classes):
        logging.warning("fold %d has no %s clip of %s", fold, role, ", ".join(missing))
    write_table(out, "folds", table, {"count": count, "seed": seed, "code": code}, inputs=[clips_path])


def assign_folds(subjects: list[str], labels: np.ndarray, count: int, seed: int) -> pd.DataFrame:
    """Assign every subject a role in every fold, stratified by class as well as whole subjects allow.

    subjects and labels have one entry a clip. Fold k tests the subjects of part k and validates on those of part
    k + 1; the others train (10 folds give the 8 / 1 / 1 of the MMI studies). Raises UserError if there are fewer
    subjects than folds.
    """
    subjects = np.asarray(subjects)
    people = sorted(set(subjects.tolist()))
    if not 3 <= count <= len(people):
        raise UserError(
            f"folds.count is {count}, but it must be between 3 (train, validation, test) and the {len(people)} "
            "subjects with usable clips: change it in config.yaml."
        )
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    part = {}
    for number, (_, tested) in enumerate(splitter.split(np.zeros(len(subjects)), labels, groups=subjects)):
        part |= dict.fromkeys(subjects[tested].tolist(), number)
    if set(part.values()) != set(range(count)):
        raise UserError(f"{len(people)} subjects do not fill {count} folds: lower folds.count in config.yaml.")
    roles = {0: "test", 1: "validation"}
    rows = [
        (fold, subject, roles.get((part[subject] - fold) % count, "train"))
        for fold in range(count)
        for subject in people
    ]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def clips_in_role(table: pd.DataFrame, subjects: list[str], fold: int, role: str) -> list[int]:
    """Return the positions of the clips whose subject has `role` in `fold`."""
    chosen = set(table.subject[(table.fold == fold) & (table.role == role)])
    return [position for position, subject in enumerate(subjects) if subject in chosen]


def missing_classes(table: pd.DataFrame, subjects: list[str], labels: np.ndarray, classes: list[str]):
    """Yield (fold, role, class names) wherever a role of a fold holds no clip of some class."""
    for fold in sorted(set(table.fold)):
        for role in ROLES:
            present = set(np.asarray(labels)[clips_in_role(table, subjects, fold, role)].tolist())
            missing = [name for number, name in enumerate(classes) if number not in present]
            if missing:
                yield fold, role, missing
