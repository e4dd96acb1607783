"""The samples of a fold: which version of which clip trains, validates and tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from videofer.clips.augment import ANGLES, training_samples
from videofer.core.study import ROLES
from videofer.folds.split import clips_in_role


def samples_by_role(
    table: pd.DataFrame, clips: Sequence[str], subjects: Sequence[str], fold: int
) -> dict[str, np.ndarray]:
    """Return role -> (clip position, version) pairs (M, 2) of one fold.

    clips and subjects: name and subject of each clip. A table of subjects (fold, subject, role) trains on all
    eight versions and judges the originals alone; a table of samples (fold, clip, version, role), which only the
    demonstration of leakage uses, is taken as it is.
    """
    if "version" not in table:
        positions = {role: clips_in_role(table, subjects, fold, role) for role in ROLES}
        return {role: training_samples(p) if role == "train" else originals(p) for role, p in positions.items()}
    place = {clip: position for position, clip in enumerate(clips)}
    rows = table[table["fold"] == fold]
    rows = pd.DataFrame({"clip": rows["clip"].map(place), "version": rows["version"], "role": rows["role"]})
    return {role: rows.loc[rows["role"] == role, ["clip", "version"]].to_numpy(np.int64) for role in ROLES}


def originals(clips: Sequence[int]) -> np.ndarray:
    """List the (clip, version) pairs of clips that are judged: the original version only, (len(clips), 2)."""
    return np.array([(clip, 0) for clip in clips], dtype=np.int64).reshape(-1, 2)


def split_at_random(clips: Sequence[str], count: int, seed: int, after_augmentation: bool) -> pd.DataFrame:
    """Assign samples (fold, clip, version, role) without regard to people, as a careless study would.

    Clips are shuffled and cut into `count` parts of which fold k tests part k and validates on part k + 1, with
    originals judged and all versions trained on; `after_augmentation` shuffles the versions of all clips instead,
    so that turned copies of a tested clip are trained on, and judges every version.
    """
    versions = len(ANGLES)
    samples = np.stack(np.divmod(np.arange(len(clips) * versions), versions), axis=1)
    units = len(samples) if after_augmentation else len(clips)
    part = np.random.default_rng(seed).permutation(units) % count
    if not after_augmentation:
        part = np.repeat(part, versions)
    names = np.asarray(clips)
    tables = []
    for fold in range(count):
        role = np.select([part == fold, part == (fold + 1) % count], ["test", "validation"], "train")
        kept = (role == "train") | (samples[:, 1] == 0) | after_augmentation
        columns = {"fold": fold, "clip": names[samples[kept, 0]], "version": samples[kept, 1], "role": role[kept]}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
