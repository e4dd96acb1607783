"""Lists as spreadsheets and other programs save them: each is read, or refused in one sentence with the row."""

import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from dataset_trees import write_text

from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.datasets.scan import scan_dataset

FILMS = ("a.mp4", "b.mp4")
ROWS = (("path", "subject", "label"), ("films/a.mp4", "P1", "happy"), ("films/b.mp4", "P2", "sad"))


def save(folder: Path, text: str, encoding: str = "utf-8", films: tuple[str, ...] = FILMS) -> None:
    for film in films:
        write_text(folder / "films" / film)
    (folder / "list.csv").write_bytes(text.encode(encoding))


def scan(folder: Path, path: str = "list.csv", kind: str = "table"):
    return scan_dataset({"name": "mine", "dataset": {"kind": kind, "path": path}}, folder)


def rows(separator: str = ",", end: str = "\n", head: str = "", cell: str = "", table=ROWS) -> str:
    """Return the list of two films; with a further column of that heading, and cell."""
    more = [(head, *[cell] * 2)] if head else []
    lines = zip(*zip(*table, strict=True), *more, strict=True)
    return "".join(separator.join(line) + end for line in lines)


@pytest.mark.parametrize(("text", "encoding"), [
    (rows("\t", "\r\n"), "utf-16"),
    (rows("\t"), "utf-16-le"),
    (rows(";"), "utf-16-be"),
    (rows(";", "\r\n"), "utf-8-sig"),
    ("sep=;\r\n" + rows(";", "\r\n"), "utf-8-sig"),
    ('"sep=|"\n' + rows("|"), "utf-8"),
    (rows(end="\r"), "utf-8"),
    (rows() + ",,\n\n" * 3, "utf-8"),
    (rows(";", ";\n"), "utf-8"),
    ("\n# my films; May, June\n# two\n" + rows(), "utf-8"),
    ("#" + rows(), "utf-8"),
    (rows(head="a note", cell='"two\nlines, and a ""quote"""'), "utf-8"),
    (rows(";", head='"note;\n1, 2, 3"'), "utf-8"),
    (rows().replace("path", "\ufeff\u200bPATH\u00a0").replace("happy", "\u00a0Happy\u200b"), "utf-8"),
    (rows().replace("films/", "films\\"), "utf-8"),
    (rows().replace("films/", "FILMS/"), "utf-8"),
    (rows().replace("films/a.mp4", "\u202afilms/a.mp4"), "utf-8"),
    (rows(";", head="start", cell="0,0"), "utf-8"),
    (rows(head="start", cell="0.0"), "utf-8"),
    *((rows(head="end", cell=cell), "utf-8") for cell in ("nan", "NA", "N/A", "null", "-", "#N/A", "None")),
])  # fmt: skip
def test_lists_are_read_as_programs_save_them(tmp_path, text, encoding):
    save(tmp_path, text, encoding)
    found = scan(tmp_path)
    assert found.rejected == []
    assert [(clip.subject, clip.label, clip.end) for clip in found.clips] == [
        ("P1", "happy", None), ("P2", "sad", None),
    ]  # fmt: skip
    assert [Path(clip.video).relative_to(tmp_path).as_posix() for clip in found.clips] == [
        f"films/{name}" for name in FILMS
    ]


def test_names_in_the_encoding_of_windows_and_addresses_of_files(tmp_path):
    save(tmp_path, rows().replace("P1", "Jürgen"), "cp1252")
    assert [clip.subject for clip in scan(tmp_path).clips] == ["Jürgen", "P2"]
    folder = tmp_path / "films of May"
    (tmp_path / "films").rename(folder)
    (tmp_path / "list.csv").write_text(rows().replace("films/", folder.as_uri() + "/"))
    assert [Path(clip.video).parent for clip in scan(tmp_path).clips] == [folder] * 2


@pytest.mark.parametrize(("head", "cell", "wanted"), [
    ("apex", "12.0", {"apex": 12}), ("apex", '"12,00"', {"apex": 12}), ("face_x", '"0,5"', {"face_x": 0.5}),
    ("face_x", '"1,0"', {"face_x": 1}), ("rate", '"29,97"', {"rate": 29.97}),
    ("rotation", "90.0", {"rotation": 90}),
])  # fmt: skip
def test_numbers_are_read_as_spreadsheets_write_them(tmp_path, head, cell, wanted):
    save(tmp_path, rows(head=head, cell=cell))
    clip = scan(tmp_path).clips[0]
    assert replace(clip, clip="a") == Clip("a", str(tmp_path / "films/a.mp4"), "P1", "happy", **wanted)


@pytest.mark.parametrize(("row", "words"), [
    ("films/a.mp4,P1,happy,1.050", "row 4: its end is '1.050': give a whole number"),
    ('films/a.mp4,P1,happy,"1,000"', "row 4: its end is '1,000': give a whole number"),
    ("films/a.mp4,P1,happy,12.5", "row 4: its end is '12.5'"),
    ("films/a.mp4,nan,happy,", "row 4: its subject is empty"),
    ("C:\\films\\a.mp4,P1,happy,", "row 4: its path C:/films/a.mp4 is one of Windows"),
    ("file:///D:/films/a.mp4,P1,happy,", "is one of Windows"),
    ("\\\\server\\films\\a.mp4,P1,happy,", "is one of Windows"),
    ("https://example.org/a.mp4,P1,happy,", "is an address: download the film"),
    ("films/a.mp4,P1,happy,,Anna,again", "row 4: it has more cells than the header, 'Anna again'"),
    ("films/a, b.mp4,P1,happy,", "films/a does not exist"),
])  # fmt: skip
def test_a_row_of_no_use_is_named_by_the_number_that_a_spreadsheet_shows(tmp_path, row, words):
    save(tmp_path, f"# a remark\npath,subject,label,end\nfilms/b.mp4,P2,sad\n{row}\n")
    found = scan(tmp_path)
    assert [clip.clip for clip in found.clips] == ["b"]
    assert words in found.rejected[0].reason


