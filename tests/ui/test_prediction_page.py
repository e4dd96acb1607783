"""The page about a video: it plays, its timelines and moments lead into the film, and it hands out rows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from sample_videos import grey_ramp, write_video

from videofer.predict.page import write_page
from videofer.predict.pictures import annotate_video
from videofer.predict.prediction import Prediction, Window

COLOUR = """([track, x, y]) => {
    const canvas = document.querySelectorAll("canvas")[track];
    return [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
}"""
SAD, HAPPY = [0xD5, 0x5E, 0x00, 255], [0x00, 0x9E, 0x73, 255]


@pytest.fixture(scope="module")
def prediction(tmp_path_factory):
    """Of a film of two seconds: one face looks sad, then happy; in the second second another is unclear."""
    times = np.arange(50) / 25
    video = write_video(tmp_path_factory.mktemp("films") / "two & three.mp4", grey_ramp(50, 96, 128), times)
    good = (1.0, 1.0, 40.0, 0.0, 0.7, False)
    boxes = np.tile([30.0, 20, 70, 60], (25, 1))
    windows = [
        Window(face, np.arange(first, first + 25), times[first : first + 25], boxes, *good, np.array(p))
        for face, first, p in ((1, 0, [0.9, 0.1]), (1, 25, [0.2, 0.8]), (2, 25, [0.55, 0.45]))
    ]
    return Prediction(str(video), "a <model>", ("sad", "happy"), 0.6, windows, np.arange(50), times, (128, 96))


def write(prediction, folder):
    annotate_video(prediction, folder / "film.annotated.mp4")
    write_page(prediction, folder / "film.html")
    return folder / "film.html"


@pytest.fixture(scope="module")
def page(prediction, tmp_path_factory):
    """The page of the film."""
    return write(prediction, tmp_path_factory.mktemp("a film"))


@pytest.fixture
def played(open_page, page):
    """The page in the browser, once the film can be played."""
    opened = open_page(page)
    wait(opened, "video.readyState >= 2")
    return opened


def wait(opened, condition: str) -> None:
    """Wait until a condition of the `video` holds; the page's policy forbids playwright's own waiting."""
    for _ in range(250):
        if opened.page.evaluate(f"(video => {condition})(document.querySelector('video'))"):
            return
        opened.page.wait_for_timeout(20)
    pytest.fail(f"never true: {condition}")


def seconds(opened) -> float:
    wait(opened, "!video.seeking")
    return opened.page.evaluate("document.querySelector('video').currentTime")


def drag(opened, start: float, end: float) -> None:
    """Drag over the timelines from one share of their width to another."""
    box = opened.page.locator(".scrub").bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] * start, box["y"] + 20)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] * end, box["y"] + 30, steps=4)
    opened.page.mouse.up()


def test_it_plays_and_shows_the_answers(played):
    assert played.page.evaluate("document.querySelector('video').duration") == pytest.approx(2, abs=0.1)
    assert played.page.locator("h1").inner_text() == "two & three.mp4"
    assert "a <model>" in played.page.locator("header").inner_text()
    assert played.page.locator("tbody tr").first.inner_text().split("\t")[-1] == "sad 50 %, happy 50 %"
    assert played.page.locator(".said").all_inner_texts() == ["sad 0.90", "not in the picture"]
    assert played.page.locator(".axis span").all_inner_texts()[:2] == ["0:00.0", "0:00.5"]
    assert played.complaints == []
    assert all(url.startswith(("file:", "data:")) for url in played.requests)
    assert played.page.evaluate(COLOUR, [0, 0.25, 0.5]) == SAD  # of the first second, up to 0.9
    assert played.page.evaluate(COLOUR, [0, 0.75, 0.5]) == HAPPY  # from 0.2 on
    assert played.page.evaluate(COLOUR, [1, 0.25, 0.5])[3] == 0  # not there
    assert 0 < played.page.evaluate(COLOUR, [1, 0.75, 0.8])[3] < 128  # pale
    assert played.page.locator(".lost").is_hidden()


def test_moments_and_timelines_lead_into_the_film(played):
    moments = played.page.locator(".moments button")
    assert [text.split()[0] for text in moments.all_inner_texts()] == ["sad", "happy"]
    moments.nth(1).click()
    wait(played, "video.currentTime > 0.9")
    assert played.page.locator(".said").all_inner_texts() == ["happy 0.80", "sad 0.55, uncertain"]
    scrub, cursor = (played.page.locator(name).bounding_box() for name in (".scrub", ".cursor"))
    middle = cursor["x"] + cursor["width"] / 2 - scrub["x"]
    assert middle == pytest.approx(scrub["width"] * seconds(played) / 1.96, abs=2)
    played.page.locator(".scrub").click(position={"x": scrub["width"] * 0.25, "y": 10})
    wait(played, "Math.abs(video.currentTime - 0.5) < 0.1")


def test_a_mark_stands_under_its_time(open_page, page):
    opened = open_page(page)
    strip, mark = (opened.page.locator(name).bounding_box() for name in (".scrub", ".axis span:nth-child(3)"))
    # One second, of a film whose last frame is shown at 1.96.
    assert mark["x"] + mark["width"] / 2 == pytest.approx(strip["x"] + strip["width"] / 1.96, abs=2)
    assert mark["y"] >= strip["y"] + strip["height"]


def test_a_range_is_zoomed_into_and_its_rows_are_those_of_the_table(played, prediction):
    def save():
        with played.page.expect_download() as saved:
            played.page.get_by_role("button", name="Save as CSV").click()
        return pd.read_csv(saved.value.path(), dtype={"face": "Int64"})

    frames = prediction.tabulate_frames()
    frames = frames[frames["face"].notna()].drop(columns=["left", "top", "right", "bottom"])
    frames["video"] = "two & three.mp4"
    order = ["face", "frame"]
    wanted = frames.sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(save(), wanted, check_dtype=False, atol=6e-4)
    drag(played, 0.5, 0.75)
    assert played.page.locator(".span").inner_text() == "0:01.0 to 0:01.5"
    part = save().sort_values(order, ignore_index=True)
    seen = wanted[wanted["second"].between(0.98, 1.47)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, seen, check_dtype=False, atol=6e-4)
    assert set(part["face"]) == {1, 2} and set(part["status"]) == {"ok", "uncertain"}
    played.page.get_by_role("button", name="Whole film").click()
    assert len(save()) == len(wanted)


def test_the_timelines_work_by_keyboard(played):
    scrub = played.page.get_by_role("slider")
    scrub.press("ArrowRight")
    assert seconds(played) == pytest.approx(0.04, abs=0.01)
    scrub.press("Shift+ArrowRight")
    assert seconds(played) == pytest.approx(1.04, abs=0.01)
    assert scrub.get_attribute("aria-valuetext") == "0:01.04; face 1: happy 0.80; face 2: sad 0.55, uncertain"
    scrub.press("ArrowLeft")
    assert seconds(played) == pytest.approx(1.0, abs=0.01)
    scrub.press("+")
    assert played.page.locator(".span").inner_text() == "0:00.5 to 0:01.5"
    scrub.press("End")  # what is played is shown
    assert seconds(played) == pytest.approx(1.96, abs=0.01)
    assert played.page.locator(".span").inner_text() == "0:01.0 to 0:02.0"
    scrub.press("0")
    assert played.page.locator(".span").inner_text() == "0:00.0 to 0:02.0"


def test_a_face_or_a_class_is_shown_alone(played):
    played.page.get_by_role("button", name="happy").first.click()
    assert (
        played.page.evaluate(COLOUR, [0, 0.75, 0.9]) == HAPPY
        and played.page.evaluate(COLOUR, [0, 0.75, 0.1])[3] == 0
    )
    played.page.locator("#face").select_option("2")
    assert played.page.locator(".face b").all_inner_texts() == ["face 2"]
    assert played.page.locator(".moments li:visible").count() == 0  # none of it is certain
    played.page.locator("#face").select_option("1")
    assert played.page.locator(".moments li:visible").count() == 2


def test_the_film_of_a_part_starts_anew_and_the_page_keeps_the_clock(open_page, prediction, tmp_path):
    part = replace(prediction, numbers=np.arange(10, 50), times=prediction.times[10:], part=True)
    opened = open_page(write(part, tmp_path))
    wait(opened, "video.readyState >= 2")
    assert opened.page.locator(".clock").inner_text() == "0:00.40"
    moment = opened.page.locator(".moments button").nth(1)
    moment.click()
    assert seconds(opened) == pytest.approx(float(moment.get_attribute("data-second")) - 0.4, abs=0.01)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 360)])
def test_nothing_keeps_people_from_using_it(open_page, page, scheme, width):
    opened = open_page(page, color_scheme=scheme, viewport={"width": width, "height": 700})
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


def test_a_missing_film_is_reported(open_page, page, tmp_path):
    alone = tmp_path / "page.html"
    alone.write_bytes(page.read_bytes())
    opened = open_page(alone)
    wait(opened, "!document.querySelector('.lost').hidden")
    assert "film.annotated.mp4 cannot be played" in opened.page.locator(".lost").inner_text()


def test_it_fits_a_telephone(open_page, page):
    opened = open_page(page, viewport={"width": 360, "height": 700})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360
