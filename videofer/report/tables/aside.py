"""The clips that could not be used, the recordings left out on purpose, and what is to be known of the others."""

import pandas as pd

from videofer.core.table_formats import NONE, Table


def tabulate_rejected(rejected: pd.DataFrame) -> Table:
    """Return the clips that could not be used, the step that rejected them and why."""
    columns = {"clip": "Clip", "stage": "Stage", "reason": "Reason"}
    return _list("rejected", "Rejected clips", rejected, columns, "No clip was rejected.")


def tabulate_left_out(left_out: pd.DataFrame) -> Table:
    """Return how many recordings were left out on purpose, and why."""
    columns = {"reason": "Reason", "recordings": "Recordings"}
    title = "Recordings left out on purpose"
    return _list("left-out", title, left_out, columns, "No recording was left out on purpose.")


def tabulate_remarks(remarks: pd.DataFrame) -> Table:
    """Return what the steps had to say of clips that were used, such as a second face."""
    columns = {"clip": "Clip", "remark": "Remark"}
    title = "Remarks on clips that were used"
    return _list("remarks", title, remarks, columns, "Nothing was to be remarked on the clips that were used.")


def _list(name: str, title: str, data: pd.DataFrame, columns: dict[str, str], empty: str) -> Table:
    """Return a table of the columns (name -> heading), with the sentence `empty` where it has no row."""
    data = data[list(columns)]
    shown = data.rename(columns=columns).astype(object).fillna(NONE).astype(str)
    return Table(name, title, data, shown, () if len(data) else (empty,))
