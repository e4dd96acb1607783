"""The arrangement of the page: what it names, what it needs, and what it refuses."""

import pytest
import yaml
from fake_page import TEXTS

from videofer.core.errors import UserError
from videofer.report.figures.study import EXPLAINED, VARIANT
from videofer.report.page.sections import PARTS, list_inputs, read_sections


def write(path, *entries):
    path.write_text(yaml.safe_dump(list(entries)))
    return path


def test_the_page_s_own_arrangement_is_complete():
    sections = read_sections(TEXTS / "sections.yaml")
    assert sections[0].parts == ["ranking"] and sections[0].figures == ["figure-models"]
    below = [section.appendix for section in sections]
    assert below == sorted(below) and not all(below)
    assert sorted(part for section in sections for part in section.parts) == sorted(PARTS)
    assert all((TEXTS / f"parts/{part}.html.j2").is_file() for part in PARTS)
    figures = [name for section in sections for name in section.figures]
    assert all((TEXTS / f"{name}.rst").is_file() for name in (*figures, *VARIANT, *EXPLAINED))
    assert all(section.command for section in sections if section.optional)


def test_inputs_are_the_files_of_what_is_named(tmp_path):
    plain = {"id": "a", "title": "A", "tables": ["t"], "figures": ["figure-a"]}
    optional = {"id": "b", "title": "B", "tables": ["u", "v"], "optional": True, "command": "c"}
    sections = read_sections(write(tmp_path / "s.yaml", plain, optional))
    files = list_inputs(sections, "r", [])
    formats = ("csv", "md", "tex", "json")
    always = [f"r/tables/rejected.{suffix}" for suffix in formats]
    assert files["tables"] == [f"r/tables/t.{suffix}" for suffix in formats] + always
    assert files["figures"] == [f"r/figures/figure-a.{suffix}" for suffix in ("svg", "pdf", "png")]
    made = list_inputs(sections, "r", ["v"])["tables"]
    assert made == [f"r/tables/{name}.{suffix}" for name in "tv" for suffix in formats] + always


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"id": "a", "title": "A", "tabels": []}], "'a', has a key too many.*tabels"),
        ([{"id": "a"}], "'a', has a key too many or too few.*title"),
        ([{"id": "a", "title": "A", "parts": ["confusing"]}], "unknown part 'confusing'"),
        ([{"id": "a", "title": "A", "optional": True}], "'a', is optional but has no command"),
        ([{"id": "a", "title": "A"}, {"id": "a", "title": "B"}], "two sections with the id 'a'"),
    ],
)
def test_faults_are_named_in_one_sentence(tmp_path, entries, words):
    with pytest.raises(UserError, match=words):
        read_sections(write(tmp_path / "s.yaml", *entries))
