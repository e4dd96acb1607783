"""The data set in two tables: how many clips and people show each expression, and every clip."""

import pandas as pd

from videofer.core.table_formats import DASH, NONE, show
from videofer.report.page.contents import make_table


def count_classes(usable: pd.DataFrame, named: bool) -> dict:
    """Return a table of clips, people and length of each class.

    usable: the rows of the manifest that were not rejected; named: whether the data set says who is who.
    """
    rows = []
    for name, group in [*usable.groupby("label"), ("all", usable)]:
        frames, people = group["frames"], str(group["subject"].nunique()) if named else NONE
        length = show(float(frames.median()), 0), f"{frames.min():.0f}{DASH}{frames.max():.0f}"
        rates = sorted({show(rate, 0) for rate in group["fps"]}, key=float)
        rows.append((name, str(len(group)), people, *length, ", ".join(rates)))
    notes = () if named else (f"{NONE}: the data set does not say who is who.",)
    headings = ["Expression", "Clips", "People", "Frames, median", "Frames, range", "Frames a second"]
    return make_table("dataset", "Clips of each expression", headings, rows, notes)


def list_clips(manifest: pd.DataFrame, usable: pd.DataFrame) -> dict:
    """Return a table of every clip of the manifest with its video, and whether it was used."""
    used = set(usable["clip"])
    rows = []
    for row in manifest.to_dict("records"):
        frames, pixels = f"{row['frames']:.0f}", f"{row['width']:.0f} × {row['height']:.0f}"
        codec = str(row["codec"]) if pd.notna(row["codec"]) else NONE
        known = row["clip"], row["subject"], row["label"], frames, pixels, codec
        rows.append((*known, "yes" if row["clip"] in used else "no"))
    headings = ["Clip", "Person", "Expression", "Frames", "Pixels", "Codec", "Used"]
    return make_table("clips", "All clips of the manifest", headings, rows)
