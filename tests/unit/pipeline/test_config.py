"""Config, schema and pins agree; mistakes are named in one sentence."""

import copy
from pathlib import Path

import pytest
import yaml

from videofer.core.errors import UserError
from videofer.core.study import CLASSES, VARIANTS
from videofer.models.capsule_lstm import SIZES, LossReadings, Readings
from videofer.models.interface import Schedule
from videofer.models.registry import MODELS, load_model
from videofer.pipeline.config import SCHEMA, check_config, model_settings, trained_models
from videofer.video.limits import USUAL

ROOT = Path(__file__).resolve().parents[3]
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
    models = properties["models"]["properties"]
    assert set(models["capsule-lstm"]["properties"]["size"]["enum"]) == set(SIZES)
    assert list(VARIANTS) == CONFIG["models"]["capsule-lstm"]["variants"]
    assert set(models) == set(MODELS)
    for name, described in models.items():
        assert described["properties"]["variants"]["items"]["enum"] == list(load_model(name).variants), name
    assert set(Readings.__dataclass_fields__) == set(CONFIG["readings"]["model"])
    assert set(LossReadings.__dataclass_fields__) == set(CONFIG["readings"]["loss"])
    assert set(CONFIG["training"]) - {"device"} == set(Schedule.__dataclass_fields__)
    assert vars(USUAL) == {name: CONFIG["video"][name] for name in ("timeout", "memory_mb")}


def test_a_model_s_section_overrides_the_common_training_and_null_leaves_it_out():
    models = {
        "majority": None,
        "capsule-lstm": CONFIG["models"]["capsule-lstm"] | {"training": {"optimiser": "sgd", "epochs": 3}},
        "lbp-top-svm": CONFIG["models"]["lbp-top-svm"],
    }
    config = CONFIG | {"models": models}
    check_config(config)
    assert list(trained_models(config)) == ["capsule-lstm", "lbp-top-svm"]
    settings = model_settings(config, "capsule-lstm")
    assert settings["options"] == {"size": "D", "readings": {k: CONFIG["readings"][k] for k in ("model", "loss")}}
    common = {key: value for key, value in CONFIG["training"].items() if key != "device"}
    assert settings["schedule"] == common | {"optimiser": "sgd", "epochs": 3}
    assert settings["device"] == "auto"
    other = model_settings(config, "lbp-top-svm")
    assert other["options"] == {"radius": [3, 3, 3], "blocks": 6} and other["schedule"] == common


@pytest.mark.parametrize(("change", "sentence"), [
    ({"nam": "x"}, "'nam' is not a key: did you mean 'name'?"),
    ({"dataset": {"labels": {"joy": "hapy"}}}, r"dataset.labels.joy: 'hapy' is not one of \['angry'"),
    ({"training": {"epoch": 3}}, "'epoch' is not a key of training: did you mean 'epochs'?"),
    ({"models": {"capsule-lstm": {"size": "XL"}}}, r"models.capsule-lstm.size: 'XL' is not one of \['D'"),
    ({"models": {"magority": {}}}, "'magority' is not a key of models: did you mean 'majority'?"),
    ({"models": {"capsule-lstm": None}}, "models.capsule-lstm: None is not of type 'object'"),
    ({"models": {"capsule-lstm": {"training": {"epoch": 3}}}}, "'epoch' is not a key of models"),
    ({"readings": {"clips": {"peak": "top"}}}, "readings.clips.peak: 'top' is not one of"),
    ({"name": "a/b"}, "name: 'a/b' does not match"),
    ({"seeds": []}, "seeds: .* non-empty"),
    ({"models": {"capsule-lstm": {"variants": ["margin-ce"] * 2}}}, "variants: .* non-unique"),
    # What JSON would let pass and Python could not use.
    ({"training": {"epochs": 0}}, "training.epochs: 0 is less than the minimum of 1"),
    ({"training": {"epochs": 16.0}}, "training.epochs: 16.0 is not of type 'integer'"),
    ({"training": {"learning_rate": float("nan")}}, "training.learning_rate: nan is not of type 'number'"),
    ({"training": {"learning_rate": float("inf")}}, "training.learning_rate: inf is not of type 'number'"),
    ({"seeds": [True]}, "seeds.0: True is not of type 'integer'"),
    ({"models": {3: {}}}, "the key 3 of models is no text"),
    ({False: 1}, "the key False is no text"),
    ({"video": {"timeout": 0}}, "video.timeout: 0 is less than or equal to the minimum of 0"),
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
