"""How the report page is arranged: workflow/report/sections.yaml, one entry a section."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import yaml

from videofer.core.errors import UserError

TABLE_FORMATS = ("csv", "md", "tex", "json")
FIGURE_FORMATS = ("svg", "pdf", "png")
# Parts that the page computes itself: each has a template of this name in workflow/report/parts/.
PARTS = ("honesty", "confusion", "dataset", "readings", "settings", "provenance")


@dataclass(frozen=True)
class Figure:
    """A figure of a section: the stem of its files, and the rule that draws it and names its caption."""

    name: str
    rule: str


@dataclass(frozen=True)
class Section:
    """One section of the page; `command` is how a reader gets an optional section that was not run."""

    id: str
    title: str
    intro: str = ""
    parts: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    optional: bool = False
    command: str = ""


def read_sections(path: str | Path) -> list[Section]:
    """Read the arrangement of the page; raises UserError for an unknown key, an unknown part or a repeated id."""
    entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    sections = [_read_section(path, entry) for entry in entries]
    ids = [section.id for section in sections]
    for name in ids:
        if ids.count(name) > 1:
            raise UserError(f"{path} has two sections with the id '{name}': rename one.")
    return sections


def _read_section(path: str | Path, entry: dict) -> Section:
    where = f"{path}, section '{entry.get('id', entry)}'"
    known = [key.name for key in fields(Section)]
    for key in entry:
        if key not in known:
            raise UserError(f"{where}, has the unknown key '{key}': use {', '.join(known)}.")
    for key in ("id", "title"):
        if key not in entry:
            raise UserError(f"{where}, has no {key}: add one.")
    if entry.get("optional") and not entry.get("command"):
        raise UserError(f"{where}, is optional but has no command to run it: add one.")
    for part in entry.get("parts", []):
        if part not in PARTS:
            raise UserError(f"{where}, names the unknown part '{part}': use {', '.join(PARTS)}.")
    try:
        figures = [Figure(**figure) for figure in entry.get("figures", [])]
    except TypeError:
        raise UserError(f"{where}, has a figure that is not {{name: ..., rule: ...}}: write it so.") from None
    return Section(**entry | {"figures": figures})


def list_inputs(sections: Sequence[Section], results: str | Path, extras: Sequence[str]) -> dict[str, list[str]]:
    """Return the files of tables and figures that the page shows, under `results` (such as results/rendered).

    extras: names of those that this run makes for optional sections.
    """
    files: dict[str, list[str]] = {"tables": [], "figures": []}
    for section in sections:
        for kind, names, formats in (
            ("tables", section.tables, TABLE_FORMATS),
            ("figures", [figure.name for figure in section.figures], FIGURE_FORMATS),
        ):
            shown = [name for name in names if name in extras or not section.optional]
            files[kind] += [f"{results}/{kind}/{name}.{suffix}" for name in shown for suffix in formats]
    return files


def list_rules(sections: Sequence[Section]) -> list[str]:
    """Return the rules whose captions the page shows, each once."""
    return list(dict.fromkeys(figure.rule for section in sections for figure in section.figures))
