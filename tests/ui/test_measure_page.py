"""The page about a model that was measured on a list."""

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from videofer.predict.measure import Answers
from videofer.predict.measure_page import write_measure_page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 360)])
def test_it_opens_alone_fits_a_telephone_and_keeps_nobody_out(open_page, tmp_path, scheme, width):
    rows = [
        ("a long name/of a film.mp4", "ann", "sad", "happy", "ok", 0.1),
        ("b$.mp4", "ben", "sad", "sad", "ok", 1),
    ]
    films = pd.DataFrame(rows, columns=["path", "subject", "label", "answer", "status", "likelihood"])
    rejected = pd.DataFrame([("c.mp4", "no face was found")], columns=["path", "reason"])
    answers = Answers(films, rejected, ["happy", "sad", "$so_so$"], {"bored": 2}, ["ann"])
    (tmp_path / "made").mkdir()
    picture, page = write_measure_page(answers, "a <model>", tmp_path / "my films.csv", tmp_path / "made")
    picture.unlink()
    opened = open_page(page, color_scheme=scheme, viewport={"width": width, "height": 700})
    assert opened.page.locator("img").evaluate("image => image.naturalWidth") > 300
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("header").get_by_text("was trained on ann").is_visible()
    assert not opened.complaints and all(url.startswith("data:") for url in opened.requests[1:])
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
