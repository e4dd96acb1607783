"""Config, schema and pins agree; mistakes are named in one sentence."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from videofer.config import SCHEMA, check_config
from videofer.datasets import CLASSES
from videofer.errors import UserError
from videofer.losses import VARIANTS, LossReadings
from videofer.models import MODELS
from videofer.models.capsule_lstm import SIZES, Readings
from videofer.training import Schedule

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def merge(base, overlay):
    """Merge as Snakemake's --configfile does: maps key by key, all else replaced."""
    for key, value in overlay.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value
    return base


@pytest.mark.parametrize("overlay", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_experiment_is_valid(overlay):
    check_config(merge(copy.deepcopy(CONFIG), yaml.safe_load(overlay.read_text())))


def test_mmi_sized_has_the_paper_s_class_counts():
    counts = yaml.safe_load((ROOT / "experiments/mmi-sized.yaml").read_text())["rendered"]["clips_per_class"]
    assert [counts[name] for name in CLASSES] == [33, 32, 28, 42, 32, 41]
    assert sum(counts.values()) == 208


def keys_without_description(schema, path=()):
    for name, value in schema.get("properties", {}).items():
        if "description" not in value and "properties" not in value:
            yield ".".join((*path, name))
        yield from keys_without_description(value, (*path, name))


def test_schema_describes_every_key_and_refuses_others():
    schema = yaml.safe_load(SCHEMA.read_text())
    assert list(keys_without_description(schema)) == []
    for name, section in schema["properties"].items():
        assert section.get("type") != "object" or section["additionalProperties"] is False, name


def test_the_code_s_choices_and_defaults_are_the_config_s():
    properties = yaml.safe_load(SCHEMA.read_text())["properties"]
    assert set(properties["model"]["properties"]["size"]["enum"]) == set(SIZES)
    assert set(properties["model"]["properties"]["name"]["enum"]) == set(MODELS)
    assert properties["variants"]["items"]["enum"] == list(VARIANTS) == CONFIG["variants"]
    assert vars(Readings()) == CONFIG["readings"]["model"]
    assert vars(LossReadings()) == CONFIG["readings"]["loss"]
    assert set(CONFIG["training"]) - {"device"} == set(Schedule.__dataclass_fields__)


@pytest.mark.parametrize(("change", "sentence"), [
    ({"nam": "x"}, "'nam' is not a key: did you mean 'name'?"),
    ({"training": {"epoch": 3}}, "'epoch' is not a key of training: did you mean 'epochs'?"),
    ({"model": {"size": "XL"}}, r"model.size: 'XL' is not one of \['D'"),
    ({"readings": {"clips": {"peak": "top"}}}, "readings.clips.peak: 'top' is not one of"),
    ({"name": "a/b"}, "name: 'a/b' does not match"),
    ({"seeds": []}, "seeds: .* non-empty"),
    ({"variants": ["margin-ce", "margin-ce"]}, "variants: .* non-unique"),
])  # fmt: skip
def test_a_mistake_is_named_with_its_key(change, sentence):
    with pytest.raises(UserError, match=sentence):
        check_config(merge(copy.deepcopy(CONFIG), change))


def test_every_environment_pins_what_the_tests_ran_with():
    pins = dict(
        line.lower().split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    )
    for path in (ROOT / "envs").glob("*.yaml"):
        (pip,) = (
            entry["pip"] for entry in yaml.safe_load(path.read_text())["dependencies"] if isinstance(entry, dict)
        )
        for requirement in pip:
            name, version = requirement.lower().split("==")
            assert pins[name] == version, path
    requirements = (ROOT / "requirements.txt").read_text().lower().splitlines()
    names = {re.split(r"[\s#]", line)[0] for line in requirements} - {""}
    assert names <= set(pins)
