"""The page in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="needs pip install 'nst_framework[app]'")
pytest.importorskip("selenium", reason="needs pip install selenium, which drives the browser")

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from nst_framework import read_image

pytestmark = pytest.mark.browser

IMAGES = Path(__file__).parents[3] / "examples" / "images"


class Visitor:
    """A visitor with a browser.

    Args:
        address: The page.
        downloads: The folder of downloads.
    """

    def __init__(self, address: str, downloads: Path) -> None:
        options = webdriver.ChromeOptions()
        for each in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
            options.add_argument(each)
        options.add_argument("--window-size=1280,1400")
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        self.browser = webdriver.Chrome(options=options, service=service)
        self.address = address
        self.open()

    def open(self) -> None:
        """Opens or reloads the page."""
        self.browser.get(self.address)
        self.until(lambda: self.browser.find_elements(By.ID, "start"))
        # Gradio connects its handlers a moment after it shows the button.
        time.sleep(1)

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """Waits until a condition holds, and returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.1)
        raise AssertionError(f"Timeout. The page says: {self.status!r}")

    def find(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def sees(self, selector: str) -> bool:
        found = self.browser.find_elements(By.CSS_SELECTOR, selector)
        return any(each.is_displayed() for each in found)

    def upload(self, name: str, path: Path) -> None:
        # A section that was just opened may not have its field yet.
        selector = f"#{name} input[type=file]"
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, selector))
        self.find(selector).send_keys(str(path))

    def set_size(self, size: int) -> None:
        field = self.find("#size input[type=number]")
        field.clear()
        field.send_keys(f"{size}\t")

    @property
    def status(self) -> str:
        return str(self.find("#status").text)

    @property
    def picture(self) -> str | None:
        found = self.browser.find_elements(By.CSS_SELECTOR, "#picture img")
        return found[0].get_attribute("src") if found else None

    def open_section(self, title: str) -> None:
        buttons = self.browser.find_elements(By.CSS_SELECTOR, "button.label-wrap")
        button = next(each for each in buttons if title in each.text)

        def is_open() -> bool:
            if "open" in button.get_attribute("class").split():
                return True
            button.click()
            return False

        self.until(is_open)

    def choose_images(self) -> None:
        for name, image in (("content", "chelsea.png"), ("style", "brush_strokes.jpg")):
            self.upload(name, IMAGES / image)
            self.until(
                lambda name=name: self.browser.find_elements(By.CSS_SELECTOR, f"#{name} img")
            )


@pytest.fixture(scope="session")
def _browser_is_installed() -> None:
    found = shutil.which("chromium") and shutil.which("chromedriver")
    if not found and "CI" not in os.environ:
        pytest.skip("needs Debian's packages chromium and chromium-driver")


