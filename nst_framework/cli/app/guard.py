"""Refuses what the page never sends: files by addresses, which Gradio would download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Message = dict[str, Any]
LARGEST = 2**20
"""Bytes of the largest request that is no upload."""


class Guard:
    """An ASGI application before Gradio's, which reads the events that visitors send.

    Args:
        app: Gradio's application.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Passes a request on, unless it names an address."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or path.endswith("/upload"):
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more and len(body) <= LARGEST:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if more or not is_harmless(body):
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"Refused."})
            return None
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await self.app(scope, replay, send)


def is_harmless(body: bytes) -> bool:
    """Whether a request names no file by an address."""
    try:
        paths = [str(path) for path in _paths(json.loads(body))]
    except (ValueError, RecursionError):
        return True  # A form, such as that of the password.
    return not any("://" in path or path.startswith("//") for path in paths)


def _paths(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "path" else _paths(each)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each)
