"""config/ is what snakedeploy hands to a user: the defaults, and a page on every key that follows the schema."""

import re
from pathlib import Path

import yaml

from videofer.pipeline.config import SCHEMA
from videofer.pipeline.describe_config import describe_config

ROOT = Path(__file__).resolve().parents[3]
schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
defaults = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))


def list_leaves(value, prefix=()):
    if isinstance(value, dict) and value and prefix != ("dataset", "labels"):
        return [leaf for key, inner in value.items() for leaf in list_leaves(inner, (*prefix, key))]
    return [".".join(prefix)]


def test_the_page_is_current_and_holds_every_key_of_the_defaults():
    page = (ROOT / "config/README.md").read_text(encoding="utf-8")
    assert page == describe_config(schema, defaults), "run python -m videofer.pipeline.describe_config"
    section, keys = "", set()
    for line in page.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ") + "."
        elif match := re.match(r"\| `([^`]+)` \| .* \| .* \| .*[.] \|$", line):
            keys.add(section + match[1])
    assert set(list_leaves(defaults)) <= keys
    assert {"dataset.sets.NAME.kind", "models.capsule-lstm-tuned.readings.model"} <= keys


def test_a_key_shows_its_default_its_values_and_its_meaning():
    node = {"type": ["integer", "null"], "minimum": 2, "description": "Parts; 2 | 3."}
    page = describe_config({"$defs": {}, "properties": {"count": node}}, {"count": 5})
    assert "| `count` | `5` | integer or `null`, from 2 | Parts; 2 \\| 3. |" in page


def test_there_is_one_file_of_defaults():
    """The one at the top, which the workflow reads, is a link, so that none can drift."""
    assert (ROOT / "config.yaml").resolve() == (ROOT / "config/config.yaml").resolve()


def test_the_catalog_has_what_it_lists_as_standardised_usage():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert usage["software-stack-deployment"]["conda"] is True and "flags" in usage["mandatory-flags"]
    assert (ROOT / "workflow/Snakefile").is_file() and any((ROOT / "workflow/rules").glob("*.smk"))
