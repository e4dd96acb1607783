"""Every figure: same bytes again, all formats, no crash where data are thin or names are hostile."""

import numpy as np
import pandas as pd
import pytest
from fake_runs import CLASSES, REFERENCE, evaluate_fake, write_fake_results

from videofer.core.artifacts import read_table, write_arrays
from videofer.core.errors import UserError
from videofer.report.figures.accuracies import plot_models, plot_overview
from videofer.report.figures.answers import plot_answers, plot_confusion, plot_frames
from videofer.report.figures.faces import Sheet, plot_dimensions, plot_reconstructions, plot_saliency, plot_samples
from videofer.report.figures.style import save_figure, save_plot
from videofer.report.figures.training import plot_history

FULL = "margin-reconstruction-ce"
FORMATS = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}
NAMES = ["$(touch pwned)$", r"$\frac$", "$", "<script>alert(1)</script>", "\N{GRINNING FACE}"]


def list_plots(root, variant=FULL):
    """Return the figures of a folder of results, each with what it is drawn from."""
    formats = {"history": "history"}
    tables = {
        path.stem: read_table(path, formats.get(path.stem, "metric"))
        for path in (root / "metrics").glob("*.csv")
        if path.stem != "predictions"
    }
    own = {name: table[table["variant"] == variant] for name, table in tables.items() if "variant" in table}
    losses, *printed = (pd.read_csv(REFERENCE / f"{name}.csv") for name in ("table-4.1", "table-4.2", "originals"))
    return [
        (plot_answers, *(own[name] for name in ("classes", "reliability", "calibration", "subjects"))),
        (plot_confusion, own["confusion"], own["overall"]),
        (plot_history, own["history"]),
        (plot_models, tables["models"], printed),
        (plot_overview, tables["overall"], losses),
        (plot_samples, root / "clips.safetensors"),
    ]


def draw_twice(tmp_path, suffixes, plot, *inputs):
    """Save a figure twice and return the bytes of both."""
    for run in "ab":
        save_plot(plot, [tmp_path / f"{run}{suffix}" for suffix in suffixes], *inputs)
    return [[(tmp_path / f"{run}{suffix}").read_bytes() for suffix in suffixes] for run in "ab"]


def test_every_figure_has_the_same_bytes_again(root, study, tmp_path):
    explanations, clips = study / "explanations.safetensors", study / "clips.safetensors"
    explained = [(plot, explanations, clips) for plot in (plot_dimensions, plot_reconstructions, plot_saliency)]
    for plot, *inputs in (*list_plots(root), (plot_frames, explanations), *explained):
        first, second = draw_twice(tmp_path, [".svg"], plot, *inputs)
        assert first == second, plot


def test_every_format_has_the_same_bytes_again(root, tmp_path):
    first, second = draw_twice(tmp_path, FORMATS, plot_samples, root / "clips.safetensors")
    assert first == second
    assert all(content.startswith(start) for content, start in zip(first, FORMATS.values(), strict=True))
    assert not any(date in content for content in first for date in (b"<dc:date>", b"CreationDate"))


@pytest.mark.parametrize(
    "options",
    [
        {"subjects": 3, "seeds": (0, 1)},  # too few people for an interval over them
        {"variants": ["margin-ce"], "absent": ("fear",)},
        {"folds": [0], "epochs": 2},
    ],
)
def test_thin_or_repeated_data_are_drawn(options, tmp_path):
    write_fake_results(tmp_path, **options)
    evaluate_fake(tmp_path, **{key: options[key] for key in ("variants", "seeds", "folds") if key in options})
    for plot, *inputs in list_plots(tmp_path, options.get("variants", [FULL])[0]):
        save_plot(plot, [tmp_path / "figure.svg"], *inputs)
        assert "<svg" in (tmp_path / "figure.svg").read_text()


def test_no_clip_to_show_is_a_user_s_error(tmp_path):
    names = {"clips": [], "subjects": [], "classes": CLASSES}
    arrays = {"clip": np.zeros((0, 16, 64, 64), np.uint8), "label": np.zeros(0, np.int64)}
    write_arrays(tmp_path / "clips.safetensors", "clips", arrays, names)
    with pytest.raises(UserError, match=r"see rejected\.tsv"):
        plot_samples(tmp_path / "clips.safetensors")


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_person_s_name_is_drawn_and_not_read_as_a_formula(root, tmp_path):
    plot, *tables, subjects = list_plots(root)[0]
    renamed = dict(zip(sorted(set(subjects["subject"])), NAMES, strict=False))
    figure = plot(*tables, subjects.replace({"subject": renamed}))
    save_figure(figure, [tmp_path / "subjects.svg"])
    shown = {label.get_text().replace(r"\$", "$") for label in figure.axes[2].get_xticklabels()}
    assert shown >= set(NAMES)
    sheet = Sheet(1.0)
    for name in NAMES:
        sheet.write(0, 0, name)
    save_figure(sheet.figure, [tmp_path / "sheet.svg"])
