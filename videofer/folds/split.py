"""Folds: which subjects train, validate and test. No person is on two sides of a split."""

import csv
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core.artifacts import read_arrays, write_table
from videofer.core.errors import UserError
from videofer.core.study import ROLES, UNUSED

VALIDATION_SHARE = 0.1  # of the subjects, when one subject at a time is tested
NEXT_ROLE = {0: "test", 1: "validation"}  # of parts 0 and 1, counted from the part that a fold tests


def split_folds(
    clips_path: str | Path,
    out: str | Path,
    folds: Mapping,
    people: Sequence[str],
    official: Sequence[Mapping[str, str]],
    code: str,
) -> None:
    """Write folds.tsv (fold, subject, role) for the usable clips of a data set.

    folds: the config's section; people: all subjects of the data set, also those without a usable clip; official:
    the folds of the set's own split, each a map from its parts to roles.
    """
    clips = read_arrays(clips_path, "clips")
    subjects, labels = clips.parameters["subjects"], clips["label"]
    protocol = folds["protocol"]
    if protocol == "subjects":
        table = assign_parts(subjects, labels, folds["count"], folds["seed"])
    elif protocol == "leave-one-subject-out":
        table = assign_one_each(subjects, people, folds["seed"])
    elif protocol == "sets":
        table = assign_parts_by_set(subjects, labels, clips.parameters["parts"], folds["count"], folds["seed"])
    elif protocol == "official":
        table = assign_official(subjects, clips.parameters["parts"], official, folds["seed"])
    else:
        table = read_given(folds["path"], subjects)
    if folds["train_subjects"] is not None:
        table = limit_training(table, folds["train_subjects"], folds["seed"])
    for fold, role, missing in missing_classes(table, subjects, labels, clips.parameters["classes"]):
        logging.warning("fold %d has no %s clip of %s", fold, role, ", ".join(missing))
    inputs = [clips_path] + ([folds["path"]] if protocol == "given" else [])
    write_table(out, "folds", table, {"folds": dict(folds), "code": code}, inputs)


def count_folds(
    folds: Mapping, people: Sequence[str], official: Sequence[Mapping[str, str]] = (), named: bool = True
) -> int:
    """Return the number of folds, from the config's section and the names of all subjects.

    official: the folds of the data set's own split; named: whether the set says who is who. Raises UserError for a
    protocol that the data set does not allow.
    """
    protocol = folds["protocol"]
    if protocol == "official":
        if not official:
            raise UserError("folds.protocol is official, but this data set comes without a split: choose subjects.")
        return len(official)
    if not named:
        raise UserError(
            f"folds.protocol is {protocol}, but this data set does not say who is who, so that nobody can be kept "
            "out of training: choose official, the set's own split."
        )
    if protocol == "given":
        return max(int(row["fold"]) for row in _read_rows(folds["path"])) + 1
    return len(set(people)) if protocol == "leave-one-subject-out" else folds["count"]


