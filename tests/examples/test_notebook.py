"""The notebook runs from top to bottom, shows what it says, and is kept with its pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import needs
import pytest

from nst_framework import read_image

nbformat = needs.package("nbformat")
needs.package("nbclient")
NOTEBOOK = Path(__file__).parents[2] / "examples" / "neural_style_transfer.ipynb"
# In a process of its own: in a worker that has run other tests, the client overlooks a reply until
# its whole timeout has passed.
EXECUTE = """
import nbclient, nbformat

notebook = nbformat.read("notebook.ipynb", as_version=4)
nbclient.NotebookClient(notebook, timeout=300).execute()
nbformat.write(notebook, "notebook.ipynb")
"""
WITHOUT_WIDGETS = "import sys; sys.modules['ipywidgets'] = None"


def index(notebook: Any, text: str) -> int:
    """The number of the first cell of code that has a text."""
    return next(
        number
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and text in cell.source
    )


def shown(notebook: Any, text: str, kind: str) -> list[Any]:
    """What a cell shows of a kind, such as "image/png"."""
    outputs = notebook.cells[index(notebook, text)].outputs
    return [each.data[kind] for each in outputs if kind in each.get("data", {})]


def check_outputs(notebook: Any, widgets: bool) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
    assert len(shown(notebook, "def find", "image/jpeg")) == 2
    assert len(shown(notebook, "trainer.fit(", "image/png")) == 1, "updated in one place"
    assert len(shown(notebook, "write_image(RESULT", "image/png")) == 1
    assert len(shown(notebook, 'Image("outputs/video.gif")', "image/gif")) == 1
    sliders = shown(notebook, "def show", "application/vnd.jupyter.widget-view+json")
    assert len(sliders) == widgets


@pytest.mark.slow
@pytest.mark.parametrize("widgets", [True, False])
def test_it_runs_and_shows_pictures_curves_slider_and_film(widgets: bool, tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (tmp_path / "images").symlink_to(NOTEBOOK.parent / "images")
    url = (NOTEBOOK.parent / "images" / "woodcut.jpg").as_uri()
    settings = notebook.cells[index(notebook, "CONTENT =")]
    settings.source += "\nSIZE, EPOCHS, STEPS_PER_EPOCH = 64, 2, 2"
    if not widgets:
        settings.source += f"\n{WITHOUT_WIDGETS}"
        # A file stands in for the network.
        settings.source += f"\nSTYLE = {url!r}"
        find = notebook.cells[index(notebook, "def find")]
        find.source = find.source.replace('"http://"', '"http://", "file://"')
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook, path)
    subprocess.run([sys.executable, "-c", EXECUTE], cwd=tmp_path, check=True)
    notebook = nbformat.read(path, as_version=4)
    check_outputs(notebook, widgets)
    outputs = tmp_path / "outputs"
    assert read_image(outputs / "result.png").shape == (43, 64, 3)
    assert sorted(each.name for each in (outputs / "epochs").iterdir()) == ["001.png", "002.png"]
    assert (outputs / "style-image").exists() != widgets
    if not widgets:
        assert len(shown(notebook, "def show", "image/png")) == 2


def test_it_is_kept_with_small_pictures() -> None:
    assert NOTEBOOK.stat().st_size < 1_500_000
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run once, from top to bottom"
    check_outputs(notebook, widgets=True)
