"""Links such as `api/losses.md#nst_framework.StyleLoss`, which lead to an entry of the API here.

On GitHub, they lead to the page.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def add_anchors(app: Sphinx, env: BuildEnvironment) -> None:
    """Adds the documented objects to the anchors of headings that MyST knows."""
    for name, entry in env.domains.python_domain.objects.items():
        slugs = env.metadata[entry.docname].setdefault("myst_slugs", {})
        slugs[entry.node_id] = (0, entry.node_id, name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connects it between the reading of the pages and the resolution of their links."""
    app.connect("env-check-consistency", add_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
