"""Tables and figures as the page's template wants them, read from the files that other rules made."""

import base64
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
from videofer.report.page.sections import Figure, Section

MOST_ROWS = 200  # of a table on the page; its files hold them all
# A caption is text: it may neither read files nor bring its own HTML.
DOCUTILS = {"file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 2}
DOCUTILS |= {"smart_quotes": False, "initial_header_level": 4}


def make_table(
    name: str, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> dict:
    """Return a table with the keys of a table's JSON file (see `table_formats.to_json`)."""
    return {"name": name, "title": title, "headings": [*headings], "rows": [*rows], "notes": [*notes]}


def describe_table(table: dict, files: Sequence[str] = (), folder: Path = Path(), most: int = MOST_ROWS) -> dict:
    """Return what the template needs of a table; links to the files of its name are relative to `folder`."""
    rows, notes = [*map(list, table["rows"])], [*table["notes"]]
    if len(rows) > most:
        notes.append(f"The first {most} of {len(rows)} rows; all of them are in the files.")
        rows = rows[:most]
    columns = [column_values(cells) for cells in zip(*rows, strict=True)] or [None] * len(table["headings"])
    return {
        "id": make_id(table["name"]),
        "title": table["title"],
        "columns": [(text, values is not None) for text, values in zip(table["headings"], columns, strict=True)],
        "rows": [
            [(cell, values is not None, values and values[line]) for cell, values in zip(row, columns, strict=True)]
            for line, row in enumerate(rows)
        ],
        "notes": notes,
        "files": link_files(files, table["name"], folder),
    }


def gather_tables(section: Section, files: Sequence[str], folder: Path) -> list[dict]:
    """Return the section's tables from their JSON files; raises UserError where a required one is missing."""
    found = {Path(path).stem: path for path in files if Path(path).suffix == ".json"}
    wanted = [name for name in section.tables if _is_given(name, found, section, "table")]
    return [
        describe_table(json.loads(Path(found[name]).read_text(encoding="utf-8")), files, folder) for name in wanted
    ]


def gather_figures(
    section: Section, files: Sequence[str], captions: Sequence[str], context: dict, folder: Path
) -> list[dict]:
    """Return the section's figures with their captions; raises UserError where a required one is missing.

    context: what a caption may refer to as `snakemake`, such as {"params": {"variant": ...}}.
    """
    pictures = {Path(path).stem: path for path in files if Path(path).suffix == ".svg"}
    texts = {Path(path).stem: path for path in captions}
    wanted = [figure for figure in section.figures if _is_given(figure.name, pictures, section, "figure")]
    return [_describe_figure(figure, pictures, texts, files, context, folder) for figure in wanted]


def _is_given(name: str, found: dict, section: Section, kind: str) -> bool:
    if name in found:
        return True
    if section.optional:
        return False
    raise UserError(
        f"The section '{section.id}' of the report names the {kind} '{name}', which was not given to the rule "
        "build_report: make it, or take it out of workflow/report/sections.yaml."
    )


def _describe_figure(
    figure: Figure, pictures: dict, texts: dict, files: Sequence[str], context: dict, folder: Path
) -> dict:
    if figure.rule not in texts:
        raise UserError(f"The figure '{figure.name}' has no caption: write workflow/report/{figure.rule}.rst.")
    html, words = render_caption(texts[figure.rule], context)
    encoded = base64.b64encode(Path(pictures[figure.name]).read_bytes()).decode("ascii")
    return {
        "id": make_id(figure.name),
        "title": figure.name.replace("-", " ").capitalize() if figure.name[-1].isdigit() else "",
        "caption": html,
        "words": words,
        "source": f"data:image/svg+xml;base64,{encoded}",
        "files": link_files(files, figure.name, folder),
    }


def render_caption(path: str | Path, context: dict) -> tuple[Markup, str]:
    """Return a rule's caption as HTML and as plain text; raises UserError if it cannot be rendered.

    Snakemake's own report fills in the rule's parameters in the same way.
    """
    try:
        template = Environment(undefined=StrictUndefined).from_string(Path(path).read_text(encoding="utf-8"))
        return render_text(template.render(snakemake=context))
    except (TemplateError, SystemMessage) as error:
        raise UserError(f"The caption {path} cannot be rendered ({error}): mend it.") from None


def render_text(text: str) -> tuple[Markup, str]:
    """Return reStructuredText as HTML without its outer document, and as plain text on one line."""
    html = publish_parts(text, writer="html5", settings_overrides=DOCUTILS)["body"]
    words = publish_doctree(text, settings_overrides=DOCUTILS).astext()
    return Markup(html), " ".join(words.split())


def make_id(name: str) -> str:
    """Return a name as an id to link to."""
    return name.replace(".", "-")


def link_files(files: Sequence[str], name: str, folder: Path) -> list[tuple[str, str]]:
    """Return (format, link from `folder`) of each file of this name."""
    links = [(Path(path), Path(os.path.relpath(path, folder)).as_posix()) for path in files]
    return [(path.suffix[1:].upper(), link) for path, link in links if path.stem == name]
