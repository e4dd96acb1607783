"""The verdict says what the numbers show, and no more."""

import pandas as pd
import pytest

from videofer.report.verdict import state_differences, state_level, state_verdict

ROW = {
    "correct": 53,
    "n": 96,
    "accuracy": 53 / 96,
    "wilson_low": 0.453,
    "wilson_high": 0.648,
    "seeds": 1,
    "clips": 96,
}


def pairs(*ps):
    names = [("a", "b"), ("a", "c"), ("b", "c")]
    rows = [
        {"first": first, "second": second, "only_first": 2, "only_second": 9, "p": p}
        for (first, second), p in zip(names, ps, strict=False)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "only_first", "only_second", "p"])


@pytest.mark.parametrize(
    ("baseline", "words"),
    [(0.167, "clearly more than 16.7 %"), (0.5, "not shown to be more than 50.0 %"), (0.7, "less than 70.0 %")],
)
def test_the_level_is_held_against_the_most_frequent_class(baseline, words):
    first, second = state_level(ROW, "margin-ce", baseline, "rendered")
    assert "rendered (computer-drawn) faces" in first and "55.2 % of the clips" in first
    assert "53 of 96 clips" in second and "45.3–64.8 %" in second and words in second


def test_answers_of_several_seeds_are_not_called_clips():
    second = state_level(ROW | {"n": 288, "correct": 160, "seeds": 3}, "margin-ce", 0.2, "folder")[1]
    assert "160 of 288 answers (96 clips, 3 seeds)" in second


def test_differences_are_claimed_only_after_holm_s_correction():
    # Holm on 0.02, 0.04, 0.9: 0.02 * 3 = 0.06, so none is left, though two are below 0.05 alone.
    assert "None of the 3 pairs of loss functions is shown to differ" in state_differences(pairs(0.04, 0.02, 0.9))
    assert "smallest p is 0.060" in state_differences(pairs(0.04, 0.02, 0.9))
    # 0.01 * 3 = 0.03 is left; 0.04 * 2 = 0.08 is not.
    one = state_differences(pairs(0.04, 0.01, 0.9))
    assert one.startswith("1 of the 3 pairs of loss functions differs") and "c is ahead of a" in one
    assert "below 0.001" in state_differences(pairs(0.9, 0.9, 1e-6))


def test_one_pair_and_none():
    assert state_differences(pairs(0.5)).startswith("The two loss functions are not shown to differ")
    assert state_differences(pairs(0.01)).startswith("The two loss functions differ")
    assert "nothing to compare" in state_differences(pairs())


def test_the_verdict_speaks_of_the_paper_as_far_as_the_data_allow():
    overall = pd.DataFrame([ROW | {"variant": "margin-ce", "head": "sequence"}])
    paper = pd.DataFrame([{"variant": "margin-ce", "accuracy_percent": 69.5}])
    none = pairs().assign(head="sequence")
    drawn = state_verdict(overall, none, paper, "margin-ce", 0.2, "rendered")
    assert "69.50 %" in drawn[-1] and "neither confirm nor contradict" in drawn[-1]
    assert "drawn" not in " ".join(state_verdict(overall, none, paper, "margin-ce", 0.2, "table"))
