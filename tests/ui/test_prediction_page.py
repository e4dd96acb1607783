"""The page about a video: it plays, its timelines and moments lead to their time in the film."""

import numpy as np
import pytest
from sample_videos import grey_ramp, write_video

from videofer.predict.pictures import annotate_video, write_page
from videofer.predict.prediction import Prediction, Window


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a film of two seconds, in which one face looks sad, then happy."""
    folder = tmp_path_factory.mktemp("a film")
    times = np.arange(50) / 25
    video = write_video(folder / "two & three.mp4", grey_ramp(50, 96, 128), times)
    good = (1.0, 1.0, 40.0, 0.0, 0.7, False)
    boxes = np.tile([30.0, 20, 70, 60], (25, 1))
    windows = [
        Window(1, np.arange(first, first + 25), times[first : first + 25], boxes, *good, np.array(p))
        for first, p in ((0, [0.9, 0.1]), (25, [0.2, 0.8]))
    ]
    classes = ("sad", "happy")
    prediction = Prediction(str(video), "a <model>", classes, 0.5, windows, np.arange(50), times, (128, 96))
    annotate_video(prediction, folder / "film.annotated.mp4")
    write_page(prediction, folder / "film.html")
    return folder / "film.html"


def test_it_plays_and_shows_the_answers(open_page, page):
    opened = open_page(page)
    opened.page.wait_for_function("document.querySelector('video').readyState >= 2")
    assert opened.page.evaluate("document.querySelector('video').duration") == pytest.approx(2, abs=0.1)
    assert opened.page.locator("h1").inner_text() == "two & three.mp4"
    assert "a <model>" in opened.page.locator("header").inner_text()
    assert opened.page.locator("tbody tr").inner_text().split("\t")[-1] == "sad 50 %, happy 50 %"
    assert opened.page.locator(".face polygon").count() == 2  # one run of two classes
    assert opened.page.locator(".axis span").all_inner_texts() == ["0 s", "0.5 s", "1 s", "1.5 s"]
    assert opened.page.locator(".lost").is_hidden()
    assert opened.complaints == []
    assert all(url.startswith(("file:", "data:")) for url in opened.requests)


def test_moments_and_timelines_lead_into_the_film(open_page, page):
    opened = open_page(page)
    opened.page.wait_for_function("document.querySelector('video').readyState >= 2")
    moments = opened.page.locator(".moments button")
    assert [text.split()[0] for text in moments.all_inner_texts()] == ["sad", "happy"]
    moments.nth(1).click()
    opened.page.wait_for_function("document.querySelector('video').currentTime > 0.9")
    assert float(opened.page.locator(".face line").get_attribute("x1")) > 450
    timeline = opened.page.locator(".face svg")
    box = timeline.bounding_box()
    timeline.click(position={"x": box["width"] * 0.25, "y": 10})
    opened.page.wait_for_function("Math.abs(document.querySelector('video').currentTime - 0.5) < 0.1")


def test_a_mark_stands_under_its_time(open_page, page):
    opened = open_page(page)
    strip, mark = (opened.page.locator(name).bounding_box() for name in (".face svg", ".axis span:nth-child(3)"))
    # One second, of a film whose last frame is shown at 1.96.
    assert mark["x"] + mark["width"] / 2 == pytest.approx(strip["x"] + strip["width"] / 1.96, abs=2)
    assert mark["y"] >= strip["y"] + strip["height"]


def test_a_missing_film_is_reported(open_page, page, tmp_path):
    alone = tmp_path / "page.html"
    alone.write_bytes(page.read_bytes())
    opened = open_page(alone)
    opened.page.wait_for_function("!document.querySelector('.lost').hidden")
    assert "film.annotated.mp4 cannot be played" in opened.page.locator(".lost").inner_text()


def test_it_fits_a_telephone(open_page, page):
    opened = open_page(page, viewport={"width": 360, "height": 700})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360
