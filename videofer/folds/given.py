"""Folds that a user gives: a table of fold, subject and role, checked row by row."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from videofer.core.errors import UserError
from videofer.core.study import ROLES, UNUSED
from videofer.folds.protocol import read_rows


def read_given(path: str | Path, subjects: Sequence[str]) -> pd.DataFrame:
    """Read a table (fold, subject, role) such as another study's folds.tsv and keep the subjects with usable clips.

    Roles are train, validation, test and unused; a subject may be tested in one fold at most. Raises UserError if a
    subject is missing from a fold or stands in it twice, or if a fold has nobody to train or to validate on.
    """
    usable = set(subjects)
    rows = [row for row in read_rows(path) if row["subject"] in usable]
    table = pd.DataFrame(rows, columns=["fold", "subject", "role"]).astype({"fold": int})
    for fold, group in table.groupby("fold"):
        twice = group[group["subject"].duplicated()]["subject"].tolist()
        if twice:
            raise UserError(f"{path}: subject {twice[0]} stands twice in fold {fold}: give it one role.")
        absent = sorted(usable - set(group["subject"]))
        if absent:
            raise UserError(
                f"{path}: subject {absent[0]} has clips but no role in fold {fold}: give it one of "
                f"{', '.join(ROLES)}, or {UNUSED}."
            )
        for role in ("train", "validation"):
            if role not in set(group["role"]):
                raise UserError(f"{path}: fold {fold} has no {role} subject with a usable clip: give it one.")
    tested = table[table["role"] == "test"]
    again = tested[tested["subject"].duplicated()]["subject"].tolist()
    if again:
        raise UserError(
            f"{path}: subject {again[0]} is tested in two folds: test everybody once, and repeat by seeds."
        )
    if tested.empty:
        raise UserError(f"{path}: no fold tests a subject with a usable clip: give one the role test.")
    return table
