"""The card of a model: what it was trained on, what was measured and how, what it is for and what not."""

import math
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from videofer.core import __version__
from videofer.core.table_formats import show_bounds, show_percent
from videofer.faces.search import FACE
from videofer.predict.bundle.contents import Preparation, name_model
from videofer.report.tables.wording import describe_data

TEMPLATES = Path(__file__).parents[1] / "templates"


def write_card(record: Mapping, preparation: Preparation) -> str:
    """Return the card as Markdown; record: model, data and measurement as in bundle.json."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    data = record["data"]
    return environment.get_template("card.md.j2").render(
        name=name_model(record),
        record=record,
        data=data,
        measured=record["measured"],
        measured_on=describe_data(data["name"], data["kind"]),
        networks=len(record["seeds"]) * len(record["folds"]),
        preparation=preparation,
        smallest_face=FACE >> preparation.upsample,
        percent=show_percent,
        interval=show_interval,
        version=__version__,
    )


def show_interval(row: Mapping, name: str) -> str:
    """Return the bounds `name`_low and `name`_high of a row in per cent, or that they are not known."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "not known" if low is None else show_bounds(low, math.nan if high is None else high)
