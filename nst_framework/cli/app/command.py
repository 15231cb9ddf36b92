"""`nst app`: starts the page and opens the browser."""

from __future__ import annotations

import ipaddress
import os
import signal
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...quiet_tensorflow import load_backend
from ...settings.option import INTEGER, TEXT, Option, Use, Values
from ...text import say

if TYPE_CHECKING:
    from .visits import Lifetime

HOST, PORT = "127.0.0.1", 7860
AUTH_VARIABLE = "NST_APP_AUTH"


COMMAND = Use.COMMAND
# fmt: off
APP_OPTIONS = (
    Option("host", "page", COMMAND, TEXT, default=HOST,
        help="address to listen on; an address that other machines can reach needs --auth"),
    Option("port", "page", COMMAND, INTEGER, default=PORT,
        help="port to listen on; 0: any free port"),
    Option("auth", "page", COMMAND, TEXT, metavar="USER:PASSWORD",
        help="require this user name and password; other users of this machine cannot see them if "
        f"you set the environment variable {AUTH_VARIABLE} instead"),
    Option("no_browser", "page", COMMAND, TEXT, values=Values.SWITCH,
        help="do not open the browser"),
    Option("max_size", "page", COMMAND, INTEGER, default=1024, metavar="PIXELS",
        help="maximum size of a picture"),
    Option("max_upload", "page", COMMAND, INTEGER, default=20, metavar="MB",
        help="maximum size of an uploaded file"),
)
# fmt: on


def run_app(typed: Mapping[str, Any], lifetime: Lifetime | None = None) -> int:
    """Serves the page until Ctrl-C.

    Args:
        typed: The options that the user typed.
        lifetime: How long files are kept; `None`: the default.

    Returns:
        The exit code 0.

    Raises:
        ValueError: If an option is wrong.
        ImportError: If Gradio is not installed.
        OSError: If the port is taken.
    """
    options = {option.name: typed.get(option.name, option.default) for option in APP_OPTIONS}
    user, password = check_options(options)
    # Gradio reads this when it is imported.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"nst app needs Gradio (no module named {error.name!r}): "
            "pip install 'nst_framework[app]'"
        ) from error
    say("Loading Keras and the page ...")
    # Containers and service managers send SIGTERM; it ends the app like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    load_backend()
    from starlette.middleware import Middleware

    from .events import Events, Limits
    from .page import CSS, build_page, theme
    from .uploads import Guard

    with tempfile.TemporaryDirectory(prefix="nst-app-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        limits = Limits(options["max_size"], options["max_upload"])
        events = Events(Path(folder), limits, lifetime)
        page = build_page(events, limits)
        try:
            _, address, _ = page.launch(
                server_name=options["host"],
                server_port=options["port"] or None,
                auth=(user, password) if user else None,
                inbrowser=not options["no_browser"],
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
            say(f"The app is at {address} . Press Ctrl-C to stop it.")
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
        finally:
            events.close()
            page.close(verbose=False)
    return 0


def check_options(options: Mapping[str, Any]) -> tuple[str, str]:
    """Checks the options, and returns the user name and the password, which may both be empty.

    A host that other machines can reach requires a password.
    """
    if not 0 <= options["port"] <= 65535:
        raise ValueError(f"Expected --port to be from 0 to 65535. Received: {options['port']}.")
    if options["max_size"] < 64:
        raise ValueError(f"Expected --max-size to be at least 64. Received: {options['max_size']}.")
    if options["max_upload"] < 1:
        raise ValueError(
            f"Expected --max-upload to be at least 1. Received: {options['max_upload']}."
        )
    auth = options["auth"] or os.environ.get(AUTH_VARIABLE, "")
    user, colon, password = auth.partition(":")
    if auth and not (user and colon and password):
        raise ValueError(
            "Expected --auth to be USER:PASSWORD. Received: another form (not shown). Put a colon "
            "between name and password; neither may be empty."
        )
    if not user and not is_this_machine(options["host"]):
        raise ValueError(
            f"--host {options['host']} can be reached from other machines, so it needs a password. "
            "Add --auth USER:PASSWORD, or leave out --host."
        )
    return user, password


def is_this_machine(host: str) -> bool:
    """Whether only this machine can reach a server that listens on this address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
