"""The clips and samples of each role of a fold: which version of which clip trains, validates and tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from videofer.clips.augment import training_samples
from videofer.core.study import ROLES


def samples_by_role(
    table: pd.DataFrame, clips: Sequence[str], subjects: Sequence[str], fold: int
) -> dict[str, np.ndarray]:
    """Return role -> (clip position, version) pairs (M, 2) of one fold.

    clips and subjects: name and subject of each clip. A table of subjects (fold, subject, role) trains on all
    eight versions and validates and tests on the originals alone; a table of samples (fold, clip, version, role),
    which only the demonstrations of leakage use, is taken as it is.
    """
    rows = table[table["fold"] == fold]
    if "version" in table:
        position = {clip: number for number, clip in enumerate(clips)}
        rows = rows.assign(clip=rows["clip"].map(position))
        return {role: rows.loc[rows["role"] == role, ["clip", "version"]].to_numpy(np.int64) for role in ROLES}
    positions = {role: clips_in_role(table, subjects, fold, role) for role in ROLES}
    return {
        role: training_samples(p)
        if role == "train"
        else np.array([(clip, 0) for clip in p], np.int64).reshape(-1, 2)
        for role, p in positions.items()
    }


def clips_in_role(table: pd.DataFrame, subjects: Sequence[str], fold: int, role: str) -> list[int]:
    """Return the positions of the clips whose subject has `role` in `fold`; subjects: that of each clip."""
    chosen = set(table.subject[(table.fold == fold) & (table.role == role)])
    return [position for position, subject in enumerate(subjects) if subject in chosen]
