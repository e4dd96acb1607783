"""Lists of clips: those that could not be used, recordings left out on purpose, and remarks on the others."""

import pandas as pd

from videofer.core.table_formats import NONE, Table

# Of each list: title, headings by column, and the note where it is empty.
LISTS = {
    "rejected": (
        "Rejected clips",
        {"clip": "Clip", "stage": "Stage", "reason": "Reason"},
        "No clip was rejected.",
    ),
    "left-out": (
        "Recordings left out on purpose",
        {"reason": "Reason", "recordings": "Recordings"},
        "No recording was left out on purpose.",
    ),
    "remarks": (
        "Remarks on clips that were used",
        {"clip": "Clip", "remark": "Remark"},
        "Nothing was to be remarked on the clips that were used.",
    ),
}


def tabulate_list(name: str, data: pd.DataFrame) -> Table:
    """Return one of LISTS: the rejected clips with step and reason, what was left out and why, or the remarks."""
    title, headings, empty = LISTS[name]
    data = data[list(headings)]
    shown = data.rename(columns=headings).astype(object).fillna(NONE).astype(str)
    return Table(name, title, data, shown, () if len(data) else (empty,))
