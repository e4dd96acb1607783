"""Read small tables as programs save them: text of several encodings, with several separators of cells."""

import codecs
import csv
import io
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from videofer.core.clip import is_plain
from videofer.core.errors import UserError

log = logging.getLogger(__name__)

# Blanks, and characters without width that get into a cell or a path by copying it: soft hyphen, byte order mark,
# joiners, marks of the direction of writing.
BLANK = "\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
WINDOWS = "cp1252"  # what spreadsheets in the West save where they do not save Unicode


def strip_blanks(cell: str) -> str:
    """Return a cell without the blanks, and characters without width, around it."""
    return re.sub(f"^[{BLANK}]+|[{BLANK}]+$", "", cell)


def find_encoding(content: bytes) -> str:
    """Return the encoding of a text: by its mark, the zero bytes of UTF-16, else UTF-8 or what Windows writes."""
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return encoding
    if b"\0" in content[:2]:
        return "utf-16-be" if content[0] == 0 else "utf-16-le"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return WINDOWS
    return "utf-8"


def read_text_rows(path: Path, separators: str, header: Sequence[str] = ()) -> Iterator[tuple[int, list[str]]]:
    """Yield (row, cells) of each filled row of a small text table; rows count from 1, as a spreadsheet shows them.

    The separator is the one that gives the first row most cells, or that of a line "sep=;" before it. Lines before
    the `header` that begin with "#" and lack one of its words are passed over. Raises UserError for a spreadsheet
    or other file that is no text, and where the table breaks off within a cell.
    """
    content = path.read_bytes()
    if content.startswith(BOOKS):
        raise UserError(f"The list {path} is a spreadsheet, not text: save it as CSV (UTF-8) and name that file.")
    encoding = find_encoding(content)
    text = content.decode(encoding, errors="replace")
    if encoding == WINDOWS:
        log.info("%s is not UTF-8 and was read as Windows text (%s)", path, encoding)
    if given := re.match(r'"?sep=(.)"?[;,]*(\r\n|\r|\n)', text, re.IGNORECASE):  # a spreadsheet does not show it
        text, separators = text[given.end() :], given[1]
    lines, skipped = text.splitlines(keepends=True), 0
    while skipped < len(lines) and _is_remark(lines[skipped], header):
        skipped += 1
    if not is_plain("".join(lines[skipped : skipped + 1]).replace("\t", "").rstrip()):
        raise UserError(f"The list {path} is no text: save it as CSV (UTF-8) and name that file.")
    text = "".join(lines[skipped:])

    def split(separator: str) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)

    rows, row = split(separators[0]), [""]
    try:
        rows = split(max(separators, key=lambda separator: len(next(split(separator), []))))
        for number, row in enumerate(rows, start=1 + skipped):
            cells = [strip_blanks(cell) for cell in row]
            if any(cells):
                yield number, cells
        if re.search("[\r\n]", "".join(row[-1:])) and not text.rstrip(" \t\r\n,;").endswith('"'):
            raise csv.Error("a quotation mark is not closed")
    except csv.Error as error:
        raise UserError(
            f"{path} is damaged in line {rows.line_num + skipped} ({error}): copy or save it again."
        ) from None


def _is_remark(line: str, header: Sequence[str]) -> bool:
    """Return whether a line before the header is blank, or a remark rather than the header itself."""
    start = line.strip(' \t\r\n"\ufeff')
    return not start or (start[0] == "#" and any(word not in line.casefold() for word in header))
