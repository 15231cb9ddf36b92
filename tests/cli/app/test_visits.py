"""Files are kept as long as their page, here for seconds instead of minutes and hours."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="needs pip install 'nst_framework[app]'")

import requests
from app_server import served_briefly

from nst_framework.cli.app.visits import Lifetime, Visits

IMAGES = Path(__file__).parents[3] / "examples" / "images"
LONG = 3.0
"""Three times as long as files without a page are kept, in seconds."""


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


class Page:
    """A page that is open in a browser: it keeps a connection to the server."""

    def __init__(self, address: str, session: str) -> None:
        self.address, self.session = f"{address}gradio_api/", session
        self.config = requests.get(f"{address}config", timeout=60).json()
        self.line = requests.get(f"{self.address}heartbeat/{session}", stream=True, timeout=60)

    def close(self) -> None:
        self.line.close()

    def event(self, element: str, name: str) -> int:
        """The number of the handler of an event of an element."""
        ids = {each["props"].get("elem_id"): each["id"] for each in self.config["components"]}
        wanted = [ids[element], name]
        return next(each["id"] for each in self.config["dependencies"] if wanted in each["targets"])

    def upload(self, element: str, path: Path, name: str = "upload") -> dict[str, Any]:
        with path.open("rb") as file:
            answer = requests.post(f"{self.address}upload", files={"files": file}, timeout=60)
        data = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
        body = {"data": [data], "fn_index": self.event(element, name)}
        body["session_hash"] = self.session
        answer = requests.post(f"{self.address}run/predict", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        self.answer = answer.json()["data"]
        return data

    def choose_images(self) -> list[dict[str, Any]]:
        return [
            self.upload("content", IMAGES / "chelsea.png", "change"),
            self.upload("style", IMAGES / "brush_strokes.jpg"),
        ]

    def touch(self, element: str) -> str:
        """Clicks a button that answers immediately."""
        body = {"data": [], "fn_index": self.event(element, "click"), "session_hash": self.session}
        return requests.post(f"{self.address}run/predict", json=body, timeout=60).text

    def make(self, images: list[Any]) -> list[Any]:
        """Clicks Start, then Stop, and returns the final update of the page."""
        values = [*images, None, None, None, "default", 64, 200, "style", 50, None, "none", None]
        return self.run("start", values)

    def run(self, element: str, inputs: list[Any]) -> list[Any]:
        """Clicks Start or Resume, then Stop, and returns the final update of the page."""
        body = {"data": inputs, "fn_index": self.event(element, "click")}
        body["session_hash"] = self.session
        requests.post(f"{self.address}queue/join", json=body, timeout=60)
        url = f"{self.address}queue/data?session_hash={self.session}"
        with requests.get(url, timeout=60, stream=True) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[6:]) if line else {}
                if "left." in str(message):
                    self.touch("stop")
                if message.get("msg") == "process_completed":
                    return list(message["output"]["data"])
        raise AssertionError("The server ended.")


def files_in(value: Any) -> set[str]:
    """The files in an answer."""
    if isinstance(value, dict):
        own = {value["path"]} if isinstance(value.get("path"), str) else set()
        return own.union(*map(files_in, value.values()))
    return set().union(*map(files_in, value)) if isinstance(value, list) else set()


def files_of_app(folder: Path) -> list[Path]:
    """The contents of the folder of the app's files."""
    return [path for each in folder.glob("nst-app-*") for path in each.iterdir()]


@pytest.fixture(scope="module")
def folder_and_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("app")
    with served_briefly(folder, after_leaving=1.0) as address:
        yield folder, address


def test_files_of_an_open_page_are_kept(folder_and_address: tuple[Path, str]) -> None:
    folder, address = folder_and_address
    page = Page(address, "page")
    images = page.choose_images()
    shown = page.make(images)
    # Picture, before and after, downloads, gallery.
    files = files_in(shown)
    assert {Path(each).name for each in files} == {
        "chelsea-brush_strokes.png", "chelsea-brush_strokes.png.toml", "photograph.jpg",
    }  # fmt: skip
    files |= {each["path"] for each in images}
    time.sleep(LONG)
    for each in files:
        assert requests.get(f"{page.address}file={each}", timeout=60).status_code == 200, each
    assert "Stopped after step" in json.dumps(page.make(images))
    assert "Stopped after step" in json.dumps(page.run("resume", []))
    page.close()
    until(lambda: not files_of_app(folder))