@pytest.fixture
def visitor(_browser_is_installed: None, address: str, tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of the app."""
    visitor = Visitor(address, tmp_path)
    yield visitor
    visitor.browser.quit()


def test_a_picture_is_made_stopped_resumed_and_its_settings_reused(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.choose_images()
    visitor.set_size(128)
    visitor.find("#start").click()
    seen = {visitor.until(lambda: visitor.picture)}
    for _ in range(2):
        visitor.until(lambda: visitor.picture not in seen)
        seen.add(visitor.picture)
    assert "of 100" in visitor.until(lambda: "left" in visitor.status and visitor.status)
    visitor.find("#stop").click()
    stopped = visitor.until(lambda: "Stopped" in visitor.status and visitor.status)
    visitor.until(lambda: visitor.find("#resume").is_enabled())
    visitor.find("#resume").click()
    visitor.until(lambda: "left" in visitor.status)
    visitor.find("#stop").click()
    again = visitor.until(lambda: "Stopped" in visitor.status and visitor.status)
    assert int(again.split()[-1][:-1]) > int(stopped.split()[-1][:-1])

    visitor.until(lambda: visitor.find("#download").is_enabled())
    visitor.find("#download").click()
    visitor.find("#download-settings").click()
    names = ["chelsea-brush_strokes.png", "chelsea-brush_strokes.png.toml"]
    visitor.until(lambda: sorted(path.name for path in tmp_path.iterdir()) == names)
    assert read_image(tmp_path / names[0]).shape == (85, 128, 3)
    for number, shown in enumerate(("#picture", "#compare", "#losses")):
        visitor.browser.find_elements(By.CSS_SELECTOR, "button[role=tab]")[number].click()
        visitor.until(lambda shown=shown: visitor.sees(f"{shown} img"))
    assert len(visitor.browser.find_elements(By.CSS_SELECTOR, "#gallery img")) == 1

    visitor.open()
    visitor.open_section("Reuse the settings of an earlier picture")
    visitor.upload("earlier", tmp_path / names[0])
    visitor.until(lambda: "restored" in visitor.status)
    assert visitor.find("#size input[type=number]").get_attribute("value") == "128"
    visitor.choose_images()
    visitor.find("#start").click()
    visitor.until(lambda: "Step" in visitor.status)
    visitor.find("#stop").click()
    visitor.until(lambda: "Stopped" in visitor.status)
    messages = [
        json.loads(each["message"])["message"] for each in visitor.browser.get_log("performance")
    ]
    requested = [
        each["params"]["request"]["url"]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    ]
    hosts = {url.split("/")[2] for url in requested if url.startswith("http")}
    assert hosts == {visitor.address.split("/")[2]}


def test_an_example_is_made_with_two_clicks(visitor: Visitor) -> None:
    visitor.find("#example-0").click()
    for name in ("content", "style"):
        visitor.until(lambda name=name: visitor.sees(f"#{name} img"))
    visitor.find("#start").click()
    visitor.until(lambda: "Step" in visitor.status)
    visitor.find("#stop").click()
    visitor.until(lambda: "Stopped" in visitor.status)


def test_errors_are_shown_as_sentences(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not an image")
    Image.new("RGB", (3, 3)).save(tmp_path / "tiny.png")
    visitor.find("#start").click()
    visitor.until(lambda: "Add a photograph and a painting" in visitor.status)
    visitor.upload("content", tmp_path / "text.png")
    visitor.until(lambda: "Expected the photograph to be an image" in visitor.status)
    visitor.upload("style", IMAGES / "brush_strokes.jpg")
    visitor.upload("content", tmp_path / "tiny.png")
    visitor.until(lambda: visitor.browser.find_elements(By.CSS_SELECTOR, "#content img"))
    visitor.until(lambda: visitor.status == "")
    visitor.find("#weight input").send_keys(Keys.CONTROL, "a")
    visitor.find("#weight input").send_keys(Keys.DELETE, Keys.TAB)
    visitor.find("#start").click()
    visitor.until(lambda: "Enter a content weight" in visitor.status)


def test_every_field_has_a_label_and_a_narrow_page_does_not_scroll_sideways(
    visitor: Visitor,
) -> None:
    unlabelled = visitor.browser.execute_script(
        """return [...document.querySelectorAll('input, select, textarea, button')].filter(
        each => each.offsetParent && each.type != 'file' && !each.labels?.length &&
        !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby') &&
        !each.title && !each.textContent.trim()).map(each => each.outerHTML)"""
    )
    assert unlabelled == []
    visitor.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    visitor.open()
    width = visitor.browser.execute_script("return document.documentElement.scrollWidth")
    assert width == 390


def test_a_learned_painting_is_shown_in_seconds_and_refined(visitor: Visitor) -> None:
    visitor.upload("content", IMAGES / "chelsea.png")
    visitor.until(lambda: visitor.sees("#content img"))
    visitor.set_size(128)
    visitor.find("#learned input").click()
    visitor.until(lambda: visitor.sees("[role=option]"))
    options = visitor.browser.find_elements(By.CSS_SELECTOR, "[role=option]")
    next(each for each in options if "brush_strokes" in each.text).click()
    visitor.find("#start").click()
    visitor.until(lambda: "Done. To refine it" in visitor.status)
    learned = visitor.until(lambda: visitor.picture)
    visitor.upload("style", IMAGES / "brush_strokes.jpg")
    visitor.until(lambda: visitor.sees("#style img"))
    visitor.find("#start").click()
    visitor.until(lambda: "of 100" in visitor.status)
    assert visitor.picture != learned
    visitor.find("#stop").click()
    visitor.until(lambda: "Stopped" in visitor.status)
