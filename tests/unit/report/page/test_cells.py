"""Numbers as tables print them: which columns hold them and how they sort."""

import pytest

from videofer.report.page.contents import column_values, sort_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.44", 0.44),
        ("−9.21", -9.21),
        ("+3.1", 3.1),
        ("12,345", 12345),
        ("56.25 (54/96)", 56.25),
        ("46.3–65.7", 46.3),
        ("54 of 96", 54),
        ("5 %", 5),
        ("−3.7 to +1.2", -3.7),
        ("54/96", 54),
        ("0.3 ± 0.1", 0.3),
        ("−4.2 [−9.0, 0.6]", -4.2),
        ("1e-5", 1e-5),
    ],
)
def test_a_cell_sorts_by_its_first_number(text, value):
    assert sort_value(text) == value


@pytest.mark.parametrize(
    "text", ["S001", "3DCNN", "10 folds", "1.2.3", "not stated", "2026-01-02", "–", "", "1 it's"]
)
def test_words_with_digits_are_no_numbers(text):
    assert sort_value(text) is None


def test_bounds_sort_beside_their_number():
    assert sort_value("< 0.001") < sort_value("0.001") < sort_value("> 0.001")


def test_a_column_is_of_numbers_only_if_all_its_cells_are():
    assert column_values(["1", "–", "−2"]) == [1, None, -2]
    assert column_values(["1", "two"]) is None
    assert column_values(["–", ""]) is None
