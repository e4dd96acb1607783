"""Each statistic against a published or hand-worked example."""

import tracemalloc
from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multinomial

from videofer.evaluation.statistics import differences, intervals
from videofer.evaluation.statistics.accuracy import (
    measure_calibration,
    measure_overall,
    measure_reliability,
    simulate_errors,
)
from videofer.evaluation.statistics.answers import combine_seeds, count_subjects, list_answers
from videofer.evaluation.statistics.intervals import (
    mean_recall,
    permute_subjects,
    pooled_share,
    subject_interval,
    widen_level,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_of_newcombe(correct, n, low, high):
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    assert wilson_interval(correct / n, n) == pytest.approx((low, high), abs=5e-5)


def test_widened_level_by_hand():
    # t of 4 degrees of freedom at 97.5 % is 2.776; times sqrt(5/4) it is 3.104, whose normal tail is 0.00095.
    assert widen_level(5) == pytest.approx(1 - 2 * 0.00095, abs=2e-5)
    assert widen_level(10**6) == pytest.approx(0.95, abs=1e-5)


def test_bootstrap_agrees_with_all_resamples():
    counts = np.array([[1, 6], [3, 6], [2, 3], [5, 6], [4, 6]])
    drawn = np.array(list(product(range(5), repeat=5)))  # all 3125
    shares = pooled_share(counts[drawn].sum(axis=1))
    tail = (1 - widen_level(5)) / 2
    expected = np.quantile(shares, [tail, 1 - tail])
    assert subject_interval(counts[:, None], pooled_share) == pytest.approx(expected, abs=0.02)


def test_bootstrap_covers_the_truth_with_few_subjects():
    # 16 people whose own rates spread about 0.65: 95 % of intervals should contain it (binomial error 2.2 %).
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(100):
        n = np.full(16, 6)
        correct = rng.binomial(n, rng.beta(0.65 * 6, 0.35 * 6, 16))
        low, high = subject_interval(np.stack([correct, n], axis=1)[:, None], pooled_share)
        covered += low <= 0.65 <= high
    assert covered >= 89


def test_too_few_subjects_show_nothing():
    assert np.isnan(subject_interval(np.array([[[1, 2]]] * 4), pooled_share)).all()
    assert permute_subjects(np.array([6]), np.array([0])) == 1


def count_many(subjects: int) -> np.ndarray:
    """Return right answers and answers of each subject in six classes, one clip a subject."""
    rng = np.random.default_rng(0)
    counts = np.zeros((subjects, 6, 2), np.int64)
    label = rng.integers(0, 6, subjects)
    counts[np.arange(subjects), label, 1] = 1
    counts[np.arange(subjects), label, 0] = rng.integers(0, 2, subjects)
    return counts


def test_resampling_two_thousand_subjects_takes_little_memory():
    counts = count_many(2000)
    tracemalloc.start()
    subject_interval(counts[:, None], mean_recall)
    permute_subjects(counts[:, 0, 0], counts[:, 1, 0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * 2**20  # drawn at once it is 2 GiB


def test_intervals_do_not_depend_on_the_size_of_the_blocks(monkeypatch):
    counts = count_many(120).reshape(40, 3, 6, 2)  # (subjects, seeds, classes, right and all)
    whole = subject_interval(counts, mean_recall)
    monkeypatch.setattr(intervals, "BLOCK", 10_000)
    assert subject_interval(counts, mean_recall) == whole


def test_bootstrap_of_mean_recall_leaves_out_classes_that_were_not_drawn():
    counts = np.array([[[1, 1], [0, 0]], [[0, 1], [1, 2]]])  # (subjects, classes, [right, answers])
    assert mean_recall(counts.sum(axis=0)) == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert mean_recall(counts[[0, 0]].sum(axis=0)) == 1


def test_permutation_of_darwins_maize():
    # Fisher, The Design of Experiments (1935), section 21: 863 of the 2^15 ways reach 314 eighths of an inch.
    difference = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
    assert permute_subjects(difference, np.zeros(15)) == pytest.approx(2 * 863 / 2**15, rel=1e-12)


@pytest.mark.parametrize("denominator", [1, 3, 40])
def test_permutation_is_the_share_of_all_exchanges(denominator):
    rng = np.random.default_rng(denominator)
    first, second = rng.integers(0, 9, (2, 11)) / denominator
    signs = np.array(list(product((1, -1), repeat=11)))  # all 2048
    reached = np.abs(signs @ (first - second)) >= abs((first - second).sum()) - 1e-9
    assert permute_subjects(first, second) == pytest.approx(reached.mean(), rel=1e-12)


def test_seeds_that_differ_widen_the_interval_and_seeds_that_agree_do_not():
    rng = np.random.default_rng(5)
    people = np.stack([rng.integers(2, 7, 20), np.full(20, 6)], axis=-1)[:, None]
    one = np.ptp(subject_interval(people, pooled_share))
    alike = np.ptp(subject_interval(np.tile(people, (1, 4, 1)), pooled_share))
    apart = np.tile(people, (1, 4, 1))
    apart[:, :2, 0] -= 2  # two of the four seeds are worse with everyone
    assert alike == pytest.approx(one, rel=0.05)
    assert np.ptp(subject_interval(apart, pooled_share)) > 1.5 * one


def test_permutation_by_hand():
    # Of the 8 ways to give 3, 2 and 1 a sign, one reaches 6 and one -6.
    assert permute_subjects([3, 2, 1], [0, 0, 0]) == pytest.approx(2 / 8)
    assert permute_subjects([3, 2, 1], [3, 2, 1]) == 1


@pytest.mark.parametrize(("first", "second"), [(6, 0), (8, 1), (2, 9), (3, 3), (0, 0)])
def test_mcnemar_is_twice_the_binomial_tail(first, second):
    n, least = first + second, min(first, second)
    tail = sum(comb(n, k) for k in range(least + 1)) / 2**n
    assert differences.mcnemar_p(first, second) == pytest.approx(min(1, 2 * tail))
    # Fagerland et al., BMC Medical Research Methodology 13 (2013) 91: 1 and 7 discordant of 21, exact p 0.0703.
    assert differences.mcnemar_p(1, 7) == pytest.approx(0.0703, abs=5e-5)


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1, none below the one before (Holm, Scand. J. Stat. 6 (1979)).
    rows = differences.correct_family([{"mcnemar_p": p, "permutation_p": 1.0} for p in (0.01, 0.04, 0.03, 0.005)])
    assert [row["mcnemar_holm"] for row in rows] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert {row["permutation_holm"] for row in rows} == {1}


def test_only_the_permutation_over_people_keeps_its_level_where_the_clips_of_a_person_are_alike():
    # Sixteen people, six clips each; either side suits some people better, neither is better on the whole.
    rng = np.random.default_rng(7)
    called = {"mcnemar": 0, "permutation": 0}
    for _ in range(400):
        ability = rng.normal(0.4, 1, (16, 1)) + rng.normal(0, 1.3, (2, 16, 1))
        right = rng.random((2, 16, 6)) < 1 / (1 + np.exp(-ability))
        called["permutation"] += permute_subjects(*right.sum(2)) < 0.05
        only = ((right[0] & ~right[1]).sum(), (right[1] & ~right[0]).sum())
        called["mcnemar"] += differences.mcnemar_p(*only) < 0.05
    assert called["permutation"] <= 30 and called["mcnemar"] >= 40  # of 400; 20 would be 5 %


def test_contrast_counts_answers_not_means_of_people():
    correct = {"a": np.array([[2], [9]]), "b": np.array([[0], [8]])}  # (subjects, seeds)
    contrast = differences.measure_contrast(correct, np.array([[2], [10]]), ["a"], ["b"])
    assert contrast["difference"] == pytest.approx(3 / 12)


def make_answers(right: dict[str, list[int]], subjects: list[str]) -> pd.DataFrame:
    """One LSTM answer for each variant and clip, clip i of subjects[i]."""
    rows = [
        {"model": "capsule-lstm", "variant": variant, "seed": 0, "fold": 0, "clip": f"c{i}", "subject": subject}
        | {"true": "happy", "head": "sequence", "answer": "happy" if hit else "sad", "right": bool(hit)}
        for variant, hits in right.items()
        for i, (hit, subject) in enumerate(zip(hits, subjects, strict=True))
    ]
    return pd.DataFrame(rows)


def test_design_of_answers_by_hand():
    hits = {"margin-margin": [0, 0, 1, 1], "margin-reconstruction-margin": [1, 1, 1, 1]}
    hits |= {"margin-reconstruction-ce": [1, 1, 1, 0], "margin-ce": [1, 0, 1, 0]}
    answers = make_answers(hits, ["a", "a", "b", "b"])
    design = differences.measure_design(answers).set_index("effect")["difference"]
    assert design.to_dict() == pytest.approx(
        {"reconstruction": 0.375, "cross-entropy": -0.125, "interaction": -0.25}
    )
    assert differences.measure_design(answers[answers.variant != "margin-ce"]).empty


def test_counts_per_subject_refuse_unequal_clips():
    answers = make_answers({"x": [1, 0], "y": [1, 1]}, ["a", "b"])
    with pytest.raises(ValueError, match="different clips"):
        count_subjects(answers.iloc[:-1], "variant")


@pytest.mark.parametrize(("favoured", "other", "pairs"), [(0.45, 0.05, 23), (0.30, 0.15, 155)])
def test_required_clips_of_published_calculators(favoured, other, pairs):
    # Connor (1987) at 5 % and 80 %: powersamplesize.com, "McNemar's Z-test, 2-sided", gives 23 for its own example;
    # the formula of p. 209 by hand: (1.95996 sqrt(0.45) + 0.84162 sqrt(0.45 - 0.0225))^2 / 0.0225 = 154.6.
    assert np.ceil(differences.required_clips(favoured + other, favoured - other)) == pairs


def test_detectable_difference_inverts_the_formula():
    difference = differences.detectable_difference(208, 0.25)
    assert differences.required_clips(0.25, difference) == pytest.approx(208)
    assert np.isnan(differences.detectable_difference(20, 0.05))  # one discordant clip can show nothing
    assert np.isnan(differences.detectable_difference(20, float("nan"))) and np.isnan(
        differences.detectable_difference(20, 0.0)
    )


def test_exact_power_equals_the_sum_over_all_tables():
    n, discordant, difference = 20, 0.6, 0.4
    chances = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    power = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            if differences.mcnemar_p(b, c) <= 0.05:
                power += multinomial.pmf([b, c, n - b - c], n, chances)
    assert differences.exact_power(n, discordant, difference) == pytest.approx(power)


def test_smallest_significant_difference_by_hand():
    # 2 x 0.5^6 = 0.031, 2 x 0.5^5 = 0.0625. Of 20 discordant clips 15 to 5 gives 0.041, 14 to 6 gives 0.115.
    assert differences.best_difference(200) == 6 / 200 and np.isnan(differences.best_difference(5))
    assert differences.significant_difference(0.1, 200) == pytest.approx(10 / 200)
    assert np.isnan(differences.significant_difference(0.02, 200))


def test_resolution_without_a_pair_knows_the_best_case_only():
    answers = make_answers({"margin-ce": [1, 0]}, ["a", "b"])
    none = pd.DataFrame({name: [] for name in ("model", "family", "only_first", "only_second", "clips")})
    table = differences.measure_resolution(answers, none).set_index("clips")
    assert table["best"][208] == 6 / 208 and np.isnan(table["best"][2])
    assert table[["discordant", "significant", "detectable", "exact_power"]].isna().all(axis=None)


def make_scored(probability: list[list[float]], true: list[str], seeds=(0,)) -> pd.DataFrame:
    """Return the answers of both heads to clips of two classes, `rain` and `dry`, the same from every seed."""
    rows = []
    for seed in seeds:
        for i, (p, truth) in enumerate(zip(probability, true, strict=True)):
            answer = ("rain", "dry")[int(np.argmax(p))]
            rows.append(
                {"model": "m", "variant": "v", "seed": seed, "fold": 0, "split": "test", "clip": f"c{i}"}
                | {"subject": "s", "true": truth, "predicted": answer, "p_rain": p[0], "p_dry": p[1]}
                | {"capsule_predicted": answer, "capsule_rain": p[0], "capsule_dry": p[1]}
            )
    return list_answers(pd.DataFrame(rows))


def test_brier_score_of_brier():
    # Brier, Monthly Weather Review 78 (1950) 1-3, table 1: ten forecasts of rain, P = 0.19.
    rain = [0.7, 0.9, 0.8, 0.4, 0.2, 0, 0, 0, 0, 0.1]
    true = ["dry", "rain", "rain", "rain", *["dry"] * 6]
    scored = measure_calibration(make_scored([[p, 1 - p] for p in rain], true)).set_index("head")
    assert scored.brier["sequence"] == pytest.approx(0.19)
    assert np.isnan(scored.brier["capsule"])


def test_calibration_error_by_hand():
    # Bin (0.6, 0.7]: 0.65 and 0.70, one right: gap 0.175. Bin (0.9, 1]: 0.95 and 0.95, both right: gap 0.05.
    scored = make_scored([[0.65, 0.35], [0.7, 0.3], [0.95, 0.05], [0.95, 0.05]], ["rain", "dry", "rain", "rain"])
    assert measure_calibration(scored).ece.tolist() == pytest.approx([(0.175 * 2 + 0.05 * 2) / 4] * 2)
    curve = measure_reliability(scored).query("head == 'sequence'")
    assert curve[["bin", "n", "correct"]].to_numpy().tolist() == [[6, 2, 1], [9, 2, 2]]
    assert curve.confidence.tolist() == pytest.approx([0.675, 0.95])
    assert curve.accuracy.tolist() == [0.5, 1]


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_chance_level_of_the_calibration_error_by_hand(seeds):
    # Four clips answered at 0.6: with k right (binomial) the error is |k / 4 - 0.6|, whatever the number of seeds.
    scored = make_scored([[0.6, 0.4]] * 4, ["rain"] * 4, seeds)
    weights = [0.4**4, 4 * 0.6 * 0.4**3, 6 * 0.6**2 * 0.4**2, 4 * 0.6**3 * 0.4, 0.6**4]
    expected = sum(weight * abs(k / 4 - 0.6) for k, weight in enumerate(weights))
    assert simulate_errors(scored, np.full(len(scored), 0.6)).mean() == pytest.approx(expected, abs=0.015)


def test_seeds_vote_with_their_mean_scores():
    # Clip 0: 0.9, 0.4, 0.4 for rain: mean 0.57, though two of three seeds say dry.
    tables = [make_scored([[p, 1 - p]], ["rain"], (seed,)) for seed, p in enumerate((0.9, 0.4, 0.4))]
    combined = combine_seeds(pd.concat(tables))
    assert len(combined) == 2 and combined.right.all()


def test_several_seeds_do_not_narrow_the_intervals():
    one = make_answers({"margin-ce": [1, 0, 1, 1, 0, 1]}, list("abcdef"))
    three = pd.concat([one.assign(seed=seed) for seed in range(3)])
    first, second = measure_overall(one).iloc[0], measure_overall(three).iloc[0]
    assert (second.correct, second.n, second.clips) == (12, 18, 6)
    ends = ["wilson_low", "wilson_high", "subject_low", "subject_high"]
    assert second[ends].tolist() == pytest.approx(first[ends].tolist())
    assert second.seed_sd == 0 and np.isnan(first.seed_sd)