@pytest.mark.parametrize(("content", "words"), [
    (b"films/a.mp4,P1,happy\n", "has no header: write path, subject, label into a first row"),
    (b"path,subject,label,Label\nfilms/a.mp4,P1,happy,sad\n", "has the column label twice"),
    (b"film,subject,label\nfilms/a.mp4,P1,happy\n", "has no column path: it needs path, .* and has 'film'"),
    (b"PK\x03\x04" + b"\0" * 20, "is a spreadsheet, not text: save it as CSV"),
    (b"\xd0\xcf\x11\xe0" + b"\0" * 20, "is a spreadsheet, not text"),
    (b"\x1f\x8b\x08\0compressed\n", "is no text: save it as CSV"),
    (b'path,subject,label\n"films/a.mp4,P1,happy\nfilms/b.mp4,P2,sad\n', "a quotation mark is not closed"),
])  # fmt: skip
def test_a_file_that_is_no_list_is_refused_in_one_sentence(tmp_path, content, words):
    save(tmp_path, "")
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        scan(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("listed", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_path_opens_in_the_form_that_the_disk_has(tmp_path, listed, there):
    name = "Zoë été/José.mp4"
    write_text(tmp_path / unicodedata.normalize(there, name))
    save(tmp_path, f"path,subject,label\n{unicodedata.normalize(listed, name)},P1,happy\n", films=())
    (clip,) = scan(tmp_path).clips
    assert clip.video == str(tmp_path / unicodedata.normalize(there, name))


@pytest.mark.parametrize("name", ["film .mp4 ", "two  blanks.mp4", "3.00\u202fPM.mov", "dots.mp4."])
def test_names_with_odd_blanks_and_dots_are_found(tmp_path, name):
    save(tmp_path, f"path,subject,label\nfilms/{' '.join(name.split())},P1,happy\n", films=(name,))
    assert [Path(clip.video).name for clip in scan(tmp_path).clips] == [name]
    (tmp_path / "tree/P1").mkdir(parents=True)
    (tmp_path / "films").rename(tmp_path / "tree/P1/happy")
    assert [Path(clip.video).name for clip in scan(tmp_path, "tree", "folder").clips] == [name]


def test_one_person_in_two_unicode_forms_or_with_other_blanks_is_one(tmp_path):
    names = [unicodedata.normalize(form, "Zoë  José") for form in ("NFC", "NFD")]
    save(tmp_path, f"path,subject,label\nfilms/a.mp4,{names[0]},happy\nfilms/b.mp4,{names[1]},sad\n")
    assert {clip.subject for clip in scan(tmp_path).clips} == {"Zoë José"}
    for number, name in enumerate(names):
        write_text(tmp_path / "tree" / name / "happy" / f"{number}.mp4")
    assert {clip.subject for clip in scan(tmp_path, "tree", "folder").clips} == {"Zoë José"}


@pytest.mark.parametrize(("first", "second"), [("Anna", "anna"), ("1", "01"), ("1", "1.0"), ("P007", "P7")])
def test_spellings_of_most_likely_one_person_are_refused_with_both(tmp_path, first, second):
    save(tmp_path, rows().replace("P1", first).replace("P2", second))
    for name in (first, second):
        write_text(tmp_path / "tree" / name / "happy" / f"{name}.mp4")
    for path, kind in (("list.csv", "table"), ("tree", "folder")):
        with pytest.raises(UserError, match="most likely one person, who would be trained and tested on") as caught:
            scan(tmp_path, path, kind)
        assert repr(first) in str(caught.value) and repr(second) in str(caught.value)


def test_what_is_not_whole_is_named_in_folders_and_lists(tmp_path):
    save(tmp_path, rows(), films=("a.mp4",))
    os.symlink("../.git/annex/objects/x/b.mp4", tmp_path / "films/b.mp4")  # noqa: PTH211
    (fault,) = scan(tmp_path).rejected
    assert "b.mp4 is a link to ../.git/annex/objects/x/b.mp4, which is not there: fetch it" in fault.reason
    (tmp_path / "films/b.mp4").rename(tmp_path / "films/.b.mp4.icloud")
    assert "b.mp4 is not whole yet, .b.mp4.icloud lies there" in scan(tmp_path).rejected[0].reason
    for name in ("c.mp4.part", ".d.mp4.icloud", "e.mkv.crdownload"):
        write_text(tmp_path / "tree/P1/happy" / name)
    write_text(tmp_path / "tree/P1/happy/f.mp4")
    found = scan(tmp_path, "tree", "folder")
    assert [clip.clip for clip in found.clips] == ["f"]
    assert len(found.rejected) == 3 and all("unfinished download" in fault.reason for fault in found.rejected)
