"""The notebook runs from top to bottom and shows its figures live."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_notebook_runs_and_shows_figures_and_result(tmp_path: Path) -> None:
    notebook = nbformat.read(EXAMPLES / "neural_style_transfer.ipynb", as_version=4)
    (tmp_path / "images").symlink_to(EXAMPLES / "images")
    settings = notebook.cells[1]
    assert "CONTENT =" in settings.source, "the paths are at the top"
    settings.source += "\nSIZE, EPOCHS, STEPS_PER_EPOCH = 64, 2, 2"
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    pictures = [
        (index, output)
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    fit = next(i for i, cell in enumerate(notebook.cells) if "trainer.fit(" in cell.source)
    # Two figures, each updated in place, and the result in the last cell.
    assert [index for index, _ in pictures] == [fit, fit, len(notebook.cells) - 1]
    assert (tmp_path / "outputs" / "result.png").exists()
