"""Leaks between training, validation and test: subjects, copies of a clip, near-duplicate videos."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.clips.duplicates import NEAR, find_near_duplicates
from videofer.core.artifacts import read_arrays, read_table
from videofer.core.table_formats import Table, show, write_file
from videofer.folds.split import samples_by_role

Sides = dict[int, dict[str, set[int]]]  # fold -> role -> positions of the clips that have a sample there


def check_leakage(clips_path: str | Path, folds_path: str | Path, out: Sequence[str | Path], named: bool) -> None:
    """Write table-leakage and near-duplicates by the suffixes in `out`; named: whether the set says who is who."""
    clips, folds = read_arrays(clips_path, "clips"), read_table(folds_path, "folds")
    names, subjects = clips.parameters["clips"], clips.parameters["subjects"]
    labels = [clips.parameters["classes"][label] for label in clips["label"]]
    sides: Sides = defaultdict(dict)
    for fold in sorted(set(folds["fold"])):
        for role, samples in samples_by_role(folds, names, subjects, fold).items():
            sides[int(fold)][role] = set(samples[:, 0].tolist())
    rows = []
    for first, second, distance in find_near_duplicates(clips["fingerprint"]):
        pairs_of_roles = {fold: permutations(roles.values(), 2) for fold, roles in sides.items()}
        apart = [f for f, pairs in pairs_of_roles.items() if any(first in a and second in b for a, b in pairs)]
        about = [values[clip] for clip in (first, second) for values in (names, subjects, labels)]
        rows.append([*about, distance, " ".join(map(str, apart))])
    columns = [f"{which}_{what}" for which in ("first", "second") for what in ("clip", "subject", "label")]
    pairs = pd.DataFrame(rows, columns=[*columns, "distance", "folds_apart"])
    checks = tabulate_checks(sides, subjects, pairs, named)
    for path in map(Path, out):
        write_file(checks if path.stem == checks.name else tabulate_pairs(pairs), path)


def count_shared(sides: Sides, key: Sequence) -> int:
    """Return how many (fold, key) have several roles; key: what each clip belongs to, such as its subject."""
    roles = Counter(
        (fold, group) for fold in sides for clips in sides[fold].values() for group in {key[clip] for clip in clips}
    )
    return sum(count > 1 for count in roles.values())


def tabulate_checks(sides: Sides, subjects: Sequence[str], pairs: pd.DataFrame, named: bool) -> Table:
    """Return the three checks, of which the first needs the subjects `named`, with their findings and verdicts."""
    clips = range(len(subjects))
    parted = int((pairs["folds_apart"] != "").sum())
    compared = f"{len(clips) * (len(clips) - 1) // 2} pairs of videos"
    within = f"in {len(sides)} folds"
    rows = [
        ("Subject on two sides", f"{len(set(subjects))} subjects {within}", count_shared(sides, subjects)),
        ("Clip, or a copy of it, on two sides", f"{len(clips)} clips {within}", count_shared(sides, clips)),
        ("Near-duplicate videos on two sides", compared, parted),
    ]
    data = pd.DataFrame(rows, columns=["check", "compared", "found"])
    data["verdict"] = np.where(data["found"] == 0, "none", "LEAK")
    inside = len(pairs) - parted
    notes = [
        "Sides: training, validation and test of a fold. Found: how many stand on two of them in a fold, summed "
        "over the folds; for videos, how many pairs.",
        f"Near-duplicate: the perceptual hashes of 16 frames differ in at most {show(100 * NEAR, 0)} % of their "
        "bits; re-encoded, scaled, brightened or cut copies are found, mirrored or cropped ones are not.",
        f"{inside} further near-duplicate pair{'s' * (inside != 1)} on one side only: no leak, but counted twice.",
    ]
    if not named:
        data = data.astype({"found": object})
        data.loc[0, ["found", "verdict"]] = "not known"
        notes.append("The data set does not say who is who: whether a person is on two sides cannot be checked.")
    shown = data.astype(str).rename(columns=str.capitalize)
    return Table("table-leakage", "Does anything of the test reach the training?", data, shown, tuple(notes))


def tabulate_pairs(pairs: pd.DataFrame) -> Table:
    """Return the near-duplicate videos, the closest first; pairs: columns as in near-duplicates.csv."""
    pairs = pairs.sort_values("distance", kind="stable")
    shown = [
        (f"{a} ({p}, {x})", f"{b} ({q}, {y})", show(100 * distance, 1), folds or "none")
        for a, p, x, b, q, y, distance, folds in pairs.itertuples(index=False)
    ]
    columns = ["Video", "Its near-duplicate", "Bits that differ (%)", "Folds that part them"]
    notes = () if len(pairs) else ("No two videos of the data set are near-duplicates.",)
    return Table("near-duplicates", "Near-duplicate videos", pairs, pd.DataFrame(shown, columns=columns), notes)
