"""A study changes some settings of the main study, makes anew what they reach, and shares the rest."""

import copy
from pathlib import Path

import pytest
import yaml

from videofer.core.errors import UserError
from videofer.pipeline.config import check_config, list_alternatives, trained_models
from videofer.pipeline.studies import ARTIFACTS, Study, list_studies, overlay_config

ROOT = Path(__file__).resolve().parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))


def studies(extras, people=16, **changes):
    """Return the studies beside the main one, by their titles."""
    found = list_studies(CONFIG | {"extras": extras} | changes, SCHEMA, people=people, folds=5, annotated=False)
    main, *others = found.values()
    assert main.name == "rendered" and all(main.makes(artifact) for artifact in ARTIFACTS)
    assert all(study.name == f"rendered/studies/{study.extra}/{study.title}" for study in others)
    return {study.title: study for study in others}


def own(study):
    return [artifact for artifact in ARTIFACTS if study.makes(artifact)]


def test_an_overlay_reaches_every_depth_and_leaves_the_configuration_alone():
    before = copy.deepcopy(CONFIG)
    changed = overlay_config(CONFIG, {"readings": {"model": {"lstm_input": "norm"}}, "seeds": [1, 2]})
    assert changed["readings"]["model"] == CONFIG["readings"]["model"] | {"lstm_input": "norm"}
    assert changed["readings"]["loss"] == CONFIG["readings"]["loss"] and changed["seeds"] == [1, 2]
    changed["readings"]["loss"]["margin_frames"] = "middle"
    assert before == CONFIG


def test_every_alternative_of_every_reading_is_a_study_that_changes_it_alone():
    found = studies(["readings"])
    alternatives = {
        f"{g}.{k}={str(v).lower()}": (g, k, v) for g, k, v in list_alternatives(CONFIG["readings"], SCHEMA)
    }
    assert set(found) == set(alternatives) - {"clips.peak=annotated"}
    for title, study in found.items():
        group, key, value = alternatives[title]
        assert study.config["readings"] == overlay_config(CONFIG["readings"], {group: {key: value}})
        assert {k: study.config[k] for k in ("clips", "folds", "training")} == {
            k: CONFIG[k] for k in ("clips", "folds", "training")
        }
        check_config(study.config)


@pytest.mark.parametrize(
    ("title", "made"),
    [
        ("clips.track=fixed", ["faces", "clips", "augmented"]),
        ("clips.peak=apex", ["clips", "augmented"]),
        ("clips.corners=black", ["augmented"]),
        ("model.lstm_input=norm", []),
    ],
)
def test_a_reading_makes_anew_what_it_reaches_and_shares_the_rest(title, made):
    study = studies(["readings"])[title]
    assert own(study) == made
    assert {study.holder(artifact).name for artifact in ARTIFACTS if artifact not in made} == {"rendered"}


def test_a_changed_setting_of_an_early_step_reaches_all_later_ones():
    main = Study("rendered", CONFIG)
    smaller = Study("smaller", overlay_config(CONFIG, {"video": {"max_height": 240}}), main)
    assert own(smaller) == ["faces", "clips", "augmented"]


def test_a_study_trains_one_variant_of_the_paper_s_model_with_every_seed():
    variants = {}
    for title, study in studies(["readings", "leakage"], seeds=[3, 4]).items():
        ((model, section),) = trained_models(study.config).items()
        assert model == "capsule-lstm" and study.config["seeds"] == [3, 4]
        (variants[title],) = section["variants"]
    assert variants["loss.sequence_margin_of=sigmoid"] == "margin-reconstruction-margin"
    assert variants["loss.margin_frames=middle"] == variants["random-clips"] == "margin-reconstruction-ce"


def test_careless_splits_have_as_many_folds_as_the_main_study():
    found = studies(["leakage"], folds=CONFIG["folds"] | {"protocol": "leave-one-subject-out"})
    assert {title: study.config["folds"]["count"] for title, study in found.items()} == {
        "random-clips": 5, "random-copies": 5,
    }  # fmt: skip
    assert own(found["random-clips"]) == ["folds"]


def test_the_learning_curve_doubles_its_subjects_within_the_training_part():
    assert list(studies(["learning-curve"])) == ["2-subjects", "4-subjects", "8-subjects"]
    with pytest.raises(UserError, match=r"needs folds\.protocol: subjects"):
        studies(["learning-curve"], folds=CONFIG["folds"] | {"protocol": "leave-one-subject-out"})
    with pytest.raises(UserError, match="3 subjects in 5 folds are too few"):
        studies(["learning-curve"], people=3)


def test_a_cross_data_study_trains_every_model_on_each_set_alone():
    sets = {"a": {"kind": "mmi"}, "b": {"kind": "ck-plus"}}
    cross = {"dataset": {"kind": "cross", "sets": sets}, "folds": CONFIG["folds"] | {"protocol": "sets"}}
    found = studies(["cross"], **cross)
    assert {title: study.config["folds"]["train_set"] for title, study in found.items()} == {"a": "a", "b": "b"}
    assert all(study.config["models"] == CONFIG["models"] and own(study) == ["folds"] for study in found.values())
    with pytest.raises(UserError, match=r"cross needs dataset\.kind: cross"):
        studies(["cross"])


def test_a_missing_variant_is_named():
    with pytest.raises(UserError, match="extras needs the variant margin-reconstruction-ce"):
        studies(["leakage"], models={"capsule-lstm": {"variants": ["margin-ce"]}})
