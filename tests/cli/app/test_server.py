"""What the app's server gives away, and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from app_server import served
from command_line import one_error_line

from nst_framework.cli import main


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        str(Path(__file__)),
        "setup.cfg",
    ],
)
def test_no_file_of_the_server_can_be_read(address: str, path: str) -> None:
    for route in ("gradio_api/file=", "file=", "static/", "assets/", "theme.css/../../"):
        answer = requests.get(f"{address}{route}{path}", timeout=10)
        assert b"root:" not in answer.content
        assert b"install_requires" not in answer.content
        assert b"def test_" not in answer.content


def test_no_file_of_the_server_can_be_used_as_an_image(address: str, tmp_path: Path) -> None:
    config = requests.get(f"{address}config", timeout=10).json()
    make = next(each["id"] for each in config["dependencies"] if len(each["inputs"]) == 11)
    secret = {"path": "/etc/passwd", "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}
    body = {
        "data": [secret, secret, None, None, None, "default", 64, 200, "style", 50, None],
        "fn_index": make,
        "session_hash": "thief",
    }
    requests.post(f"{address}gradio_api/queue/join", json=body, timeout=10)
    lines = requests.get(
        f"{address}gradio_api/queue/data?session_hash=thief", timeout=30, stream=True
    ).iter_lines()
    end = next(line.decode() for line in lines if b"process_completed" in line)
    assert '"success":false' in end.replace(" ", "")


def test_no_endpoint_is_offered_to_programs(address: str) -> None:
    assert requests.get(f"{address}gradio_api/info", timeout=10).json()["named_endpoints"] == {}


def test_large_files_are_refused(address: str) -> None:
    answer = requests.post(
        f"{address}gradio_api/upload", files={"files": ("a.png", b"x" * 1_100_000)}, timeout=10
    )
    assert answer.status_code == 413


def test_a_password_is_asked_for() -> None:
    with served(NST_APP_AUTH="painter:secret") as address:
        assert requests.get(f"{address}config", timeout=10).status_code == 401
        assert requests.get(f"{address}gradio_api/info", timeout=10).status_code == 401
        wrong = {"username": "painter", "password": "wrong"}
        assert requests.post(f"{address}login", data=wrong, timeout=10).status_code == 400
        session = requests.Session()
        right = {"username": "painter", "password": "secret"}
        assert session.post(f"{address}login", data=right, timeout=10).status_code == 200
        assert session.get(f"{address}config", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0"], "Expected --auth"),
        (["--host", "example.org"], "Expected --auth"),
        (["--auth", "painter"], "USER:PASSWORD"),
        (["--port", "70000"], "--port"),
        (["--max-size", "0"], "--max-size"),
        (["--sise", "0"], "--sise"),
    ],
)
def test_wrong_options(options: list[str], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["app", *options]) == 2
    assert words in one_error_line(capfd)
