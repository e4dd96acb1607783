"""BAUM-1: Turkish speakers, spontaneous (1s) and acted (1a), in tables that number the emotions differently."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from videofer.core.errors import UserError
from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.lists import read_text_rows
from videofer.datasets.sources import VIDEOS, list_files, list_folders, locate

# Words of the codes 1, 2, ... of the column beside them.
CODES = {
    "s": ("Anger", "Boredom", "Bothered", "Concentrating", "Contempt", "Disgust", "Fear", "Happiness", "Neutral",
          "Sadness", "Surprise", "Thinking", "Unsure"),
    "a": ("Anger", "Boredom", "Disgust", "Fear", "Happiness", "Interest", "Sadness", "Surprise", "Unsure"),
}  # fmt: skip
FOLDERS = {"s": ("BAUM1s_MP4 - All", "BAUM1s_MP4_all"), "a": ("BAUM1a_MP4_all", "BAUM1a_MP4 - All")}
LARGEST = 100_000_000  # bytes of an unpacked spreadsheet; those of BAUM-1 have less than a million
NAME = re.compile(r"(S\d{3})_\d{3}", re.IGNORECASE)


def read(root: Path, subset: str, found: Found) -> None:
    """Read the table of one part and the videos that it names, wherever in the part's folder they lie."""
    part = subset[0]
    folder = locate(root, *FOLDERS[part])
    wanted = f"Annotations_BAUM1{part}"
    nearby = (root, folder, folder.parent) if folder else (root,)
    tables = [p for f in nearby for p in list_files(f, {".xlsx", ".csv", ".tsv"})]
    table = next((path for path in tables if path.stem.casefold() == wanted.casefold()), None)
    if not found.has_parts(root, {FOLDERS[part][0]: folder, f"{wanted}.xlsx": table}):
        return
    videos = {p.stem.upper(): p for f in (folder, *list_folders(folder)) for p in list_files(f, VIDEOS)}
    for _, row in _read_xlsx(table) if table.suffix.lower() == ".xlsx" else read_text_rows(table, ",;\t"):
        # In each row the cell like S001_002 and the two after it: clip, emotion and its number.
        at = next((n for n, cell in enumerate(row) if NAME.fullmatch(cell)), None)
        if at is None or len(row) <= at + 2 or not re.fullmatch(r"\d{1,9}(\.0)?", row[at + 2]):
            continue
        name, word, code = row[at].upper(), row[at + 1], int(float(row[at + 2]))
        video = videos.pop(name, None)
        numbered = CODES[part][code - 1] if 0 < code <= len(CODES[part]) else ""
        if video is None:
            found.reject(name, folder / f"{name}.mp4", f"is missing, but labelled in {table.name}: copy it again.")
        # The tables spell some words in more than one way, such as Happy and Happiness.
        elif not numbered or word[:3].casefold() != numbered[:3].casefold():
            found.reject(name, video, f"is {word!r} in {table.name}, but numbered {code} there: correct it.")
        else:
            found.add(f"{name}-{part}", video, name[:4], numbered)
    if videos:
        found.left_out[f"no row in {table.name}"] += len(videos)


def _read_xlsx(table: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (row, cells as text) of each row of the first sheet; raises UserError."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(table) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST:
            raise UserError(f"{table} unpacks to {unpacked} bytes, more than any table of BAUM-1: copy it again.")
        book = load_workbook(table, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError, EOFError, zlib.error) as error:
        raise UserError(f"{table} is not a spreadsheet that can be read ({error}): copy it again.") from None
    for number, row in enumerate(rows, start=1):
        yield number, ["" if cell is None else str(cell).strip() for cell in row]


DATASET = DataSet(
    title="BAUM-1 audio-visual affective face database",
    reference="Zhalehpour, Onder, Akhtar, Erdem 2017",
    licence="free for research, by a signed agreement",
    source="http://baum1.bahcesehir.edu.tr (agreement by e-mail)",
    layout="BAUM1s_MP4 - All/s001/S001_001.mp4 and Annotations_BAUM1s.xlsx",
    labels=map_words((*CODES["s"], "Interest")),
    subsets={
        "spontaneous": Subset("BAUM-1s, spontaneous reactions", 1184, 31),
        "acted": Subset("BAUM-1a, acted", 273, 31),
    },
    read=read,
)
