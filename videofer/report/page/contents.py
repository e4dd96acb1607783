"""Tables and figures as the page's template wants them, read from the files that other rules made."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from docutils.core import publish_doctree, publish_parts
from docutils.utils import SystemMessage
from jinja2 import Environment, StrictUndefined, TemplateError
from markupsafe import Markup

from videofer.core.errors import UserError
from videofer.report.page.cells import column_values
from videofer.report.page.embed import encode_uri
from videofer.report.page.sections import Section

MOST_ROWS = 200  # of a table on the page; its files hold them all
# A caption is text: it may neither read files nor bring its own HTML.
DOCUTILS = {"file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 2}
DOCUTILS |= {"smart_quotes": False, "initial_header_level": 4}


def describe_section(section: Section, paths: Sequence[str], texts: Path, context: dict, folder: Path) -> dict:
    """Return what the template needs of a section; `absent` where nothing of an optional one was made.

    paths: all files of tables and figures, linked to relative to `folder`; texts: folder of the captions; context:
    what a caption may refer to as `snakemake`, such as {"params": {"variant": ...}}. Raises UserError where a file
    or a caption is missing.
    """
    files: dict[str, dict[str, Path]] = {}
    for path in map(Path, paths):
        files.setdefault(path.stem, {})[path.suffix] = path
    for name in (*section.tables, *section.figures):
        if name not in files and not section.optional:
            raise UserError(
                f"The section '{section.id}' of the report names '{name}', which was not given to the rule "
                "build_report: make it, or take it out of workflow/report/sections.yaml."
            )
    tables = [name for name in section.tables if name in files]
    figures = [name for name in section.figures if name in files]
    links = {
        name: [(suffix[1:].upper(), os.path.relpath(path, folder)) for suffix, path in made.items()]
        for name, made in files.items()
    }
    return {
        "id": section.id,
        "title": section.title,
        "intro": render_text(section.intro)[0],
        "parts": section.parts,
        "command": section.command,
        "tables": [
            describe_table(json.loads(files[name][".json"].read_text(encoding="utf-8")), links[name])
            for name in tables
        ],
        "figures": [
            describe_figure(name, files[name][".svg"], texts / f"{section.figures[name]}.rst", context, links[name])
            for name in figures
        ],
        "absent": section.optional and not tables and not figures,
    }


def make_table(
    name: str, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> dict:
    """Return a table with the keys of a table's JSON file (see `table_formats.to_json`)."""
    return {"name": name, "title": title, "headings": [*headings], "rows": [*rows], "notes": [*notes]}


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
    }


def describe_figure(name: str, picture: Path, caption: Path, context: dict, links: list) -> dict:
    """Return what the template needs of a figure; arguments as in `describe_section` and `describe_table`."""
    if not caption.is_file():
        raise UserError(f"The figure '{name}' has no caption: write {caption}.")
    html, words = render_caption(caption, context)
    return {
        "id": name.replace(".", "-"),
        "title": name.replace("-", " ").capitalize() if name[-1].isdigit() else "",
        "caption": html,
        "words": words,
        "source": encode_uri("image/svg+xml", picture.read_bytes()),
        "files": links,
    }


def render_caption(path: Path, context: dict) -> tuple[Markup, str]:
    """Return a rule's caption as HTML and as plain text; raises UserError if it cannot be rendered.

    Snakemake's own report fills in the rule's parameters in the same way.
    """
    try:
        template = Environment(undefined=StrictUndefined).from_string(path.read_text(encoding="utf-8"))
        return render_text(template.render(snakemake=context))
    except (TemplateError, SystemMessage) as error:
        raise UserError(f"The caption {path} cannot be rendered ({error}): mend it.") from None


def render_text(text: str) -> tuple[Markup, str]:
    """Return reStructuredText as HTML without its outer document, and as plain text on one line."""
    html = publish_parts(text, writer="html5", settings_overrides=DOCUTILS)["body"]
    words = publish_doctree(text, settings_overrides=DOCUTILS).astext()
    return Markup(html), " ".join(words.split())
