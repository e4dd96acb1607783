"""A headless Chromium of the system, and pages made of fake runs for it to open."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_page import write_fake_page
from fake_runs import MODELS
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    missing = pytest.mark.skip(
        reason="NO BROWSER: the report page was NOT tested; install chromium or google-chrome"
    )
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(missing)


@dataclass
class Opened:
    """A page in the browser, with its requests and its messages."""

    page: Page
    path: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, as in a container.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Return a function that opens a file and listens from the start; contexts are closed afterwards."""
    contexts = []

    def open_file(path: Path, **options) -> Opened:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        opened = Opened(page, path)
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("dialog", lambda dialog: (opened.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(path.as_uri())
        return opened

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Path:
    """Return the root of a fake data set of several models, whose page stands in report/index.html."""
    root = tmp_path_factory.mktemp("ui")
    write_fake_page(root, models=MODELS)
    return root
