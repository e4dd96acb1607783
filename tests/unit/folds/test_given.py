import pytest

from videofer.core.errors import UserError
from videofer.folds.given import read_given
from videofer.folds.protocol import read_rows

GIVEN = ["0,a,train", "0,b,validation", "0,c,test", "0,d,unused"]


@pytest.mark.parametrize(("rows", "sentence"), [
    (["0,a,train", "0,a,test", *GIVEN[1:]], "subject a stands twice in fold 0"),
    (GIVEN[:3], "subject d has clips but no role in fold 0"),
    (["0,a,train", "0,b,train", *GIVEN[2:]], "fold 0 has no validation subject with a usable clip"),
    (["0,a,traning", *GIVEN[1:]], "the role 'traning' is none of train, validation"),
    (["-1,a,train", *GIVEN[1:]], "the fold '-1' is not a whole number"),
    (["2" + row[1:] for row in GIVEN], r"its folds are \[2\]: number them from 0"),
    ([*GIVEN, *("1" + row[1:] for row in GIVEN)], "subject c is tested in two folds"),
    ([row.replace("test", "unused") for row in GIVEN], "no fold tests a subject"),
    ([], "needs rows under the headings fold, subject and role"),
])  # fmt: skip
def test_a_wrong_table_is_named_in_one_sentence(tmp_path, rows, sentence):
    path = tmp_path / "given.csv"
    path.write_text("\n".join(["fold,subject,role", *rows]) + "\n")
    with pytest.raises(UserError, match=sentence):
        read_given(path, ["a", "b", "c", "d"])


def test_a_table_is_read_as_spreadsheets_save_it_and_people_in_any_unicode_form(tmp_path):
    rows = ["Fold;Subject;Role", "0;Zoe\u0308;train", "0;b;validation", "0;c;test"]
    (tmp_path / "given.csv").write_text("\r\n".join(rows) + "\r\n", encoding="utf-16", newline="")
    assert read_given(tmp_path / "given.csv", ["Zo\u00eb", "b", "c"]).subject.tolist() == ["Zo\u00eb", "b", "c"]


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"folds.path: absent.csv cannot be read"):
        read_rows("absent.csv")
    with pytest.raises(UserError, match=r"folds.path is missing"):
        read_rows(None)
