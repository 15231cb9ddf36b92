"""Access to the app's server: files, uploads, endpoints and the password."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("gradio", reason="needs pip install 'nst_framework[app]'")

import requests
from app_server import served
from command_line import one_error_line
from PIL import Image

from nst_framework.cli import main


@pytest.mark.parametrize("route", ["gradio_api/file=", "file=", "static/", "assets/"])
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        str(Path(__file__)),
    ],
)
def test_server_files_cannot_be_read(address: str, route: str, path: str) -> None:
    # Other HTTP clients would resolve the dots themselves.
    connection = http.client.HTTPConnection(address.split("/")[2], timeout=60)
    connection.request("GET", f"/{route}{path}")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status >= 400
    assert b"root:" not in body
    assert b"def test_" not in body


def send(
    address: str, content: object, style: object, drawing: object = None, earlier: object = None
) -> tuple[int, str]:
    """Starts a picture as the page does, and returns the status and the final message."""
    config = requests.get(f"{address}config", timeout=60).json()
    make = next(each["id"] for each in config["dependencies"] if len(each["inputs"]) == 13)
    body = {
        "data": [
            *(content, style, None, drawing, None, "default", 64, 200, "style", 50, earlier),
            *("none", None),
        ],
        "fn_index": make,
        "session_hash": "program",
    }
    answer = requests.post(f"{address}gradio_api/queue/join", json=body, timeout=60)
    if answer.status_code != 200:
        return answer.status_code, ""
    with requests.get(
        f"{address}gradio_api/queue/data?session_hash=program", timeout=60, stream=True
    ) as events:
        lines = (line.decode() for line in events.iter_lines())
        return 200, next(line for line in lines if "process_completed" in line)


def test_only_uploads_are_used_as_images(address: str, tmp_path: Path) -> None:
    def data(path: str) -> dict[str, object]:
        return {"path": path, "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}

    Image.new("RGB", (3, 3)).save(tmp_path / "a.png")
    with (tmp_path / "a.png").open("rb") as file:
        answer = requests.post(f"{address}gradio_api/upload", files={"files": file}, timeout=60)
    uploaded = data(answer.json()[0])
    # The upload is accepted; only the second image is missing.
    status, end = send(address, uploaded, None)
    assert status == 200
    assert "Add a painting" in end
    for foreign in (data("/etc/passwd"), {"path": "/etc/passwd"}):
        drawing = {"background": None, "layers": [foreign], "composite": None}
        for values in (
            (foreign, uploaded),
            (uploaded, foreign),
            (uploaded, uploaded, drawing),
            (uploaded, uploaded, None, foreign),
        ):
            _, end = send(address, *values)
            refused = '"success":false', '"success": false', "Expected an uploaded file"
            assert any(words in end for words in refused), (values, end)
    # Other fields of an upload are not read.
    _, end = send(address, {"layers": [data("/etc/passwd")], **uploaded}, None)
    assert "Add a painting" in end
    assert send(address, uploaded, data("http://localhost/a.png"))[0] == 400
    assert send(address, uploaded, data("//localhost/a.png"))[0] == 400


def test_there_are_no_public_api_endpoints(address: str) -> None:
    assert requests.get(f"{address}gradio_api/info", timeout=60).json()["named_endpoints"] == {}


def test_large_files_are_refused(address: str) -> None:
    answer = requests.post(
        f"{address}gradio_api/upload", files={"files": ("a.png", b"x" * 1_100_000)}, timeout=60
    )
    assert answer.status_code == 413


def test_sigterm_ends_the_app() -> None:
    with served(end=signal.SIGTERM):
        pass


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for a process in /proc")
def test_test_servers_end_with_killed_tests() -> None:
    # Any module that keeps serving will do; the app would take seconds to start.
    tests = (
        "import app_server, time\n"
        "server = app_server.start_module('http.server', '0', PYTHONUNBUFFERED='1')\n"
        "assert 'Serving' in server.stdout.readline()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", tests],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        server = Path("/proc") / process.stdout.readline().strip()
        assert server.exists()
        process.kill()
    end = time.monotonic() + 30
    while server.exists() and "State:\tZ" not in (server / "status").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_password_is_required() -> None:
    with served(NST_APP_AUTH="painter:secret") as address:
        assert requests.get(f"{address}config", timeout=60).status_code == 401
        assert requests.get(f"{address}gradio_api/info", timeout=60).status_code == 401
        wrong = {"username": "painter", "password": "wrong"}
        assert requests.post(f"{address}login", data=wrong, timeout=60).status_code == 400
        session = requests.Session()
        right = {"username": "painter", "password": "secret"}
        assert session.post(f"{address}login", data=right, timeout=60).status_code == 200
        assert session.get(f"{address}config", timeout=60).status_code == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0"], "Add --auth USER:PASSWORD"),
        (["--host", "example.org"], "Add --auth USER:PASSWORD"),
        (["--auth", "painter"], "USER:PASSWORD"),
        (["--port", "70000"], "--port"),
        (["--max-size", "0"], "--max-size"),
        (["--sise", "0"], "--sise"),
    ],
)
def test_wrong_options(options: list[str], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["app", *options]) == 2
    assert words in one_error_line(capfd)
