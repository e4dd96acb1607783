"""How many folds a protocol has, and a given table of them: known before any clip is read.

The Snakefile imports this while it is parsed, so that nothing heavy is imported.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from videofer.core.clip import join_blanks
from videofer.core.errors import UserError
from videofer.core.study import RANDOM_PROTOCOLS, ROLES, UNUSED
from videofer.datasets.lists import read_text_rows

HEADINGS = ("fold", "subject", "role")


def count_folds(
    folds: Mapping, people: Sequence[str], official: Sequence[Mapping[str, str]] = (), named: bool = True
) -> int:
    """Return the number of folds, from the config's section and the names of all subjects.

    official: the folds of the data set's own split; named: whether the set says who is who. Raises UserError for a
    protocol that the data set does not allow, and for settings that the protocol does not know.
    """
    protocol = folds["protocol"]
    if protocol in RANDOM_PROTOCOLS and folds["train_subjects"] is not None:
        raise UserError(f"folds.protocol {protocol} splits no subjects: set folds.train_subjects to null.")
    if protocol != "sets" and folds["train_set"] is not None:
        raise UserError(f"folds.train_set needs folds.protocol: sets, not {protocol}.")
    if protocol == "official":
        if not official:
            raise UserError("folds.protocol is official, but this data set comes without a split: choose subjects.")
        return len(official)
    if not named and protocol not in RANDOM_PROTOCOLS:
        raise UserError(
            f"folds.protocol is {protocol}, but this data set does not say who is who, so that nobody can be kept "
            "out of training: choose official, the set's own split."
        )
    if protocol == "given":
        return max(int(row["fold"]) for row in read_rows(folds["path"])) + 1
    return len(set(people)) if protocol == "leave-one-subject-out" else folds["count"]


def read_rows(path: str | Path | None) -> list[dict[str, str]]:
    """Return the rows of a given table, checked one by one; folds are numbered from 0 without a gap."""
    if path is None:
        raise UserError("config: folds.path is missing: folds.protocol given needs its table there.")
    try:
        header, *lines = [cells for _, cells in read_text_rows(Path(path), ",\t;", HEADINGS)] or [[]]
    except OSError as error:
        raise UserError(f"folds.path: {path} cannot be read ({error}): give a CSV or TSV file.") from None
    columns = [name.casefold() for name in header]
    if not lines or not set(HEADINGS) <= set(columns):
        raise UserError(f"folds.path: {path} needs rows under the headings fold, subject and role.")
    rows = [dict.fromkeys(HEADINGS, "") | dict(zip(columns, map(join_blanks, row), strict=False)) for row in lines]
    for row in rows:
        if row["role"] not in (*ROLES, UNUSED):
            raise UserError(f"{path}: the role {row['role']!r} is none of {', '.join(ROLES)} and {UNUSED}.")
        if not row["fold"].isdecimal():
            raise UserError(f"{path}: the fold {row['fold']!r} is not a whole number from 0.")
    numbers = {int(row["fold"]) for row in rows}
    if numbers != set(range(len(numbers))):
        raise UserError(f"{path}: its folds are {sorted(numbers)}: number them from 0 without a gap.")
    return [{key: row[key] for key in HEADINGS} for row in rows]
