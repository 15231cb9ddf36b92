"""How Sphinx builds the site: `sphinx-build -W --keep-going -c docs . build/site`.

The folder of the sources is the repository itself, so that links between files are the same here
and on GitHub.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import nst_framework

project = "nst_framework"
author = "the nst_framework authors"
release = version = nst_framework.__version__

root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "benchmarks/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = ["build", "outputs", ".*", "tests", "nst_framework", "callbacks"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "markdown_docstrings",
    "mathml",
    "object_links",
]

# Blocks without a language are commands.
highlight_language = "none"

# On GitHub, Markdown between colons is shown as Markdown.
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "nst_framework"
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
# Fonts, scripts and formulas are those of the site itself, so that it works without a network.
html_theme_options = {
    "light_css_variables": {"font-stack": "system-ui, sans-serif"},
    "dark_css_variables": {"font-stack": "system-ui, sans-serif"},
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_extra_path = ["_root"]