def test_an_upload_is_kept_until_its_last_page_closes(
    folder_and_address: tuple[Path, str],
) -> None:
    folder, address = folder_and_address
    first, second = Page(address, "first"), Page(address, "second")
    upload = Path(first.upload("style", IMAGES / "brush_strokes.jpg")["path"])
    assert second.upload("style", IMAGES / "brush_strokes.jpg")["path"] == str(upload)
    first.close()
    time.sleep(LONG)
    assert upload.exists()
    second.close()
    until(lambda: not files_of_app(folder))


def test_removed_files_are_asked_for_again(folder_and_address: tuple[Path, str]) -> None:
    folder, address = folder_and_address
    page = Page(address, "page")
    photograph, painting = page.choose_images()
    page.make([photograph, painting])
    assert "was removed" not in page.touch("download")
    for each in files_of_app(folder):
        shutil.rmtree(each)
    gone = "The picture was removed. Press Start to make it again."
    assert gone in page.touch("download")
    assert gone in page.touch("download-settings")
    assert "no picture to resume" in json.dumps(page.run("resume", []))
    answer = json.dumps(page.make([photograph, painting]))
    assert "The photograph was removed. Add it again." in answer
    photograph = page.upload("content", IMAGES / "chelsea.png", "change")
    answer = json.dumps(page.make([photograph, painting]))
    assert "The painting was removed. Add it again." in answer
    painting = page.upload("style", IMAGES / "brush_strokes.jpg")
    assert "Stopped after step" in json.dumps(page.make([photograph, painting]))
    page.close()


def test_a_bad_upload_is_explained_after_a_good_one(
    folder_and_address: tuple[Path, str], tmp_path: Path
) -> None:
    page = Page(folder_and_address[1], "page")
    page.upload("style", IMAGES / "brush_strokes.jpg")
    (tmp_path / "text.png").write_text("not an image")
    page.upload("style", tmp_path / "text.png")
    assert "Expected the painting to be an image" in json.dumps(page.answer)
    page.close()


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    # The test calls `sweep` itself.
    visits = Visits(tmp_path, Lifetime(after_leaving=1000, all_bytes=2500))
    yield visits
    visits.close()


def upload(folder: Path, name: str) -> Path:
    path = folder / name / "a.png"
    path.parent.mkdir()
    path.write_bytes(bytes(1000))
    return path


def test_least_recently_used_files_are_removed_first(visits: Visits, tmp_path: Path) -> None:
    paths = [upload(tmp_path, name) for name in "ab"]
    for path in paths:
        visits.use(visits.open(path.parent.name), "style", path)
    visits.find("a")
    visits.sweep()
    assert all(path.exists() for path in paths)
    paths.append(upload(tmp_path, "c"))
    visits.use(visits.open("c"), "style", paths[2])
    visits.sweep()
    assert [path.exists() for path in paths] == [True, False, True]
    # A file that two pages use counts as used when the more recent page was.
    visits.use(visits.open("c"), "mask", paths[0])
    upload(tmp_path, "d")
    visits.use(visits.open("d"), "style", tmp_path / "d" / "a.png")
    visits.sweep()
    assert paths[0].exists() != paths[2].exists()


def test_a_page_that_comes_back_within_a_minute_keeps_its_files(tmp_path: Path) -> None:
    visits = Visits(tmp_path, Lifetime(after_leaving=0.4))
    path = upload(tmp_path, "a")
    visits.use(visits.open("page"), "style", path)
    visits.leave("page")
    time.sleep(0.2)
    assert visits.find("page") is not None
    time.sleep(1)
    assert path.exists()
    visits.leave("page")
    until(lambda: not path.exists())
    assert visits.find("page") is None
    visits.close()


def test_files_of_a_page_left_unused_are_removed(tmp_path: Path) -> None:
    visits = Visits(tmp_path, Lifetime(after_leaving=0.2, without_use=1.0))
    paths = [upload(tmp_path, name) for name in "ab"]
    for path in paths:
        visits.use(visits.open(path.parent.name), "style", path)
    for _ in range(10):
        time.sleep(0.2)
        visits.find("a")
    assert [path.exists() for path in paths] == [True, False]
    assert visits.find("b") is None
    visits.close()


def test_replaced_uploads_are_removed(tmp_path: Path) -> None:
    visits = Visits(tmp_path, Lifetime(after_leaving=0.2))
    first, second = (upload(tmp_path, name) for name in "ab")
    visit = visits.open("page")
    visits.use(visit, "style", first)
    visits.use(visit, "style", second)
    until(lambda: not first.exists())
    assert second.exists()
    visits.close()


def test_the_folder_of_the_files_may_vanish(tmp_path: Path) -> None:
    visits = Visits(tmp_path / "cache", Lifetime(after_leaving=0.1))
    folder = visits.new_folder()
    shutil.rmtree(tmp_path / "cache")
    time.sleep(0.3)
    assert visits.new_folder() != folder
    visits.close()
