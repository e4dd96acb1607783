"""Studies are compared with the main study on the clips that both answered."""

import numpy as np
import pandas as pd
import pytest

from videofer.evaluation.comparison import contrast_answers, measure_studies


def answers(right, variant="v", head="sequence", copies=1):
    """Return answers of four subjects with two clips each; right: (subjects, clips * copies) of 0 or 1."""
    rows = [
        (variant, head, 0, f"S{s}", f"S{s}-{n // copies}", bool(value))
        for s, line in enumerate(right)
        for n, value in enumerate(line)
    ]
    return pd.DataFrame(rows, columns=["variant", "head", "seed", "subject", "clip", "right"])


MAIN = answers([[1, 0], [0, 0], [1, 0], [1, 1]])  # 4 of 8


def test_the_difference_counts_common_clips_and_means_of_copies():
    copies = answers([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 1]], copies=2)  # clip scores sum to 5.5
    found = contrast_answers(copies, MAIN)
    assert found["shared"] == 8
    assert found["difference"] == pytest.approx((5.5 - 4) / 8)
    fewer = contrast_answers(copies[copies["clip"] != "S0-0"], MAIN)  # that clip is 1 in both
    assert fewer["shared"] == 7 and fewer["difference"] == pytest.approx((4.5 - 3) / 7)


def test_the_permutation_exchanges_subjects():
    """Subjects gain .5, .5, 1 and -.5 clips: p is the share of the 16 signs whose sum is at least 1.5 in size."""
    copies = answers([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 1]], copies=2)
    steps = np.array([0.5, 0.5, 1, -0.5])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1)
    expected = (np.abs(steps @ signs) >= 1.5 - 1e-9).mean()
    assert contrast_answers(copies, MAIN)["permutation_p"] == pytest.approx(expected)


def test_studies_are_listed_with_counts_after_the_main_study():
    better = answers([[1, 1], [1, 1], [1, 1], [1, 1]])
    table = measure_studies(MAIN, {"a": better, "b": MAIN}, {"a": "v", "b": "v"}, {"main": 6.0, "a": 2.0, "b": 6.0})
    assert table.study.tolist() == ["main", "a", "b"]
    assert table.correct.tolist() == [4, 8, 4] and table.n.tolist() == [8, 8, 8]
    assert table.training_subjects.tolist() == [6, 2, 6]
    assert table.difference.round(3).tolist()[1:] == [0.5, 0.0]
    assert table.holm[1] == pytest.approx(2 * table.permutation_p[1])  # the smaller of two p values
