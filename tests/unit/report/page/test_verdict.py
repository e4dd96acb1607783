"""The verdict says what the numbers show, and no more."""

import math

import pandas as pd
import pytest

from videofer.report.page.verdict import state_best, state_differences, state_level, state_verdict, warn_few

ROW = {"correct": 53, "n": 96, "accuracy": 53 / 96, "seeds": 1, "clips": 96}
ROW |= {"wilson_low": 0.453, "wilson_high": 0.648, "subject_low": 0.433, "subject_high": 0.668}


def pairs(*ps):
    """Pairs of the variants a, b and c, the second always ahead by 7 points."""
    names = [("a", "b"), ("a", "c"), ("b", "c")]
    rows = [(*name, -0.07, p) for name, p in zip(names, ps, strict=False)]
    return pd.DataFrame(rows, columns=["first", "second", "difference", "permutation_holm"])


@pytest.mark.parametrize(
    ("baseline", "words"),
    [(0.167, "clearly more than 16.7 %"), (0.44, "not shown to be more than 44.0 %"), (0.7, "less than 70.0 %")],
)
def test_the_level_is_compared_with_the_most_frequent_class(baseline, words):
    first, second = state_level(ROW, "margin-ce", baseline, "rendered")
    assert "rendered (computer-drawn) faces" in first and "55.2 % of the clips" in first
    assert "53 of 96 clips" in second and "interval over people of 43.3–66.8 %" in second and words in second


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject_low": math.nan, "subject_high": math.nan}, "interval over clips of 45.3–64.8 %"),
        ({"n": 288, "correct": 160, "seeds": 3}, "160 of 288 answers (96 clips, 3 seeds; "),
    ],
    ids=["few people", "several seeds"],
)
def test_what_was_counted_and_over_what_the_interval_is(change, words):
    assert words in state_level(ROW | change, "margin-ce", 0.2, "table")[1]


def test_differences_are_claimed_only_below_the_level():
    assert "nothing to compare" in state_differences(pairs(), "rendered")
    assert state_differences(pairs(0.5), "rendered").startswith("The two loss functions are not shown to differ")
    assert state_differences(pairs(0.01), "rendered").startswith("The two loss functions differ")
    none = state_differences(pairs(0.05, 0.3, 1.0), "rendered")
    assert none.startswith("None of the 3 pairs of loss functions is shown to differ")
    assert "smallest p: 0.050" in none
    one = state_differences(pairs(0.2, 0.03, 1.0), "rendered")
    assert one.startswith("1 of the 3 pairs of loss functions differs")
    assert one.endswith(": c is ahead of a by 7.0 points.")
    all_three = state_differences(pairs(0.01, 0.02, 1e-5), "rendered")
    assert "3 of the 3 pairs of loss functions differ (" in all_three and "smallest p: < 0.001" in all_three
    assert all_three.endswith("c is ahead of b by 7.0 points; b is ahead of a by 7.0 points; and more.")


def test_where_nobody_is_named_neither_people_nor_their_number_is_claimed():
    first, second = state_level(ROW, "margin-ce", 0.2, "ferv39k")
    assert "never seen" not in first and "that the data set's own split tests" in first
    assert "interval over clips of 45.3–64.8 %, too narrow where clips show the same person" in second
    assert "permutation tests over clips with Holm" in state_differences(pairs(0.2, 0.3), "ferv39k")


def models(*accuracies, difference=0.125):
    """Other models, whose difference from the study's own is the same for all."""
    rows = pd.DataFrame({"model": [f"m{i}" for i in range(len(accuracies))], "accuracy": accuracies})
    ends = {"difference_low": difference - 0.05, "difference_high": difference + 0.05}
    return rows.assign(variant="plain", difference=difference, **ends)


def test_the_most_accurate_model_is_named_with_its_difference():
    (above,) = state_best(models(0.5, 0.8, 0.7))
    assert above.startswith("m1 is right most often, in 80.0 %, 12.5 points more than the Capsule")
    assert "+7.5 to +17.5" in above
    assert "12.5 points less than" in state_best(models(0.5, difference=-0.125))[0]
    assert state_best(models(0.5, difference=math.nan)) == ["m0 is right most often, in 50.0 %."]
    assert state_best(models(0.9, 0.5).assign(model=["capsule-lstm", "m"])) == []


def test_the_verdict_is_of_the_study_s_model_and_speaks_of_the_paper_as_far_as_the_data_allow():
    own = ROW | {"model": "capsule-lstm", "variant": "margin-ce", "head": "sequence"}
    overall = pd.DataFrame([own, own | {"model": "other", "accuracy": 0.9}])
    paper = pd.DataFrame([{"variant": "margin-ce", "accuracy_percent": 69.5}])
    none = pairs().assign(family="sequence", model="capsule-lstm")
    drawn = state_verdict(overall, models(0.9), none, paper, "margin-ce", 0.2, "rendered")
    assert drawn[0].startswith("m0 is right most often") and "55.2 %" in drawn[1]
    assert "69.50 %" in drawn[-1] and "neither confirm nor contradict" in drawn[-1]
    recorded = " ".join(state_verdict(overall, models(0.9), none, None, "margin-ce", 0.2, "table"))
    assert "drawn" not in recorded and "The paper" not in recorded


def test_few_people_are_warned_of():
    assert warn_few(3).startswith("Only 3 people") and warn_few(1).startswith("Only 1 person:")
    assert warn_few(10) == ""
