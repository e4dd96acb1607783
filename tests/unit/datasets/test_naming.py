"""Names that could break a table, a path or a page are refused by name, or go through as they are."""

import os
from pathlib import Path

import pandas as pd
import pytest

from videofer.core.artifacts import read_table, write_table
from videofer.core.clip import Clip, Rejection, Scan, is_plain
from videofer.core.errors import UserError
from videofer.datasets.adapter import name_clips, reject_unfit
from videofer.datasets.scan import scan_dataset

FINE = (
    *("a b.mp4", "$(touch pwned).mp4", "`id`; rm -rf ~ &.mp4"),
    *("<B>&amp;.mp4", "\N{GRINNING FACE}.mp4", "=1+1.mp4"),
)
BROKEN = (
    *("<b>.mp4", "{b}.mp4", "line\nend.mp4", "tab\there.mp4", "bell\a.mp4"),
    *("next\u0085line.mp4", "para\u2029graph.mp4", "cr\r.mp4"),
)


def quote(*cells: str) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def scan_list(tmp_path, rows) -> Scan:
    text = quote("path", "subject", "label") + "".join(quote(*row) for row in rows)
    (tmp_path / "list.csv").write_text(text, encoding="utf-8", newline="")
    return scan_dataset({"name": "mine", "dataset": {"kind": "table", "path": "list.csv"}}, tmp_path)


def test_names_of_files_go_through_or_are_refused_on_one_line(tmp_path):
    for name in (*FINE, *BROKEN):
        (tmp_path / name).touch()
    found = scan_list(tmp_path, [(name, "P1", "happy") for name in (*FINE, *BROKEN)])
    assert [Path(clip.video).name for clip in found.clips] == list(FINE)
    assert len(found.rejected) == len(BROKEN)
    for rejection in found.rejected:
        assert is_plain(rejection.clip + rejection.video + rejection.reason)
        # A list knows "\r" as the end of a line.
        assert "rename it" in rejection.reason or "does not exist" in rejection.reason
    table = pd.DataFrame([vars(rejection) for rejection in found.rejected])
    write_table(tmp_path / "rejected.tsv", "rejected", table, {})
    pd.testing.assert_frame_equal(read_table(tmp_path / "rejected.tsv", "rejected"), table)


def test_names_of_people_are_one_line(tmp_path):
    for name in ("v.mp4", "w.mp4"):
        (tmp_path / name).touch()
    found = scan_list(tmp_path, [("v.mp4", "../../etc $x$ <i>", "happy"), ("w.mp4", "two\nlines", "sad")])
    assert [clip.subject for clip in found.clips] == ["../../etc $x$ <i>"]
    assert r"'two\nlines' is more than one line" in found.rejected[0].reason


def test_bytes_that_are_no_text_are_shown_as_escapes(tmp_path):
    folder = os.fsencode(tmp_path) + b"/root/P1/happy"
    os.makedirs(folder)  # noqa: PTH103, a path of bytes
    for name in (b"caf\xe9.mp4", b"good.mp4"):
        with open(folder + b"/" + name, "wb"):  # noqa: PTH123
            pass
    found = scan_dataset({"name": "mine", "dataset": {"kind": "folder", "path": "root"}}, tmp_path)
    assert [clip.clip for clip in found.clips] == ["good"]
    assert r"caf\udce9.mp4" in found.rejected[0].reason
    found.rejected[0].reason.encode("utf-8")


def test_a_name_as_long_as_the_disk_allows_leaves_room_for_endings(tmp_path):
    long = "x" * 251 + ".mp4"
    (tmp_path / long).touch()
    (clip,) = scan_list(tmp_path, [(long, "P1", "happy")]).clips
    assert len(f".{clip.clip}-12345678.benchmark.safetensors") < 255


@pytest.mark.parametrize(("path", "words"), [
    ("x" * 300 + ".mp4", r"cannot be read \(File name too long\)"),
    ("a\0b.mp4", "does not exist"),
    ("../" * 200 + "dev/zero", "does not exist"),
])  # fmt: skip
def test_paths_that_no_disk_has(tmp_path, path, words):
    with pytest.raises(UserError, match=words):
        scan_list(tmp_path, [(path, "P1", "happy")])


def test_two_clips_never_share_a_name():
    (digest,) = name_clips([("a b", "a b.mp4", "")])
    assert name_clips([("a b", "a b.mp4", ""), (digest, "crafted.mp4", "")]) == [digest, digest]
    both = [Clip(digest, "a b.mp4", "P1", "happy"), Clip(digest, "crafted.mp4", "P2", "sad")]
    found = reject_unfit(Scan(both, []))
    assert found.clips == both[:1]
    reason = f"crafted.mp4 and a b.mp4 would both be called {digest}: rename one of them."
    assert found.rejected == [Rejection(digest, "crafted.mp4", "index", reason)]
