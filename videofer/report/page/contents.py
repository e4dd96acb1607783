"""Tables and figures as the page's template wants them, read from the files that other rules made."""

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from docutils.core import publish_doctree, publish_parts
from docutils.utils import SystemMessage
from markupsafe import Markup

from videofer.core.errors import UserError
from videofer.core.table_formats import DASH, MINUS, NONE
from videofer.report.page.embed import encode_uri
from videofer.report.page.sections import Section

MOST_ROWS = 200  # of a table on the page; its files hold them all
# A caption is text: it may neither read files nor bring its own HTML.
DOCUTILS = {"file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 2}
DOCUTILS |= {"smart_quotes": False, "initial_header_level": 4}
# A number as the tables print it: 0.44, −9.21, +3.1, < 0.001, 12,345, 56.25 (54/96), 46.3–65.7, 54 of 96, 5 %.
NUMBER = re.compile(
    rf"(?P<bound>[<>≤≥]?)\s*(?P<number>[+\-{MINUS}]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
    rf"\s*%?(?:\s*[(\[/±{DASH}].*|\s+(?:of|to)\s.*)?"
)
EMPTY = {"", NONE, "-", "n/a"}


def describe_section(section: Section, files: Mapping[str, Mapping[str, Path]], texts: Path, folder: Path) -> dict:
    """Return what the template needs of a section; `absent` where nothing of an optional one was made.

    files: of `group_files`, linked to relative to `folder`; texts: folder of the captions. Raises UserError where a
    file or a caption is missing.
    """
    names = [*section.tables, *section.figures]
    for name in names:
        if name not in files and not section.optional:
            raise UserError(
                f"The section '{section.id}' of the report names '{name}', which was not given to the rule "
                "build_report: make it, or take it out of workflow/report/sections.yaml."
            )
    tables, figures = [], []
    for name, made in ((name, files[name]) for name in names if name in files):
        if name in section.tables:
            tables.append(read_described(made, folder))
        else:
            figures.append(describe_figure(name, made, texts, folder))
    absent = section.optional and not tables and not figures
    shown = {"intro": render_text(section.intro)[0], "tables": tables, "figures": figures, "absent": absent}
    return vars(section) | shown


def group_files(paths: Sequence[str | Path]) -> dict[str, dict[str, Path]]:
    """Return the files of each table or figure by the stem of their names: suffix -> path."""
    files: dict[str, dict[str, Path]] = {}
    for path in map(Path, paths):
        files.setdefault(path.stem, {})[path.suffix] = path
    return files


def list_links(made: Mapping[str, Path], folder: Path) -> list[tuple[str, str]]:
    """Return format and link, relative to `folder`, of each file of a table or figure."""
    return [(suffix[1:].upper(), os.path.relpath(path, folder)) for suffix, path in made.items()]


def read_described(made: Mapping[str, Path], folder: Path) -> dict:
    """Return what the template needs of a table, from its JSON file among `made`."""
    return describe_table(json.loads(made[".json"].read_text(encoding="utf-8")), list_links(made, folder))


def describe_table(table: dict, links: Sequence[tuple[str, str]] = (), most: int = MOST_ROWS) -> dict:
    """Return what the template needs of a table; links: (format, link) of each of its files."""
    rows, notes = [*map(list, table["rows"])], [*table["notes"]]
    if len(rows) > most:
        notes.append(f"The first {most} of {len(rows)} rows; all of them are in the files.")
        rows = rows[:most]
    columns = [column_values(cells) for cells in zip(*rows, strict=True)] or [None] * len(table["headings"])
    return {
        "id": table["name"].replace(".", "-"),
        "title": table["title"],
        "columns": [(text, values is not None) for text, values in zip(table["headings"], columns, strict=True)],
        "rows": [
            [(cell, values is not None, values and values[line]) for cell, values in zip(row, columns, strict=True)]
            for line, row in enumerate(rows)
        ],
        "notes": notes,
        "files": links,
        "leads": {},
    }


def column_values(cells: Sequence[str]) -> list[float | None] | None:
    """Return the sort values of a column of numbers (None for an empty cell); None for a column of words."""
    values = [sort_value(cell) for cell in cells]
    words = any(value is None and cell.strip() not in EMPTY for value, cell in zip(values, cells, strict=True))
    return None if words or all(value is None for value in values) else values


def sort_value(text: str) -> float | None:
    """Return the number that a cell starts with (just below or above it after < or >), or None."""
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    value = float(match["number"].replace(MINUS, "-").replace(",", ""))
    towards = {"<": -math.inf, "≤": value, ">": math.inf, "≥": value}
    return math.nextafter(value, towards.get(match["bound"], value))


def describe_figure(name: str, made: Mapping[str, Path], texts: Path, folder: Path, where: str = "") -> dict:
    """Return what the template needs of a figure; its caption is {name}.rst of `texts`, its id starts with `where`.

    Raises UserError if the caption is missing or no reStructuredText.
    """
    caption = texts / f"{name}.rst"
    if not caption.is_file():
        raise UserError(f"The figure '{name}' has no caption: write {caption}.")
    try:
        html, words = render_text(caption.read_text(encoding="utf-8"))
    except SystemMessage as error:
        raise UserError(f"The caption {caption} cannot be rendered ({error}): mend it.") from None
    picture = made[".svg"].read_bytes()
    return {
        "id": where + name.replace(".", "-"),
        "title": name.replace("-", " ").capitalize() if name[-1].isdigit() else "",
        "caption": html,
        "words": words,
        "source": encode_uri("image/svg+xml", picture),
        "photos": b"<image" in picture,  # pictures of faces, whose colours stay on a dark page
        "files": list_links(made, folder),
    }


def render_text(text: str) -> tuple[Markup, str]:
    """Return reStructuredText as HTML without its outer document, and as plain text on one line."""
    html = publish_parts(text, writer="html5", settings_overrides=DOCUTILS)["body"]
    words = publish_doctree(text, settings_overrides=DOCUTILS).astext()
    return Markup(html), " ".join(words.split())
