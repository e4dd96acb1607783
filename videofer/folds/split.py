"""Split the clips into folds, the step split_folds, and read which clips train, validate and test."""

import logging
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.clips.augment import ANGLES, training_samples
from videofer.core.artifacts import read_arrays, write_table
from videofer.core.errors import UserError
from videofer.core.study import RANDOM_PROTOCOLS, ROLES, UNUSED
from videofer.folds.given import read_given

log = logging.getLogger(__name__)

VALIDATION_SHARE = 0.1  # of the subjects, where the protocol itself names nobody who validates
NEXT_ROLE = {0: "test", 1: "validation"}  # of parts 0 and 1, counted from the part that a fold tests


def split_folds(
    clips_path: str | Path,
    out: str | Path,
    *,
    folds: Mapping,
    people: Sequence[str],
    official: Sequence[Mapping[str, str]],
    code: str,
) -> None:
    """Write folds.tsv for the usable clips of a data set: fold, subject, role; or fold, clip, version, role.

    folds: the config's section; only its random protocols give samples (clip, version) instead of subjects. people:
    all subjects, also those without a usable clip; official: the folds of the set's own split, each part -> role.
    """
    clips = read_arrays(clips_path, "clips")
    names, subjects, parts, classes = (clips.parameters[key] for key in ("clips", "subjects", "parts", "classes"))
    labels, protocol, count, seed = clips["label"], folds["protocol"], folds["count"], folds["seed"]
    if protocol == "subjects":
        table = assign_parts(subjects, labels, count, seed)
    elif protocol == "leave-one-subject-out":
        table = assign_one_each(subjects, people, seed)
    elif protocol == "sets":
        table = assign_parts_by_set(subjects, labels, parts, count, seed)
    elif protocol == "official":
        table = assign_official(subjects, parts, official, seed)
    elif protocol in RANDOM_PROTOCOLS:
        table = assign_at_random(names, count, seed, after_augmentation=protocol == "random-copies")
    else:
        table = read_given(folds["path"], subjects)
    if folds["train_set"] is not None:
        table = keep_set(table, dict(zip(subjects, parts, strict=True)), folds["train_set"])
    if folds["train_subjects"] is not None:
        table = limit_training(table, folds["train_subjects"], seed)
    for fold in sorted(set(table["fold"])):
        for role, samples in samples_by_role(table, names, subjects, fold).items():
            present = set(labels[samples[:, 0]].tolist())
            missing = [name for number, name in enumerate(classes) if number not in present]
            if missing:
                log.warning("fold %d has no %s clip of %s", fold, role, ", ".join(missing))
    inputs = [clips_path] + ([folds["path"]] if protocol == "given" else [])
    write_table(out, "folds", table, {"folds": dict(folds), "code": code}, inputs)


