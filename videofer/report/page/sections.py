"""How the report page is arranged: workflow/report/sections.yaml, one entry a section."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from videofer.core.errors import UserError

TABLE_FORMATS = ("csv", "md", "tex", "json")
FIGURE_FORMATS = ("svg", "pdf", "png")
# Parts that the page computes itself: each has a template of this name in workflow/report/parts/.
PARTS = ("ranking", "honesty", "models", "dataset", "rejected", "readings", "settings", "provenance")


@dataclass(frozen=True)
class Section:
    """One section of the page; `command` is how a reader gets an optional section that was not run."""

    id: str
    title: str
    intro: str = ""
    parts: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    appendix: bool = False
    paper: bool = False  # of the paper's data alone
    optional: bool = False
    command: str = ""


def read_sections(path: str | Path) -> list[Section]:
    """Read the arrangement of the page; raises UserError for an unknown key, an unknown part or a repeated id."""
    sections: dict[str, Section] = {}
    for entry in yaml.safe_load(Path(path).read_text(encoding="utf-8")):
        where = f"{path}, section '{entry.get('id', entry)}',"
        try:
            section = Section(**entry)
        except TypeError as error:
            keys = ", ".join(Section.__dataclass_fields__)
            raise UserError(f"{where} has a key too many or too few ({error}): the keys are {keys}.") from None
        if section.optional and not section.command:
            raise UserError(f"{where} is optional but has no command to run it: add one.")
        for part in section.parts:
            if part not in PARTS:
                raise UserError(f"{where} names the unknown part '{part}': use {', '.join(PARTS)}.")
        if section.id in sections:
            raise UserError(f"{path} has two sections with the id '{section.id}': rename one.")
        sections[section.id] = section
    return [*sections.values()]


def list_inputs(sections: Sequence[Section], results: str | Path, extras: Sequence[str]) -> dict[str, list[str]]:
    """Return the files of tables and figures that the page shows, under `results` (such as results/rendered).

    extras: names of those that this run makes for optional sections.
    """

    def list_files(kind: str, formats: Sequence[str]) -> list[str]:
        shown = [n for section in sections for n in getattr(section, kind) if n in extras or not section.optional]
        return [f"{results}/{kind}/{name}.{suffix}" for name in shown for suffix in formats]

    rejected = [f"{results}/tables/rejected.{suffix}" for suffix in TABLE_FORMATS]  # of the part of that name
    tables = [*list_files("tables", TABLE_FORMATS), *rejected]
    return {"tables": tables, "figures": list_files("figures", FIGURE_FORMATS)}
