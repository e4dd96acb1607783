"""The clips that could not be used."""

import pandas as pd

from videofer.table_formats import NONE, Table


def tabulate_rejected(rejected: pd.DataFrame) -> Table:
    """Return the clips that could not be used, the step that rejected them and why."""
    columns = {"clip": "Clip", "stage": "Stage", "reason": "Reason"}
    data = rejected[list(columns)]
    shown = data.rename(columns=columns).fillna(NONE)
    notes = () if len(data) else ("No clip was rejected.",)
    return Table("rejected", "Rejected clips", data, shown, notes)
