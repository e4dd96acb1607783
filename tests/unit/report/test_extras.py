"""Arms change one thing each, and are compared with the study on the same clips."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from videofer.core.errors import UserError
from videofer.evaluation.comparison import contrast_answers, count_training_subjects, tabulate_arms
from videofer.folds.split import assign_at_random, assign_parts, limit_training
from videofer.pipeline.arms import list_alternatives, list_arms
from videofer.pipeline.config import check_config

ROOT = Path(__file__).resolve().parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))


def arms(extras, **changes):
    return list_arms(CONFIG | {"extras": extras} | changes, SCHEMA, people=16, annotated=False)


def differences(one, other, path=()):
    """Yield the dotted keys whose values differ between two configs."""
    for key in one:
        if isinstance(one[key], dict) and key != "labels":
            yield from differences(one[key], other[key], (*path, key))
        elif one[key] != other[key]:
            yield ".".join((*path, key))


def test_no_extra_no_arm():
    assert arms([]) == {}


def test_every_alternative_of_every_reading_is_an_arm_that_changes_it_alone():
    found = arms(["readings"])
    alternatives = {f"{g}.{k}={str(v).lower()}" for g, k, v in list_alternatives(CONFIG["readings"], SCHEMA)}
    assert {name for _, name in found} == alternatives - {"clips.peak=annotated"}
    touched = {name.partition("=")[0] for name in alternatives}
    assert touched == {f"{group}.{key}" for group, keys in CONFIG["readings"].items() for key in keys}
    for (_, name), arm in found.items():
        assert list(differences(CONFIG, arm.config)) == ["extras", f"readings.{name.partition('=')[0]}"]
        check_config(arm.config)


def test_readings_of_the_clips_make_what_they_reach():
    made = {name: arm.makes for (_, name), arm in arms(["readings"]).items()}
    assert made["clips.track=fixed"] == ("faces", "clips", "augmented")
    assert made["clips.peak=apex"] == ("clips", "augmented")
    assert made["clips.corners=black"] == ("augmented",)
    assert made["model.lstm_input=norm"] == ()


def test_readings_of_the_margin_loss_train_the_variant_that_has_it():
    variants = {name: arm.variant for (_, name), arm in arms(["readings"]).items()}
    assert variants["loss.sequence_margin_of=sigmoid"] == "margin-reconstruction-margin"
    assert variants["loss.margin_frames=middle"] == "margin-reconstruction-ce"


def test_the_learning_curve_doubles_its_subjects_within_the_training_part():
    assert [name for _, name in arms(["learning-curve"])] == ["2-subjects", "4-subjects", "8-subjects"]
    with pytest.raises(UserError, match=r"needs folds\.protocol: subjects"):
        arms(["learning-curve"], folds=CONFIG["folds"] | {"protocol": "leave-one-subject-out"})
    with pytest.raises(UserError, match="3 subjects in 5 folds are too few"):
        list_arms(CONFIG | {"extras": ["learning-curve"]}, SCHEMA, people=3, annotated=False)


def test_a_missing_variant_is_named():
    with pytest.raises(UserError, match="extras needs the variant margin-reconstruction-ce"):
        arms(["leakage"], models={"capsule-lstm": {"variants": ["margin-ce"]}})


def test_the_config_is_left_alone():
    before = copy.deepcopy(CONFIG)
    arms(["readings", "learning-curve", "leakage"])
    assert before == CONFIG


def test_training_subjects_are_counted_where_there_are_any():
    subjects = [f"S{p}" for p in range(8) for _ in range(6)]
    folds = assign_parts(subjects, np.tile(np.arange(6), 8), 4, 0)
    assert count_training_subjects(limit_training(folds, 2, seed=3)) == 2
    names = [f"{subject}-{n % 6}" for n, subject in enumerate(subjects)]
    assert np.isnan(count_training_subjects(assign_at_random(names, 4, 3, after_augmentation=True)))


def answers(right, variant="v", head="sequence", copies=1):
    """Return answers of four subjects with two clips each; right: (subjects, clips * copies) of 0 or 1."""
    rows = [
        (variant, head, f"S{s}", f"S{s}-{n // copies}", bool(value))
        for s, line in enumerate(right)
        for n, value in enumerate(line)
    ]
    return pd.DataFrame(rows, columns=["variant", "head", "subject", "clip", "right"])


MAIN = answers([[1, 0], [0, 0], [1, 0], [1, 1]])  # 4 of 8


def test_the_difference_counts_common_clips_and_means_of_copies():
    arm = answers([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 1]], copies=2)  # clip scores sum to 5.5
    found = contrast_answers(arm, MAIN)
    assert found["shared"] == 8
    assert found["difference"] == pytest.approx((5.5 - 4) / 8)
    fewer = contrast_answers(arm[arm["clip"] != "S0-0"], MAIN)  # that clip is 1 in both
    assert fewer["shared"] == 7 and fewer["difference"] == pytest.approx((4.5 - 3) / 7)


def test_the_permutation_exchanges_subjects():
    """Subjects gain .5, .5, 1 and -.5 clips: p is the share of the 16 signs whose sum is at least 1.5 in size."""
    arm = answers([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 1]], copies=2)
    steps = np.array([0.5, 0.5, 1, -0.5])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1)
    expected = (np.abs(steps @ signs) >= 1.5 - 1e-9).mean()
    assert contrast_answers(arm, MAIN)["permutation_p"] == pytest.approx(expected)


def test_arms_are_listed_with_counts_after_the_study():
    better = answers([[1, 1], [1, 1], [1, 1], [1, 1]])
    table = tabulate_arms(MAIN, {"a": better, "b": MAIN}, {"a": "v", "b": "v"}, {"main": 6.0, "a": 2.0})
    assert table.arm.tolist() == ["main", "a", "b"]
    assert table.correct.tolist() == [4, 8, 4] and table.n.tolist() == [8, 8, 8]
    assert table.training_subjects.tolist() == [6, 2, 6]
    assert table.difference.round(3).tolist()[1:] == [0.5, 0.0]
    assert table.holm[1] == pytest.approx(2 * table.permutation_p[1])  # the smaller of two p values
