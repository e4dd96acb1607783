"""The report page: complete, honest about the data, and closed in itself."""

import json
import shutil
from html.parser import HTMLParser

import pytest
import yaml
from fake_page import CONFIG, TEXTS, build_page, page_inputs, real_config, write_fake_page
from fake_runs import MODELS, VARIANTS
from PIL import Image

from videofer.core.artifacts import read_table, write_table
from videofer.core.errors import UserError
from videofer.report.page.embed import hash_source
from videofer.report.page.tables import make_table

# What the browser fetches by itself; a link waits for the reader.
FETCHED = {
    "src",
    "srcset",
    "data",
    "poster",
    "action",
    "background",
    "xlink:href",
}


class Page(HTMLParser):
    """The page's attributes, text, scripts and data."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched, self.links, self.images, self.ids, self.words, self.policy = [], [], [], [], [], ""
        self.scripts, self.handlers, self._inside = [], [], None
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())
        self.data = json.loads(self.scripts[0])

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self._inside = tag
        fetched = FETCHED | ({"href"} if tag in ("link", "image") else set())
        self.fetched += [value for name, value in attributes if name in fetched]
        self.links += [values["href"]] if tag == "a" else []
        self.images += [values] if tag == "img" and values.get("class") != "thumb" else []
        self.ids += [values["id"]] if "id" in values else []
        self.handlers += [name for name in values if name.startswith("on") or name == "style"]
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered")
    text = write_fake_page(root, models=MODELS).read_text(encoding="utf-8")
    return root, text, Page(text)


def page_of(path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_nothing_is_fetched_from_outside(rendered):
    _, text, page = rendered
    assert page.fetched and all(source.startswith("data:") for source in page.fetched)
    styles = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in styles and "@import" not in styles


def test_only_the_page_s_own_style_and_script_may_run(rendered):
    page = rendered[2]
    assert len(page.scripts) == 2 and page.handlers == []
    assert "default-src 'none'" in page.policy and "unsafe-inline" not in page.policy
    assert f"script-src '{hash_source(page.scripts[1])}'" in page.policy


def test_links_lead_to_files_that_exist_or_to_the_page_itself(rendered):
    root, _, page = rendered
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    files = [link for link in page.links if not link.startswith("#")]
    assert {"../tables/table-4.1.csv", "../figures/figure-4.1.pdf"} <= set(files)
    assert all((root / "report" / link).is_file() for link in files)


def test_every_figure_is_shown_with_words_and_every_table_with_all_its_cells(rendered):
    root, _, page = rendered
    drawn = [path for path in (root / "figures").rglob("*.svg") if path.stem != "confusion"]
    assert len(page.images) == len(drawn)
    assert all(len(image["alt"]) > 40 for image in page.images)
    assert all(f"Figure {number}" in page.text for number in ("4.1", "4.2"))
    assert "{{" not in page.text and VARIANTS[2] in page.text
    for path in (root / "tables").glob("*.json"):
        table = json.loads(path.read_text(encoding="utf-8"))
        assert table["title"] in page.text
        assert all(" ".join(cell.split()) in page.text for row in table["rows"] for cell in row)


def test_the_verdict_gives_the_measured_accuracy(rendered):
    root, _, page = rendered
    overall = read_table(root / "metrics/overall.csv", "metric").set_index(["variant", "head"])
    row = overall.loc[VARIANTS[2], "sequence"]
    assert f"{100 * row.accuracy:.1f} % of the clips" in page.text
    assert f"That is {row.correct} of {row.n} clips" in page.text


def test_rendered_faces_are_called_so_and_others_are_not(rendered, tmp_path):
    assert "rendered faces" in rendered[2].text and "not comparable with the paper" in rendered[2].text
    text = page_of(write_fake_page(tmp_path, real_config("mmi", "folder"))).text
    assert "rendered faces" not in text and "data set 'mmi'" in text


def test_a_study_of_one_s_own_films_speaks_of_them_and_not_of_the_paper(rendered, tmp_path):
    films = tmp_path / "films"
    films.mkdir()
    Image.new("L", (64, 48), 90).save(films / "still.png")
    write_fake_page(tmp_path)
    rejected = read_table(tmp_path / "rejected.tsv", "rejected").assign(video=str(films))
    write_table(tmp_path / "rejected.tsv", "rejected", rejected, {})
    path = build_page(tmp_path, real_config("holiday", "table"), VARIANTS[2])
    text, page = path.read_text(encoding="utf-8"), page_of(path)
    assert "the videos of 'holiday'" in page.text
    for words in ("rendered", "drawn", "Table 4.1", "Audit of the paper", "The paper prints", "Paper, on MMI"):
        assert words not in page.text.partition("Appendix")[0], words
    assert "Few people. Only 6 people" in page.text
    assert text.count('class="thumb"') == 1 and 'class="thumb"' not in rendered[1]
    other = {"dataset": real_config("x", "mmi")["dataset"] | {"classes": ["a", "b"]}}
    assert "Table 4.1." not in page_of(build_page(tmp_path, CONFIG | other, VARIANTS[2])).text


def test_the_models_stand_from_the_best_to_the_worst_each_with_the_same_figures(rendered):
    root, _, page = rendered
    models = read_table(root / "metrics/models.csv", "metric").sort_values(
        "accuracy", ascending=False, kind="stable"
    )
    names = [(row.model, row.variant) for row in models.itertuples()]
    ids = ["model-" + "-".join(name) for name in names]
    assert [key for key in page.ids if key in ids] == ids and len(ids) == 8
    assert all({f"{key}-answers", f"{key}-history"} <= set(page.ids) for key in ids)
    assert [key for key in ids if f"{key}-saliency" in page.ids] == [f"model-capsule-lstm-{VARIANTS[2]}"]
    for model, name in zip(page.data["models"], names, strict=True):
        right = sum(row[i] for i, row in enumerate(model["counts"]["sequence"]))
        assert right == models.set_index(["model", "variant"]).loc[name, "correct"]


def test_a_set_that_names_nobody_is_not_claimed_to_keep_people_apart(tmp_path):
    text = page_of(write_fake_page(tmp_path, real_config("afew", "afew"))).text
    assert "of people whom it does not name" in text and "its own split (3 folds)" in text
    for claim in ("people it has never seen", "split no person", "over people of", "tests over people"):
        assert claim not in text
    assert "too narrow where clips show the same person" in text


def test_clips_that_were_rejected_left_out_or_remarked_on_are_shown_with_reasons(rendered, tmp_path):
    text = rendered[2].text
    assert "bad0" in text and "check the lighting <or> remove" in text
    assert "'neutral', not one of the six 12" in text and "Two <faces> were found." in text
    empty = page_of(write_fake_page(tmp_path, rejects=0)).text
    assert "No clip was rejected." in empty and "No recording was left out on purpose." in empty
    assert "Nothing was to be remarked on the clips that were used." in empty


def test_readings_departures_fallbacks_and_provenance_are_listed(rendered):
    text = rendered[2].text
    assert all(f"{group}.{key}" in text for group, keys in CONFIG["readings"].items() for key in keys)
    assert "Learning rate of Adam: 0.001, where the paper has 0.0001 (section 4.2)." in text
    assert "No GPU was found. (24 of 24 runs)" in text
    assert "Test CPU 3000" in text and "0123456789abcdef" in text and "train_fold 2 114.0 120.0 90.0 700" in text
    assert "learning_rate: 0.001" in text


def test_one_variant_alone_makes_a_page_and_its_seeds_are_counted_together(tmp_path):
    page = page_of(write_fake_page(tmp_path, CONFIG | {"seeds": [0, 3]}, variants=["margin-ce"]))
    assert "not trained in this run" in page.text and "nothing to compare" in page.text
    (model,) = page.data["models"]
    assert model["seeds"] == len(model["answers"]["sequence"]) == 2
    assert sum(map(sum, model["counts"]["sequence"])) == 2 * 36
    assert "2 seeds" in page.text


def test_the_page_has_the_same_bytes_again(rendered, tmp_path):
    assert write_fake_page(tmp_path, models=MODELS).read_text(encoding="utf-8") == rendered[1]


def test_what_sections_name_is_shown_or_missed(tmp_path):
    write_fake_page(tmp_path)
    given = page_inputs(tmp_path)["tables"]
    with pytest.raises(UserError, match=r"'table-4\.2'.*sections\.yaml"):
        build_page(tmp_path, CONFIG, VARIANTS[2], tables=[path for path in given if "4.2" not in path])

    texts = shutil.copytree(TEXTS, tmp_path / "texts")
    study = {"id": "study", "title": "A study", "optional": True, "command": "snakemake study"}
    study |= {"tables": ["table-study"], "figures": ["figure-study"]}
    sections = yaml.safe_load((TEXTS / "sections.yaml").read_text(encoding="utf-8"))
    (texts / "sections.yaml").write_text(yaml.safe_dump([*sections, study]))
    absent = page_of(build_page(tmp_path, CONFIG, VARIANTS[2], texts=texts))
    assert "Not part of this run. To add it: snakemake study" in absent.text and ", A study." in absent.text

    table = tmp_path / "tables/table-study.json"
    table.write_text(json.dumps(make_table("table-study", "T", ["a"], [["found"]])))
    present = page_of(build_page(tmp_path, CONFIG, VARIANTS[2], texts=texts, tables=[*given, str(table)])).text
    assert "found" in present and "snakemake study" not in present and ", A study." not in present

    figures = [*page_inputs(tmp_path)["figures"], str(tmp_path / "figures/figure-study.svg")]
    with pytest.raises(UserError, match=r"'figure-study' has no caption: write .*figure-study\.rst"):
        build_page(tmp_path, CONFIG, VARIANTS[2], texts=texts, figures=figures)
