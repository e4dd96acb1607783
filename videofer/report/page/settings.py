"""The configuration beside the paper's settings, and the readings of what the paper leaves open."""

import json
from collections.abc import Sequence
from functools import reduce

import pandas as pd

from videofer.core.table_formats import NONE
from videofer.pipeline.config import list_alternatives
from videofer.report.page.contents import make_table


def compare_settings(stated: pd.DataFrame, config: dict) -> tuple[dict, list[str]]:
    """Return a table of the settings beside the paper's, and a sentence for each that departs from it.

    stated: columns key (dotted, of the configuration), setting, paper (empty: not stated), section.
    """
    rows, departures = [], []
    for row in stated.to_dict("records"):
        value = reduce(lambda section, key: section[key], row["key"].split("."), config)
        ours = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        paper, same = "not stated", NONE
        if pd.notna(row["paper"]):
            paper, same = row["paper"], "yes" if float(row["paper"]) == float(value) else "no"
        if same == "no":
            departures.append(f"{row['setting']}: {ours}, where the paper has {paper} (section {row['section']}).")
        rows.append((row["setting"], paper, ours, same, row["key"]))
    headings = ["Setting", "Paper", "This run", "Same", "Key in the configuration"]
    return make_table("settings-used", "Settings beside the paper's", headings, rows), departures


def list_notes(records: Sequence[dict]) -> list[str]:
    """Return each fallback that runs noted, once, with the number of runs."""
    notes = [note for record in records for note in record["notes"]]
    return [f"{note} ({notes.count(note)} of {len(records)} runs)" for note in dict.fromkeys(notes)]


def list_readings(readings: dict, schema: dict) -> dict:
    """Return a table of every reading with its value, what it decides and the other values the schema names."""
    rows, alternatives = [], [*list_alternatives(readings, schema)]
    for group, choices in readings.items():
        described = schema["properties"]["readings"]["properties"][group]["properties"]
        for key, value in choices.items():
            others = ", ".join(str(o).lower() for g, k, o in alternatives if (g, k) == (group, key))
            shown, what = json.dumps(value).strip('"'), described[key]["description"]
            rows.append((f"{group}.{key}", shown, what, others or NONE))
    headings = ["Reading", "Value", "What it decides", "Alternatives"]
    return make_table("readings-used", "Readings of the paper in this run", headings, rows)
