"""The report page in a real browser: it fetches nothing, reports no error, and fits every screen."""

import json

import pytest
from fake_page import CONFIG, build_page, rename_clip, write_fake_page
from fake_runs import VARIANTS

from videofer.core.artifacts import read_table

HOSTILE = """</script><script>document.title="owned"</script><img src=x onerror=alert(1)>"'&\N{GRINNING FACE}"""


FULL = f"model-capsule-lstm-{VARIANTS[2]}"
SCREEN = {"width": 1280, "height": 800}


def clip_data(opened) -> dict:
    return json.loads(opened.page.text_content("#clip-data"))


def choose(opened, title: str):
    """Choose a model, and return its part of the page."""
    opened.page.locator("#model-choice select").select_option(label=title)
    return opened.page.locator("article.model:visible")


def shown_clips(model) -> list[str]:
    return model.locator("article.clip").evaluate_all("cards => cards.map(card => card.dataset.clip)")


def cell(model, truth: int, answer: int):
    return model.locator(f"td[data-true='{truth}'][data-answer='{answer}'] button")


def test_it_opens_without_errors_and_requests(open_page, report):
    opened = open_page(report / "report/index.html")
    for title in opened.page.locator("#model-choice option").all_inner_texts():
        for button in choose(opened, title).locator("td button:enabled").all():
            button.click()
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.path.as_uri()]


def test_the_best_model_is_shown_until_another_is_chosen(open_page, report):
    opened = open_page(report / "report/index.html")
    models = opened.page.locator("article.model:visible")
    best = opened.page.locator("#ranking tbody th").first
    assert models.count() == 1 and models.locator("h3").inner_text() == best.inner_text() == "dtagn joint"
    other = choose(opened, "majority")
    assert models.count() == 1 and other.locator("h3").inner_text() == "majority"
    assert other.locator("#model-majority-plain-answers img").is_visible()
    opened.page.locator("#ranking a", has_text=f"capsule-lstm {VARIANTS[2]}").click()
    assert models.count() == 1 and models.get_attribute("id") == FULL
    assert opened.page.locator("#model-choice option:checked").inner_text() == f"capsule-lstm {VARIANTS[2]}"
    assert opened.page.evaluate("document.activeElement.textContent") == f"capsule-lstm {VARIANTS[2]}"
    opened.page.reload()  # the address names the model
    assert opened.page.locator(f"#{FULL}").is_visible()


@pytest.mark.parametrize("title", ["dtagn joint", f"capsule-lstm {VARIANTS[2]}", "majority"])
def test_what_most_readers_want_is_on_twelve_screens(open_page, report, title):
    opened = open_page(report / "report/index.html", viewport=SCREEN)
    choose(opened, title)
    top = opened.page.locator("#appendix").evaluate("line => line.getBoundingClientRect().top + scrollY")
    assert top <= 12 * SCREEN["height"]


def test_contents_and_choice_stay_in_sight(open_page, report):
    opened = open_page(report / "report/index.html", viewport=SCREEN)
    opened.page.locator("article.model:visible .opened").evaluate(
        "part => part.scrollIntoView({behavior: 'instant'})"
    )
    for place in ("body > nav", "#model-choice select"):
        assert 0 <= opened.page.locator(place).bounding_box()["y"] < 100, place


def test_a_cell_opens_exactly_the_clips_it_counts_and_closes_them(open_page, report):
    opened = open_page(report / "report/index.html")
    answers = read_table(report / "metrics/predictions.csv", "predictions")
    test = answers[(answers.split == "test") & (answers.variant == "joint")]
    classes, model = clip_data(opened)["classes"], choose(opened, "dtagn joint")
    hardest = shown_clips(model)
    for i, truth in enumerate(classes):
        for j, answer in enumerate(classes):
            wanted = sorted(test[(test.true == truth) & (test.predicted == answer)]["clip"])
            assert cell(model, i, j).inner_text() == str(len(wanted))
            if wanted:
                cell(model, i, j).click()
                assert sorted(shown_clips(model)) == wanted
                last = cell(model, i, j)
            else:
                assert cell(model, i, j).is_disabled()
    last.click()
    assert shown_clips(model) == hardest and len(hardest) == 4


def test_a_clip_comes_with_its_frames_curves_and_facts(open_page, report):
    opened = open_page(report / "report/index.html")
    model, data = choose(opened, f"capsule-lstm {VARIANTS[2]}"), clip_data(opened)
    model.locator("td button:enabled").first.click()
    card = model.locator("article.clip").first
    clip = next(clip for clip in data["clips"] if clip["name"] == card.locator("h5").inner_text())
    words = card.locator("p").inner_text()
    assert clip["subject"] in words and f"fold {clip['fold']}" in words
    assert f"true: {data['classes'][clip['true']]}" in words
    frames, curves = card.locator("svg.frames"), card.locator("svg:not(.frames)")
    width = "use => document.querySelector(use.getAttribute('href')).getBBox().width"
    assert frames.locator("use").evaluate(width) == 16 * 48
    paths = curves.locator("path")
    assert paths.count() == len(data["classes"]) and curves.locator("path.true").count() == 1
    assert all(path.get_attribute("d").count(",") == 16 for path in paths.all())
    # The last point stands below the middle of the last frame.
    image = frames.locator("use").bounding_box()
    end = "path => path.getPointAtLength(path.getTotalLength()).matrixTransform(path.getScreenCTM()).x"
    assert curves.locator("path.true").evaluate(end) == pytest.approx(
        image["x"] + image["width"] * 15.5 / 16, abs=1
    )
    assert curves.bounding_box()["y"] >= image["y"] + image["height"]


