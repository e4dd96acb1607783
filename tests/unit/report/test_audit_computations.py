"""The audit's arithmetic, against examples worked by hand, by brute force or by another method."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from fake_runs import REFERENCE

from videofer.report.audit.printed import (
    chance_of_match,
    least_clips,
    list_fold_means,
    match_count,
    match_share,
    most_opposed,
    read_constants,
    read_printed,
    smallest_common_size,
)
from videofer.report.audit.statements import list_facts

TABLE_4_1 = [Decimal(text) for text in ("65.46", "68.30", "72.11", "69.50")]


def print_percent(k, n, way):
    """Print 100 k / n with two decimals by decimal arithmetic, not by the fractions that the audit uses."""
    rounding = ROUND_HALF_UP if way == "rounded" else ROUND_DOWN
    return (Decimal(100 * k) / Decimal(n)).quantize(Decimal("0.01"), rounding)


@pytest.mark.parametrize(
    ("percent", "n", "counts"),
    [
        ("72.11", 208, {"truncated": 150}),  # 150/208 = 72.1154: rounds to 72.12
        ("65.46", 208, {}),  # between 136/208 = 65.38 and 137/208 = 65.87
        ("70.67", 208, {"rounded": 147, "truncated": 147}),  # 147/208 = 70.673
        ("72.12", 208, {"rounded": 150}),
        ("72.11", 1664, {"truncated": 1200}),
        ("60.45", 1664, {"truncated": 1006}),  # 60.457
        ("65.69", 1664, {"rounded": 1093}),  # 65.685
        ("69.53", 1664, {"rounded": 1157, "truncated": 1157}),  # 69.531
        ("70.24", 205, {"rounded": 144, "truncated": 144}),
        ("53.2", 205, {"rounded": 109}),  # 53.17: with one decimal
        ("0.00", 208, {"rounded": 0, "truncated": 0}),
        ("100.00", 208, {"rounded": 208, "truncated": 208}),
    ],
)
def test_printed_figures_match_counts(percent, n, counts):
    assert match_count(Decimal(percent), n) == counts


@pytest.mark.parametrize("n", [3, 7, 208])
def test_every_two_decimal_figure_matches_as_by_brute_force(n):
    printed = {way: {print_percent(k, n, way): k for k in range(n + 1)} for way in ("rounded", "truncated")}
    fitting = 0
    for hundredths in range(10_001):
        percent = Decimal(hundredths) / 100
        percent = percent.quantize(Decimal("0.01"))
        expected = {way: table[percent] for way, table in printed.items() if percent in table}
        assert match_count(percent, n) == expected
        fitting += bool(expected)
    assert chance_of_match(Fraction(k, n) for k in range(n + 1)) == pytest.approx(fitting / 10_001)


def test_means_of_uneven_folds():
    # 3 clips in 2 folds of 2 and 1: (a/2 + b/1) / 2.
    assert list_fold_means(3, 2) == {Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)}
    # 208 clips in 10 folds: eight of 21 and two of 20.
    assert Fraction(Fraction(168, 21) + Fraction(40, 20), 10) in list_fold_means(208, 10)
    assert Fraction(1, 210) in list_fold_means(208, 10) and Fraction(1, 208) not in list_fold_means(208, 10)


def test_a_mean_of_folds_can_be_what_no_count_is():
    # (1/2 + 0) / 2 = 25 %: no k/3 gives it.
    assert match_share(Decimal("25.00"), list_fold_means(3, 2)) == ["rounded", "truncated"]
    assert match_count(Decimal("25.00"), 3) == {}


@pytest.mark.parametrize("way", ["rounded", "truncated"])
def test_no_size_up_to_2000_gives_all_of_table_4_1(way):
    first = smallest_common_size(TABLE_4_1, [way])
    for n in range(1, first):
        assert not all(print_percent(round(p * n / 100), n, way) == p for p in TABLE_4_1)
    assert first > 2000
    assert all(way in match_count(percent, first) for percent in TABLE_4_1)


def test_smallest_common_size_by_hand():
    assert smallest_common_size([Decimal("33.33"), Decimal("50.00")], ["rounded"]) == 6
    assert smallest_common_size([Decimal("50.00")], ["rounded"], step=3) == 6
    assert smallest_common_size([Decimal("66.67"), Decimal("66.66")], ["rounded", "truncated"]) == 3


def test_what_can_be_significant_at_best():
    # 2 / 2^6 = 0.031, 2 / 2^5 = 0.0625; for six pairs 0.05 / 6 = 0.0083: 2 / 2^8 = 0.0078.
    assert (least_clips(), least_clips(0.05 / 6)) == (6, 8)
    # 8 against 1: 2 (1 + 9) / 2^9 = 0.039; 9 against 2: 2 (1 + 11 + 55) / 2^11 = 0.065.
    assert [most_opposed(gain) for gain in (5, 6, 7)] == [None, 0, 1]


def test_facts_by_hand():
    constants = read_constants(REFERENCE / "constants.csv")
    facts = list_facts(read_printed(REFERENCE / "table-4.1.csv", REFERENCE / "table-4.2.csv"), constants)
    expected = {
        "versions": "8", "augmented": "1,664", "versions_all": "14",  # 1 + 1 + 6, 8 x 208, (1 + 1) (1 + 6)
        "lstm_weights": "69,120",  # four gates of 128 x (6 + 128) weights and 128 biases: 68,608 + 512
        "series_field": "7", "series_weights": "27", "single_weights": "49",
        # e / (e + 5) = 2.71828 / 7.71828; 1 / (1 + 5e) = 1 / 14.5914; e^0.8 / (e^0.8 + 5) = 2.22554 / 7.22554.
        "softmax_least": "0.069", "softmax_most": "0.352", "softmax_rest": "0.130",
        "softmax_aim": "0.308", "softmax_aim_rest": "0.138", "softmax_even": "0.167",
        "pixels": "2,304", "sum_factor": "1.152",  # 0.0005 x 48 x 48
        "mean_term": "0.000042",  # 0.0005 / 12
        "sum_term": "0.096",  # 1.152 / 12
        "byte_term": "2.71",  # 0.0005 x 255 x 255 / 12
        "mean_ratio": "21,500",  # 0.8959 / 0.00004167 = 21,501
        "count_error": "5,303,809",  # 2303 x 2303
        "ce_plain": "1.792", "ce_chance": "0.896", "margin_start": "0.81",
    }  # fmt: skip
    assert {key: facts[key] for key in expected} == expected
