"""The model card and README say of the recogniser that comes with the package what its tables say."""

import json
import re
from pathlib import Path

import pandas as pd

from videofer.predict.bundle import open_bundle
from videofer.predict.options import DEFAULT_BUNDLE

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "docs/results/people"
CARD = (ROOT / "docs/model-card.md").read_text(encoding="utf-8")
CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_every_set_of_the_card_has_its_table_and_its_numbers():
    listed = re.findall(r"^\| \[([\w-]+)\]\(results/people/([\w-]+)/summary\.csv\) \| (.*) \|$", CARD, re.MULTILINE)
    assert {name for _, name, _ in listed} == {path.name for path in TABLES.iterdir() if path.is_dir()}
    for _, name, cells in listed:
        summary = pd.read_csv(TABLES / name / "summary.csv").set_index("part")
        whole = summary.loc["all"]
        right, people, classes, sure = cells.split(" | ")
        assert right == f"{int(whole['right'])} of {int(whole['films'])}", name
        assert people == str(int(whole["people"])), name
        each = [
            f"{label} {summary.loc[label, 'right']}/{summary.loc[label, 'films']}"
            for label in CLASSES
            if label in summary.index
        ]
        assert classes == ", ".join(each), name
        assert sure == f"{summary.loc['ok', 'right']} of {summary.loc['ok', 'films']}", name


def test_the_bundle_is_whole_small_and_as_the_card_says():
    with open_bundle(DEFAULT_BUNDLE) as bundle:
        assert tuple(bundle.record["classes"]) == CLASSES
        assert f"`uncertain` below {bundle.record['confidence']:g}" in CARD
    size = sum(path.stat().st_size for path in DEFAULT_BUNDLE.iterdir())
    assert size < 8_000_000 and f"{size / 1e6:.1f} MB" in CARD
    made = json.loads((DEFAULT_BUNDLE / "bundle.json").read_text())
    settings = (ROOT / "experiments/people.yaml").read_text()
    assert f"steps: {made['options']['steps']}" in settings


def test_the_readme_says_the_same():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    counts = (
        pd.read_csv(TABLES / "stills" / "summary.csv").set_index("part").loc["all", ["right", "films", "people"]]
    )
    right, films, people = counts.astype(int)
    assert f"{right} of {films} press pictures of {people} people" in " ".join(readme.split())
