"""The report page: complete, honest about the data, and sufficient unto itself."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml
from fake_runs import (
    REFERENCE,
    VARIANTS,
    WORKFLOW,
    evaluate_fake,
    table_inputs,
    write_fake_results,
)

from videofer.html_report import build_report, compare_settings, list_notes, shorten
from videofer.table_formats import Table
from videofer.tables import tabulate_results

CONFIG = yaml.safe_load((WORKFLOW.parent / "config.yaml").read_text(encoding="utf-8"))
NUMBERS = ("4.1", "4.2", "4.3")
# What the browser fetches by itself; a link waits for the reader.
FETCHED = {"src", "srcset", "data", "poster", "action", "background", "xlink:href"}


class Page(HTMLParser):
    """The page's attributes, text and headings."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched, self.links, self.images, self.ids, self.words = [], [], [], set(), []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.fetched += [
            value for name, value in attributes if name in FETCHED or (tag == "link" and name == "href")
        ]
        self.links += [values["href"]] if tag == "a" else []
        self.images += [values] if tag == "img" else []
        self.ids |= {values["id"]} if "id" in values else set()
        assert tag != "script"

    def handle_data(self, data):
        self.words.append(data)


def make_page(root: Path, config=CONFIG, rejects=1, variants=VARIANTS) -> tuple[str, Page]:
    write_fake_results(root, rejects=rejects, variants=variants)
    evaluate_fake(root, variants=variants)
    figures = [root / f"figures/figure-{n}.{suffix}" for n in NUMBERS for suffix in ("svg", "pdf", "png")]
    (root / "figures").mkdir()
    for path in figures:
        path.write_text(f"<svg xmlns='http://www.w3.org/2000/svg'><title>{path.stem}</title></svg>")
    tables = [root / f"tables/{name}.{s}" for name in ("table-4.1", "rejected") for s in ("csv", "md", "tex")]
    tabulate_results(**table_inputs(root), out=tables, name=config["name"], kind=config["dataset"]["kind"])
    build_report(
        **table_inputs(root),
        manifest=root / "manifest.tsv",
        runs=sorted(root.glob("runs/**/run.json")),
        figures=figures,
        tables=tables,
        captions=sorted((WORKFLOW / "report").glob("plot_*.rst")),
        schema=WORKFLOW / "schemas/config.schema.yaml",
        template=WORKFLOW / "report/index.html.j2",
        styles=WORKFLOW / "report/style.css",
        config=config,
        variant=variants[-1],
        out=root / "report/index.html",
    )
    text = (root / "report/index.html").read_text(encoding="utf-8")
    return text, Page(text)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered")
    return root, *make_page(root)


def test_nothing_is_fetched_from_outside(rendered):
    _, text, page = rendered
    assert page.fetched and all(source.startswith("data:") for source in page.fetched)
    styles = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in styles and "@import" not in styles


def test_links_lead_to_files_that_exist_or_to_the_page_itself(rendered):
    root, _, page = rendered
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= page.ids
    files = [link for link in page.links if not link.startswith("#")]
    assert len(files) == 3 * 3 + 2 * 3
    assert all((root / "report" / link).is_file() for link in files)


def test_every_figure_is_shown_with_words_for_it(rendered):
    _, _, page = rendered
    assert len(page.images) == 3
    assert all(len(image["alt"]) > 40 for image in page.images)
    for number in NUMBERS:
        assert f"Figure {number}." in page.text
    assert "{{" not in page.text


def test_numbers_are_those_of_the_metrics(rendered):
    root, _, page = rendered
    losses = pd.read_csv(root / "tables/table-4.1.csv").set_index("variant")
    for row in losses.itertuples():
        assert f"({row.sequence_correct}/{row.sequence_n})" in page.text
        assert f"{row.paper_accuracy_percent:.2f}" in page.text
    shown = losses.loc[VARIANTS[-1]]
    assert f"{shown.sequence_correct} of {shown.sequence_n} clips" in page.text


def test_rendered_faces_are_called_so_and_others_are_not(rendered, tmp_path):
    assert "rendered faces" in rendered[2].text and "not comparable with the paper" in rendered[2].text
    real = CONFIG | {"name": "mmi", "dataset": {"kind": "folder", "path": "x", "labels": {}}}
    page = make_page(tmp_path, real)[1]
    assert "rendered faces" not in page.text and "data set 'mmi'" in page.text


def test_rejected_clips_are_shown_with_reasons_as_text(rendered, tmp_path):
    assert "bad0" in rendered[2].text and "check the lighting <or> remove" in rendered[2].text
    assert "No clip was rejected." in make_page(tmp_path, rejects=0)[1].text


def test_readings_departures_and_fallbacks_are_listed(rendered):
    _, _, page = rendered
    for group, choices in CONFIG["readings"].items():
        assert all(f"{group}.{key}" in page.text for key in choices)
    assert "Learning rate of Adam: 0.001, where the paper has 0.0001 (section 4.2)." in page.text
    assert "No GPU was found. (12 of 12 runs)" in page.text


def test_one_variant_alone_makes_a_page(tmp_path):
    page = make_page(tmp_path, variants=["margin-ce"])[1]
    assert "not trained in this run" in page.text and "A / B" not in page.text


def test_the_page_has_the_same_bytes_again(rendered, tmp_path):
    assert make_page(tmp_path)[0] == rendered[1]


def test_settings_of_the_paper_are_keys_of_the_configuration():
    stated = pd.read_csv(REFERENCE / "settings.csv", dtype=str)
    paper = json.loads(json.dumps(CONFIG))
    paper["training"]["learning_rate"] = 1e-4
    table, departures = compare_settings(stated, paper)
    assert departures == []
    assert table.shown.set_index("Setting").loc["Learning rate of Adam", "Same"] == "yes"


def test_notes_of_runs_are_counted():
    records = [{"notes": ["a", "b"]}, {"notes": ["a"]}, {"notes": []}]
    assert list_notes(records) == ["a (2 of 3 runs)", "b (1 of 3 runs)"]


def test_long_tables_are_shortened_with_a_word_about_it():
    frame = pd.DataFrame({"Clip": map(str, range(5))})
    short = shorten(Table("rejected", "T", frame, frame), 2)
    assert len(short.shown) == 2 and short.notes == ("The first 2 of 5; all of them are in the CSV file.",)
    assert len(short.data) == 5
