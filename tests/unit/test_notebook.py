"""The example notebook: valid, without outputs, and every cell runs, from a drawn film to its plot."""

from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs/notebooks/film.ipynb"


@pytest.mark.slow
def test_the_notebook_goes_from_a_film_to_a_plot(tmp_path, monkeypatch):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    monkeypatch.chdir(tmp_path)
    scope = {}
    with plt.rc_context({"backend": "agg"}):
        for cell in cells:
            exec(compile(cell.source, f"{NOTEBOOK.name}, {cell.id}", "exec"), scope)
        drawn = [line.get_ydata() for axes in scope["figure"].axes for line in axes.get_lines()]
        plt.close(scope["figure"])
    frames = scope["frames"]
    assert len(drawn) == 7 * frames["face"].nunique() and all(0 <= line.min() <= line.max() <= 1 for line in drawn)
    assert {"happy", "disgust"} <= set(scope["certain"]["label"])
    assert set(scope["windows"]["status"]) <= {"ok", "uncertain", "no face", "too short"}