def assign_parts(subjects: Sequence[str], labels: np.ndarray, count: int, seed: int) -> pd.DataFrame:
    """Cut the subjects into `count` parts, stratified by class as well as whole subjects allow.

    subjects and labels have one entry a clip. Fold k tests the subjects of part k and validates on those of part
    k + 1; the others train (10 folds give the 8 / 1 / 1 of the MMI studies). Raises UserError if there are fewer
    subjects than folds, or no class has a clip for each fold.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # slow to load; the Snakefile needs count_folds only

    subjects = np.asarray(subjects)
    people = sorted(set(subjects.tolist()))
    if not 3 <= count <= len(people):
        raise UserError(
            f"folds.count is {count}, but it must be between 3 (train, validation, test) and the {len(people)} "
            "subjects with usable clips: change it in config.yaml."
        )
    most = np.unique(labels, return_counts=True)[1].max()
    if most < count:
        raise UserError(
            f"folds.count is {count}, but the most frequent class has {most} usable clips: lower it in config.yaml."
        )
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    part = {}
    for number, (_, tested) in enumerate(splitter.split(np.zeros(len(subjects)), labels, groups=subjects)):
        part |= dict.fromkeys(subjects[tested].tolist(), number)
    if set(part.values()) != set(range(count)):
        raise UserError(f"{len(people)} subjects do not fill {count} folds: lower folds.count in config.yaml.")
    rows = [
        (fold, subject, NEXT_ROLE.get((part[subject] - fold) % count, "train"))
        for fold in range(count)
        for subject in people
    ]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def assign_parts_by_set(
    subjects: Sequence[str], labels: np.ndarray, parts: Sequence[str | None], count: int, seed: int
) -> pd.DataFrame:
    """Cut the subjects of each set into `count` parts of their own, so that every fold has people of all sets.

    subjects, labels and parts (the set's name) have one entry a clip. Raises UserError if clips name no set, or a
    set has fewer subjects than folds.
    """
    if None in parts:
        raise UserError("folds.protocol is sets, which only a study of several sets (dataset.kind: cross) knows.")
    parts, subjects = np.asarray(parts), np.asarray(subjects)
    tables = [
        assign_parts(subjects[parts == name], labels[parts == name], count, seed) for name in sorted(set(parts))
    ]
    return pd.concat(tables, ignore_index=True).sort_values(["fold", "subject"], ignore_index=True)


def assign_one_each(subjects: Sequence[str], people: Sequence[str], seed: int) -> pd.DataFrame:
    """Test every one of `people` in a fold of its own; the next tenth of the others, in random order, validates.

    subjects: of the usable clips. A person without a usable clip keeps an empty test fold. Raises UserError if
    fewer than three people have usable clips.
    """
    usable = sorted(set(subjects))
    if len(usable) < 3:
        raise UserError(f"Only {len(usable)} subjects have usable clips: leave-one-subject-out needs 3.")
    order = np.random.default_rng(seed).permutation(usable).tolist()
    held_out = max(1, round(VALIDATION_SHARE * (len(usable) - 1)))
    rows = []
    for fold, tested in enumerate(sorted(set(people))):
        start = order.index(tested) + 1 if tested in order else 0
        others = [person for person in order[start:] + order[:start] if person != tested]
        roles = dict.fromkeys(others, "train") | dict.fromkeys(others[:held_out], "validation")
        roles |= {tested: "test"} if tested in usable else {}
        rows += [(fold, person, roles[person]) for person in usable]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def assign_official(
    subjects: Sequence[str], parts: Sequence[str | None], official: Sequence[Mapping[str, str]], seed: int
) -> pd.DataFrame:
    """Follow the data set's own split: of each fold, the roles train and test of its parts.

    subjects and parts have one entry a clip; where a set names no people, each clip is a subject. A fold without a
    part for validation validates on a tenth of its training subjects, drawn with `seed`. Raises UserError if a
    subject is in two roles of a fold, or a fold has nobody to train or to test.
    """
    rows = []
    for fold, roles in enumerate(official):
        role: dict[str, str] = {}
        for subject, part in zip(subjects, parts, strict=True):
            wanted = roles.get(part, UNUSED)
            if role.setdefault(subject, wanted) != wanted:
                raise UserError(f"fold {fold} of the official split has {subject} as {role[subject]} and {wanted}.")
        for needed in ("train", "test"):
            if needed not in role.values():
                raise UserError(
                    f"fold {fold} of the official split has no usable clip to {needed}: complete the data."
                )
        if "validation" not in role.values():
            training = sorted(person for person, told in role.items() if told == "train")
            count = max(1, round(VALIDATION_SHARE * len(training)))
            drawn = np.random.default_rng([seed, fold]).permutation(training)[:count]
            role |= dict.fromkeys(drawn.tolist(), "validation")
        rows += [(fold, person, role[person]) for person in sorted(role)]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def read_given(path: str | Path, subjects: Sequence[str]) -> pd.DataFrame:
    """Read a table (fold, subject, role) such as another study's folds.tsv and keep the subjects with usable clips.

    Roles are train, validation, test and unused; a subject may be tested in one fold at most. Raises UserError if a
    subject is missing from a fold or stands in it twice, or if a fold has nobody to train or to validate on.
    """
    usable = set(subjects)
    rows = [row for row in _read_rows(path) if row["subject"] in usable]
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


def _read_rows(path: str | Path | None) -> list[dict[str, str]]:
    """Return the rows of a given table, checked one by one; folds are numbered from 0 without a gap."""
    if path is None:
        raise UserError("config: folds.path is missing: folds.protocol given needs its table there.")
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"folds.path: {path} cannot be read ({error}): give a CSV or TSV file.") from None
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t" if Path(path).suffix == ".tsv" else ","))
    if not rows or not {"fold", "subject", "role"} <= set(rows[0]):
        raise UserError(f"folds.path: {path} needs rows under the headings fold, subject and role.")
    for row in rows:
        if row["role"] not in (*ROLES, UNUSED):
            raise UserError(f"{path}: the role {row['role']!r} is none of {', '.join(ROLES)} and {UNUSED}.")
        if not str(row["fold"]).isdecimal():
            raise UserError(f"{path}: the fold {row['fold']!r} is not a whole number from 0.")
    numbers = {int(row["fold"]) for row in rows}
    if numbers != set(range(len(numbers))):
        raise UserError(f"{path}: its folds are {sorted(numbers)}: number them from 0 without a gap.")
    return [{key: row[key] for key in ("fold", "subject", "role")} for row in rows]


def limit_training(table: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Keep `count` training subjects of each fold, drawn with `seed`; a larger count keeps those of a smaller one.

    Raises UserError if a fold has fewer.
    """
    table = table.copy()
    for fold in table["fold"].unique():
        training = table.index[(table["fold"] == fold) & (table["role"] == "train")].to_numpy()
        if len(training) < count:
            raise UserError(
                f"folds.train_subjects is {count}, but fold {fold} has {len(training)} training subjects: lower it."
            )
        order = np.random.default_rng([seed, int(fold)]).permutation(training)
        table.loc[order[count:], "role"] = UNUSED
    return table


def clips_in_role(table: pd.DataFrame, subjects: Sequence[str], fold: int, role: str) -> list[int]:
    """Return the positions of the clips whose subject has `role` in `fold`."""
    chosen = set(table.subject[(table.fold == fold) & (table.role == role)])
    return [position for position, subject in enumerate(subjects) if subject in chosen]


def missing_classes(table: pd.DataFrame, subjects: Sequence[str], labels: np.ndarray, classes: Sequence[str]):
    """Yield (fold, role, class names) wherever a role of a fold holds no clip of some class."""
    for fold in sorted(set(table.fold)):
        for role in ROLES:
            present = set(np.asarray(labels)[clips_in_role(table, subjects, fold, role)].tolist())
            missing = [name for number, name in enumerate(classes) if number not in present]
            if missing:
                yield fold, role, missing
