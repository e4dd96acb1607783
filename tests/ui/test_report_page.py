"""The report page in a real browser: it fetches nothing, reports no error, and fits every screen."""

import json

import pytest
from fake_page import CONFIG, build_page, rename_clip, write_fake_page
from fake_runs import VARIANTS

from videofer.core.artifacts import read_table

HOSTILE = """</script><script>document.title="owned"</script><img src=x onerror=alert(1)>"'&\N{GRINNING FACE}"""


def clip_data(opened) -> dict:
    return json.loads(opened.page.text_content("#clip-data"))


def shown_clips(opened) -> list[str]:
    return opened.page.eval_on_selector_all("article.clip", "cards => cards.map(card => card.dataset.clip)")


def cell(opened, truth: int, answer: int):
    return opened.page.locator(f"td[data-true='{truth}'][data-answer='{answer}'] button")


def mistakes(opened) -> tuple[int, int]:
    counts = next(run for run in clip_data(opened)["runs"] if run["variant"] == VARIANTS[2])["counts"]["sequence"]
    cells = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) if i != j and n]
    return min(cells, key=lambda pair: counts[pair[0]][pair[1]])


def test_it_opens_without_errors_and_requests(open_page, report):
    opened = open_page(report / "report/index.html")
    for button in opened.page.locator("#confusion-table button:enabled").all():
        button.click()
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.path.as_uri()]


def test_a_cell_opens_exactly_the_clips_it_counts(open_page, report):
    opened = open_page(report / "report/index.html")
    answers = read_table(report / "metrics/predictions.csv", "predictions")
    test = answers[(answers.split == "test") & (answers.variant == VARIANTS[2])]
    classes = clip_data(opened)["classes"]
    for i, truth in enumerate(classes):
        for j, answer in enumerate(classes):
            wanted = sorted(test[(test.true == truth) & (test.predicted == answer)]["clip"])
            assert cell(opened, i, j).inner_text() == str(len(wanted))
            if wanted:
                cell(opened, i, j).click()
                assert sorted(shown_clips(opened)) == wanted
            else:
                assert cell(opened, i, j).is_disabled()


def test_a_clip_comes_with_its_frames_curves_and_facts(open_page, report):
    opened = open_page(report / "report/index.html")
    i, j = mistakes(opened)
    cell(opened, i, j).click()
    data, card = clip_data(opened), opened.page.locator("article.clip").first
    clip = next(clip for clip in data["clips"] if clip["name"] == card.locator("h4").inner_text())
    words = card.locator("p").inner_text()
    assert clip["subject"] in words and f"fold {clip['fold']}" in words and f"true: {data['classes'][i]}" in words
    width = card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == 16 * 48
    paths = card.locator("svg path")
    assert paths.count() == len(data["classes"])
    assert card.locator("svg path.true").count() == card.locator("svg path.answer").count() == 1
    assert all(path.get_attribute("d").count(",") == 16 for path in paths.all())
    # The last point stands below the middle of the last frame.
    image = card.locator("img").bounding_box()
    end = "path => path.getPointAtLength(path.getTotalLength()).matrixTransform(path.getScreenCTM()).x"
    wanted = image["x"] + image["width"] * 15.5 / 16
    assert card.locator("svg path.true").evaluate(end) == pytest.approx(wanted, abs=1)
    assert card.locator("svg").bounding_box()["y"] >= image["y"] + image["height"]


def test_another_variant_or_head_changes_counts_and_clips(open_page, report):
    opened = open_page(report / "report/index.html")
    answers = read_table(report / "metrics/predictions.csv", "predictions")
    test = answers[(answers.split == "test") & (answers.variant == VARIANTS[0])]
    losses, head = opened.page.locator("#confusion-choice select").all()
    losses.select_option(label=VARIANTS[0])
    head.select_option(label="capsule vote")
    happy = test[(test.true == "happy") & (test.capsule_predicted == "happy")]["clip"]
    label = clip_data(opened)["classes"].index("happy")
    assert cell(opened, label, label).inner_text() == str(len(happy))
    cell(opened, label, label).click()
    assert sorted(shown_clips(opened)) == sorted(happy)
    assert opened.page.locator("article.clip svg").count() == 0
    assert f"Capsule vote, {VARIANTS[0]}" in opened.page.inner_text("#confusion-caption")


def test_the_confusion_table_works_by_keyboard(open_page, report):
    opened = open_page(report / "report/index.html")
    enabled = opened.page.locator("#confusion-table button:enabled")
    enabled.nth(0).focus()
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert enabled.nth(1).get_attribute("aria-pressed") == "true"
    assert enabled.nth(1).evaluate("button => button === document.activeElement")
    assert len(shown_clips(opened)) == int(enabled.nth(1).inner_text())
    assert opened.page.locator("#confusion-table [aria-pressed=true]").count() == 1


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
    for button in opened.page.locator("#confusion-table button:enabled").all():
        button.click()
        if HOSTILE in opened.page.locator("article.clip h4").all_inner_texts():
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
    assert opened.page.locator("#confusion-table table").bounding_box()["width"] <= width


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
    for selector in (".verdict", ".grounds", ".facts", ".note", "thead th", "tbody td", "nav a", "dd"):
        assert opened.page.evaluate(contrast, selector) >= 4.5, selector


def test_without_javascript_everything_is_there(open_page, report):
    opened = open_page(report / "report/index.html", java_script_enabled=False)
    assert opened.page.locator("table").count() >= 8
    counts = opened.page.locator("#confusion-table td").all_inner_texts()
    assert sum(map(int, counts)) == 36
    assert opened.page.locator("button").count() == 0


def test_it_prints_on_a4(open_page, report):
    opened = open_page(report / "report/index.html")
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("nav").is_visible()
    pdf = opened.page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf
