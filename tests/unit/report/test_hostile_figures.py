"""A person's name with dollar signs is drawn, not read as a formula."""

import pandas as pd
import pytest

from videofer.report.figures.sheet import Sheet
from videofer.report.figures.style import save_figure, styled
from videofer.report.figures.subjects import draw_subjects

NAMES = ["$(touch pwned)$", r"$\frac$", "$", "<script>alert(1)</script>", "\N{GRINNING FACE}"]


@pytest.mark.filterwarnings("ignore:Glyph")
def test_subjects_and_sheets_draw_any_name(tmp_path):
    rows = [
        {"model": "capsule-lstm", "variant": "margin-ce", "subject": name, "correct": 1, "n": 2, "accuracy": 0.5}
        for name in NAMES
    ]
    with styled():
        figure = draw_subjects(pd.DataFrame(rows))
        save_figure(figure, [tmp_path / "subjects.svg"])
        shown = [label.get_text() for label in figure.axes[0].get_xticklabels()]
        sheet = Sheet(1.0)
        for name in NAMES:
            sheet.write(0, 0, name)
        save_figure(sheet.figure, [tmp_path / "sheet.svg"])
    assert [words.replace(r"\$", "$") for words in shown] == NAMES