def test_another_head_changes_counts_and_clips(open_page, report):
    opened = open_page(report / "report/index.html")
    answers = read_table(report / "metrics/predictions.csv", "predictions")
    test = answers[(answers.split == "test") & (answers.variant == VARIANTS[0])]
    model = choose(opened, f"capsule-lstm {VARIANTS[0]}")
    model.locator(".confusion select").select_option(label="capsule vote")
    happy = test[(test.true == "happy") & (test.capsule_predicted == "happy")]["clip"]
    label = clip_data(opened)["classes"].index("happy")
    assert cell(model, label, label).inner_text() == str(len(happy))
    cell(model, label, label).click()
    assert sorted(shown_clips(model)) == sorted(happy)
    assert model.locator("article.clip svg:not(.frames)").count() == 0


def test_choice_and_confusion_table_work_by_keyboard(open_page, report):
    opened = open_page(report / "report/index.html")
    opened.page.locator("#model-choice select").focus()
    opened.page.keyboard.press("ArrowDown")
    model = opened.page.locator("article.model:visible")
    second = opened.page.locator("#ranking tbody th").nth(1).inner_text()
    assert model.count() == 1 and model.locator("h3").inner_text() == second
    enabled = model.locator("td button:enabled")
    enabled.nth(0).focus()
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert enabled.nth(1).get_attribute("aria-pressed") == "true"
    assert enabled.nth(1).evaluate("button => button === document.activeElement")
    assert len(shown_clips(model)) == int(enabled.nth(1).inner_text())
    assert model.locator("td [aria-pressed=true]").count() == 1


def test_columns_sort_by_number_both_ways_and_back(open_page, tmp_path):
    write_fake_page(tmp_path)
    cells = ["10.00 (1/10)", "–", "−9.50", "+3.2", "< 0.001", "56.25 (54/96)", "9.00 (9/100)"]
    content = {"name": "table-4.2", "title": "T", "headings": ["Name", "Value"], "notes": []}
    content["rows"] = [[f"row {n}", cell] for n, cell in enumerate(cells)]
    opened = open_page(build_page(tmp_path, CONFIG, VARIANTS[2], tables_json={"table-4.2": content}))
    heading = opened.page.locator("#table-4-2 thead th").nth(1)

    def column(number=1):
        return opened.page.locator(f"#table-4-2 tbody tr > :nth-child({number + 1})").all_inner_texts()

    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = ["−9.50", "< 0.001", "+3.2", "9.00 (9/100)", "10.00 (1/10)", "56.25 (54/96)"]
    assert column() == [*rising, "–"]
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert column() == [*reversed(rising), "–"]
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert column() == cells
    opened.page.locator("#table-4-2 thead button").first.click()
    assert column(0) == [f"row {n}" for n in range(len(cells))]


def test_hostile_names_are_shown_as_text_and_run_nothing(open_page, tmp_path):
    write_fake_page(tmp_path)
    rename_clip(tmp_path, "s0_angry", HOSTILE)
    opened = open_page(build_page(tmp_path, CONFIG, VARIANTS[2]))
    for button in opened.page.locator("article.model:visible td button:enabled").all():
        button.click()
        if HOSTILE in opened.page.locator("article.model:visible .clip h5").all_inner_texts():
            break
    else:
        pytest.fail("the clip was not shown")
    assert opened.complaints == []
    assert "videofer" in opened.page.title()
    assert opened.page.locator("script").count() == 2 and opened.page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_screen_has_to_be_scrolled_sideways(open_page, report, width):
    opened = open_page(report / "report/index.html", viewport={"width": width, "height": 844})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator(".model:visible .confusion table").bounding_box()["width"] <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_page, report, scheme):
    """WCAG's contrast of 4.5 to 1 for normal text, for the colours that text is set in."""
    opened = open_page(report / "report/index.html", color_scheme=scheme)
    contrast = """selector => {
        const parse = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = color => parse(color).map(c => c / 255)
            .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const element = document.querySelector(selector);
        let ground = element;
        while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
        const pair = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)];
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    }"""
    for selector in (".verdict", ".grounds", ".warning", ".facts", ".note", "thead th", "tbody td", "nav a", "dd"):
        assert opened.page.evaluate(contrast, selector) >= 4.5, selector


def test_a_dark_page_turns_drawings_and_leaves_faces(open_page, report):
    opened = open_page(report / "report/index.html", color_scheme="dark")
    drawn = opened.page.locator("#figure-models img").evaluate("image => getComputedStyle(image).filter")
    assert "invert(1)" in drawn
    opened = open_page(report / "report/index.html")
    assert opened.page.locator("#figure-models img").evaluate("image => getComputedStyle(image).filter") == "none"


def test_without_javascript_every_model_is_there_one_after_the_other(open_page, report):
    opened = open_page(report / "report/index.html", java_script_enabled=False)
    models = opened.page.locator("article.model:visible")
    assert models.count() == opened.page.locator("#ranking tbody tr").count() == 8
    for model in models.all():
        assert sum(map(int, model.locator(".confusion td").all_inner_texts())) == 36
        assert model.locator("figure.picture").count() >= 2 and model.locator("article.clip").count() == 4
    assert opened.page.locator("#model-choice a").count() == 8
    assert opened.page.locator("button").count() == 0


def test_it_prints_on_a4_with_the_chosen_model_and_what_was_closed(open_page, report):
    opened = open_page(report / "report/index.html")
    choose(opened, f"capsule-lstm {VARIANTS[2]}")
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("body > nav").is_visible()
    assert opened.page.locator("article.model:visible").count() == 1
    assert "Printed: this model" in opened.page.inner_text("#model-choice")
    pdf = opened.page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf
    assert opened.page.locator(f"#{FULL} details.more").get_attribute("open") is not None