def assign_parts(subjects: Sequence[str], labels: np.ndarray, count: int, seed: int) -> pd.DataFrame:
    """Cut the subjects into `count` parts, stratified by class as well as whole subjects allow.

    subjects and labels have one entry a clip. Fold k tests the subjects of part k and validates on those of part
    k + 1; the others train (10 folds give the 8 / 1 / 1 of the MMI studies). Raises UserError if there are fewer
    subjects than folds, or no class has a clip for each fold.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # slow to load

    subjects, people = np.asarray(subjects), sorted(set(subjects))
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
        for fold, subject in product(range(count), people)
    ]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def assign_parts_by_set(
    subjects: Sequence[str], labels: np.ndarray, parts: Sequence[str | None], count: int, seed: int
) -> pd.DataFrame:
    """Cut the subjects of each set into `count` parts of their own, so that every fold has people of all sets.

    subjects, labels and parts (the set's name) have one entry a clip. Raises UserError if clips name no set, and as
    `assign_parts`.
    """
    if None in parts:
        raise UserError("folds.protocol is sets, which only a study of several sets (dataset.kind: cross) knows.")
    parts, subjects = np.asarray(parts), np.asarray(subjects)
    own = [parts == name for name in sorted(set(parts))]
    tables = [assign_parts(subjects[chosen].tolist(), labels[chosen], count, seed) for chosen in own]
    return pd.concat(tables, ignore_index=True).sort_values(["fold", "subject"], ignore_index=True)


def assign_one_each(subjects: Sequence[str], people: Sequence[str], seed: int) -> pd.DataFrame:
    """Test each of `people` in a fold of its own; the next tenth of the others, in random order, validates.

    subjects: of the usable clips. A person without a usable clip keeps an empty test fold. Raises UserError if
    fewer than three people have usable clips.
    """
    usable = sorted(set(subjects))
    if len(usable) < 3:
        raise UserError(f"Only {len(usable)} subjects have usable clips: leave-one-subject-out needs 3.")
    order = np.random.default_rng(seed).permutation(usable).tolist()
    validating = max(1, round(VALIDATION_SHARE * (len(usable) - 1)))
    rows = []
    for fold, tested in enumerate(sorted(set(people))):
        start = order.index(tested) + 1 if tested in order else 0
        others = [person for person in order[start:] + order[:start] if person != tested]
        roles = dict.fromkeys(others, "train") | dict.fromkeys(others[:validating], "validation")
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
            training = sorted(person for person, given in role.items() if given == "train")
            count = max(1, round(VALIDATION_SHARE * len(training)))
            drawn = np.random.default_rng([seed, fold]).permutation(training)[:count]
            role |= dict.fromkeys(drawn.tolist(), "validation")
        rows += [(fold, person, role[person]) for person in sorted(role)]
    return pd.DataFrame(rows, columns=["fold", "subject", "role"])


def assign_at_random(clips: Sequence[str], count: int, seed: int, after_augmentation: bool) -> pd.DataFrame:
    """Assign samples (fold, clip, version, role) without regard to people, as a careless study would.

    Clips are shuffled and cut into `count` parts of which fold k tests part k and validates on part k + 1, on the
    originals, and trains on all versions of the others; `after_augmentation` shuffles the versions of all clips
    instead, so that rotated copies of a tested clip are trained on, and tests every version.
    """
    samples = training_samples(range(len(clips)))
    units = len(samples) if after_augmentation else len(clips)
    part = np.random.default_rng(seed).permutation(units) % count
    if not after_augmentation:
        part = np.repeat(part, len(ANGLES))
    names = np.asarray(clips)
    tables = []
    for fold in range(count):
        role = np.select([part == fold, part == (fold + 1) % count], ["test", "validation"], "train")
        kept = (role == "train") | (samples[:, 1] == 0) | after_augmentation
        columns = {"fold": fold, "clip": names[samples[kept, 0]], "version": samples[kept, 1], "role": role[kept]}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def keep_set(table: pd.DataFrame, home: Mapping[str, str], name: str) -> pd.DataFrame:
    """Train and validate on the people of the set `name` only; home: subject -> set.

    People of other sets who do not test are left out. Raises UserError for a set without usable clips.
    """
    sets = sorted(set(home.values()))
    if name not in sets:
        raise UserError(f"folds.train_set is {name}, but the usable clips are of {', '.join(sets)}.")
    foreign = (table["subject"].map(home) != name) & (table["role"] != "test")
    return table.assign(role=table["role"].mask(foreign, UNUSED))


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


def samples_by_role(
    table: pd.DataFrame, clips: Sequence[str], subjects: Sequence[str], fold: int
) -> dict[str, np.ndarray]:
    """Return role -> (clip position, version) pairs (M, 2) of one fold.

    clips and subjects: name and subject of each clip. A table of subjects (fold, subject, role) trains on all
    eight versions and validates and tests on the originals alone; a table of samples (fold, clip, version, role),
    which only the demonstrations of leakage use, is taken as it is.
    """
    if "version" in table:
        rows = table[table["fold"] == fold]
        rows = rows.assign(clip=rows["clip"].map({clip: number for number, clip in enumerate(clips)}))
        return {role: rows.loc[rows["role"] == role, ["clip", "version"]].to_numpy(np.int64) for role in ROLES}
    samples = {role: training_samples(clips_in_role(table, subjects, fold, role)) for role in ROLES}
    return {role: pairs if role == "train" else pairs[pairs[:, 1] == 0] for role, pairs in samples.items()}


def clips_in_role(table: pd.DataFrame, subjects: Sequence[str], fold: int, role: str) -> list[int]:
    """Return the positions of the clips whose subject has `role` in `fold`; subjects: that of each clip."""
    chosen = set(table.subject[(table.fold == fold) & (table.role == role)])
    return [position for position, subject in enumerate(subjects) if subject in chosen]
