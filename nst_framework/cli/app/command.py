"""`nst app`: starts the page and opens the browser."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import tempfile
import threading
from pathlib import Path

from ..output import say
from ..start_up import load_backend
from ..transfer_options import add_traceback_option

HOST, PORT = "127.0.0.1", 7860
AUTH_VARIABLE = "NST_APP_AUTH"


def add_app_options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Adds the options of `nst app`, and returns them."""
    add = parser.add_argument
    actions = [
        add(
            "--host",
            default=HOST,
            help="address to listen on; others than this machine need --auth",
        ),
        add("--port", type=int, default=PORT, help="port to listen on; 0: any that is free"),
        add(
            "--auth",
            metavar="USER:PASSWORD",
            help=f"ask for this name and password; better set it as {AUTH_VARIABLE} in the "
            "environment, where other users cannot see it",
        ),
        add("--no-browser", action="store_true", help="do not open the browser"),
        add(
            "--max-size", type=int, default=1024, metavar="PIXELS", help="largest size of a picture"
        ),
        add(
            "--max-upload",
            type=int,
            default=20,
            metavar="MB",
            help="largest file that may be uploaded",
        ),
        add_traceback_option(parser),
    ]
    return {action.dest: action for action in actions}


def run_app(typed: argparse.Namespace) -> int:
    """Serves the page until Ctrl-C, and returns the exit code 0."""
    user, password = check_options(typed)
    # Before Gradio is imported, which reads it.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Expected Gradio, which the app is made with. Received: no module named "
            f"{error.name!r}. Run pip install 'nst_framework[app]'."
        ) from error
    say("Loading Keras and the page ...")
    # What containers and service managers send ends the app as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    load_backend()
    from starlette.middleware import Middleware

    from .events import Events, Limits
    from .page import CSS, build_page, theme
    from .uploads import Guard

    with tempfile.TemporaryDirectory(prefix="nst-app-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder) / "uploads")
        limits = Limits(typed.max_size, typed.max_upload)
        events = Events(Path(folder), limits)
        page = build_page(events, limits)
        try:
            _, address, _ = page.launch(
                server_name=typed.host,
                server_port=typed.port or None,
                auth=(user, password) if user else None,
                inbrowser=not typed.no_browser,
                share=False,
                quiet=True,
                ssr_mode=False,
                footer_links=[],
                prevent_thread_lock=True,
                max_file_size=f"{limits.megabytes}mb",
                enable_monitoring=False,
                app_kwargs={"middleware": [Middleware(Guard)]},
                theme=theme(),
                css=CSS,
            )
            say(f"The app is at {address} . Ctrl-C ends it.")
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
        finally:
            events.close()
            page.close(verbose=False)
    return 0


def check_options(typed: argparse.Namespace) -> tuple[str, str]:
    """The name and the password, both empty if there are none.

    Other machines cannot come in without a password.
    """
    if not 0 <= typed.port <= 65535:
        raise ValueError(f"Expected --port to be from 0 to 65535. Received: {typed.port}.")
    if typed.max_size < 64:
        raise ValueError(f"Expected --max-size to be at least 64. Received: {typed.max_size}.")
    if typed.max_upload < 1:
        raise ValueError(f"Expected --max-upload to be at least 1. Received: {typed.max_upload}.")
    auth = typed.auth or os.environ.get(AUTH_VARIABLE, "")
    user, colon, password = auth.partition(":")
    if auth and not (user and colon and password):
        raise ValueError(
            "Expected --auth to be USER:PASSWORD. Received: something else. Put a colon between "
            "name and password, neither of which may be empty."
        )
    if not user and not is_this_machine(typed.host):
        raise ValueError(
            f"Expected --auth USER:PASSWORD with a host that other machines can reach. Received: "
            f"--host {typed.host} alone. Add it, or leave out --host."
        )
    return user, password


def is_this_machine(host: str) -> bool:
    """Whether only this machine can reach what listens on an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
