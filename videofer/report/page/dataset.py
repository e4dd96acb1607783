"""The data set in two tables: how many clips and people show each expression, and every clip."""

import pandas as pd

from videofer.core.table_formats import DASH, NONE, show
from videofer.report.page.contents import make_table


def count_classes(usable: pd.DataFrame, named: bool) -> dict:
    """Return clips, people and length of each class.

    usable: the rows of the manifest that were not rejected; named: whether the data set says who is who.
    """
    rows = [_count_row(name, group, named) for name, group in usable.groupby("label")]
    rows.append(_count_row("all", usable, named))
    notes = () if named else (f"{NONE}: the data set does not say who is who.",)
    headings = ["Expression", "Clips", "People", "Frames, median", "Frames, range", "Frames a second"]
    return make_table("dataset", "Clips of each expression", headings, rows, notes)


def _count_row(name: str, group: pd.DataFrame, named: bool) -> tuple[str, ...]:
    frames, rates = group["frames"], sorted({show(rate, 0) for rate in group["fps"]}, key=float)
    return (
        str(name),
        str(len(group)),
        str(group["subject"].nunique()) if named else NONE,
        show(float(frames.median()), 0),
        f"{frames.min():.0f}{DASH}{frames.max():.0f}",
        ", ".join(rates),
    )


def list_clips(manifest: pd.DataFrame, usable: pd.DataFrame) -> dict:
    """Return every clip of the manifest with its video, and whether it was used."""
    used = set(usable["clip"])
    rows = [
        (
            row["clip"],
            row["subject"],
            row["label"],
            f"{row['frames']:.0f}",
            f"{row['width']:.0f} × {row['height']:.0f}",
            str(row["codec"]) if pd.notna(row["codec"]) else NONE,
            "yes" if row["clip"] in used else "no",
        )
        for row in manifest.to_dict("records")
    ]
    headings = ["Clip", "Person", "Expression", "Frames", "Pixels", "Codec", "Used"]
    return make_table("clips", "All clips of the manifest", headings, rows)
