"""The figures of the metrics show the metrics' numbers."""

import numpy as np
import pandas as pd
import pytest
from fake_runs import CLASSES, MODELS, REFERENCE, VARIANTS, evaluate_fake, write_fake_results

from videofer.core.artifacts import read_table
from videofer.report.figures.accuracies import plot_models, plot_overview, plot_subjects
from videofer.report.figures.answers import plot_calibration, plot_confusion
from videofer.report.figures.training import plot_curves, plot_history

FULL = "margin-reconstruction-ce"
PAPER = REFERENCE / "table-4.1.csv"


@pytest.fixture(scope="module")
def metrics(root):
    return {
        name: table[table["model"] == "capsule-lstm"] if "model" in table else table
        for name, table in evaluate_fake(root, models=MODELS).items()
    }


def drawn(axes):
    """Return the x and y values of every line."""
    return [(np.ravel(line.get_xdata()).tolist(), np.ravel(line.get_ydata()).tolist()) for line in axes.lines]


def test_history_draws_mean_and_range_over_the_folds(root, metrics):
    history = metrics["history"].query("variant == @FULL and split == 'train'")
    panel = plot_history(root / "metrics/history.csv", FULL).axes[0]
    mean = history.groupby("epoch")["margin"].mean()
    assert drawn(panel)[0] == (mean.index.tolist(), pytest.approx(mean.tolist()))
    band = panel.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((history["margin"].min(), history["margin"].max()))


def test_history_stacks_the_marks_of_runs_that_chose_the_same_epoch(root):
    joint = plot_history(root / "metrics/history.csv", FULL).axes[3]
    marks = next(line for line in joint.lines if line.get_marker() == "^")
    assert marks.get_xdata().tolist() == [7, 7, 7]  # fake runs choose the last epoch but one
    assert len(set(marks.get_ydata())) == 3


def test_history_without_reconstruction_says_so(root):
    panel = plot_history(root / "metrics/history.csv", "margin-ce").axes[1]
    assert [text.get_text() for text in panel.texts] == ["not part of this variant"]


def test_curves_have_a_panel_for_every_model_with_epochs_and_the_mean_of_its_runs(root, metrics):
    table = read_table(root / "metrics/history.csv", "history")
    panels = [axes for axes in plot_curves(root / "metrics/history.csv").axes if axes.get_visible()]
    names = table[table["epoch"] > 0].groupby(["model", "variant"], sort=False).size().index
    assert [axes.get_title() for axes in panels] == ["\n".join(name) for name in names]
    one = table[(table["model"] == names[0][0]) & (table["variant"] == names[0][1]) & (table["split"] == "train")]
    mean, runs = 100 * one.groupby("epoch")["accuracy"].mean(), one.groupby(["seed", "fold"]).ngroups
    assert drawn(panels[0])[runs] == (mean.index.tolist(), pytest.approx(mean.tolist()))


def test_confusion_cells_give_counts_and_per_cent_of_the_true_class(root, metrics):
    part = metrics["confusion"].query("variant == @FULL and head == 'capsule'")
    counts = part.pivot(index="true", columns="predicted", values="count").loc[CLASSES, CLASSES].to_numpy()
    panel = plot_confusion(root / "metrics/confusion.csv", root / "metrics/overall.csv", FULL).axes[1]
    written = [text.get_text().split("\n") for text in panel.texts]
    assert [int(cell[0]) for cell in written] == counts.flatten().tolist()
    for row, cell in zip(np.repeat(counts.sum(1), 6), written, strict=True):
        assert cell == ["0"] or abs(float(cell[1][:-2]) - 100 * int(cell[0]) / row) <= 0.5


def test_confusion_of_several_seeds_says_what_it_counts(tmp_path):
    root = write_fake_results(tmp_path, seeds=(0, 1, 2), absent=("fear",))
    part = evaluate_fake(root, seeds=(0, 1, 2))["confusion"].query("variant == @FULL and head == 'sequence'")
    panel = plot_confusion(root / "metrics/confusion.csv", root / "metrics/overall.csv", FULL).axes[0]
    assert panel.get_ylabel() == "true expression (clips × seeds)"
    rows = [label.get_text() for label in panel.get_yticklabels()]
    assert rows == [f"{name} ({0 if name == 'fear' else 6} × 3)" for name in CLASSES]
    right = sum(part.query("true == predicted")["count"])
    assert panel.get_title() == f"(a) LSTM, {right} of 90 right"


def test_overview_draws_the_interval_over_subjects_and_the_papers_value(root, metrics):
    axes = plot_overview(root / "metrics/overall.csv", PAPER).axes[0]
    lines = [xs for xs, _ in drawn(axes)]
    words = " ".join(text.get_text() for text in axes.texts)
    for row in metrics["overall"].itertuples():
        assert pytest.approx([100 * row.subject_low, 100 * row.subject_high]) in lines
        assert pytest.approx([100 * row.accuracy]) in lines
        assert f"({row.correct}/{row.n})" in words
    assert all([value] in lines for value in pd.read_csv(PAPER)["accuracy_percent"])


def test_overview_falls_back_to_clips_and_says_so(tmp_path):
    row = evaluate_fake(write_fake_results(tmp_path, subjects=3))["overall"].iloc[0]
    axes = plot_overview(tmp_path / "metrics/overall.csv", PAPER).axes[0]
    assert axes.get_xlabel().endswith("interval over clips")
    assert pytest.approx([100 * row.wilson_low, 100 * row.wilson_high]) in [xs for xs, _ in drawn(axes)]


def test_models_have_their_interval_the_printed_figures_and_the_line_of_the_full_model(root):
    models = evaluate_fake(root, models=MODELS)["models"]
    printed = REFERENCE / "table-4.2.csv", REFERENCE / "originals.csv"
    axes = plot_models(root / "metrics/models.csv", *printed).axes[0]
    names = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels()), strict=True))
    (height,) = (y for y, name in names.items() if name == "joint")
    assert names[height - 2] == "DTGAN (= DTAGN)"
    joint = models.query("variant == 'joint'").iloc[0]
    lines = drawn(axes)
    interval = pytest.approx([100 * joint.subject_low, 100 * joint.subject_high])
    assert (interval, [height, height]) in lines
    for value in (pytest.approx(100 * joint.accuracy), 69.53, 70.24):
        assert ([value], [height]) in lines
    full = models.query("variant == @FULL").accuracy.item()
    assert (pytest.approx([100 * full] * 2), [0, 1]) in lines
    words = [text.get_text() for text in axes.texts]
    assert words.count("not trained") == 3 and f"({joint.correct}/{joint.n})" in " ".join(words)


def test_subjects_have_a_mark_for_each_variant_and_stand_in_order_of_their_mean(root, metrics):
    axes = plot_subjects(root / "metrics/subjects.csv").axes[0]
    assert [line.get_label() for line in axes.lines] == VARIANTS
    names = [label.get_text() for label in axes.get_xticklabels()]
    accuracy = metrics["subjects"].query("head == 'sequence' and variant == @FULL").set_index("subject").accuracy
    marks = axes.lines[VARIANTS.index(FULL)]
    marked = dict(zip((names[round(x)] for x in marks.get_xdata()), marks.get_ydata(), strict=True))
    assert marked == pytest.approx((100 * accuracy).to_dict())
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(heights)


def test_calibration_panels_show_the_bins_and_the_error(root, metrics):
    figure = plot_calibration(root / "metrics/calibration.csv", root / "metrics/reliability.csv")
    curves, histograms = figure.axes[:4], figure.axes[4:]
    bins = metrics["reliability"].query("variant == @VARIANTS[1] and head == 'sequence'")
    assert np.allclose(curves[1].collections[0].get_offsets(), bins[["confidence", "accuracy"]])
    error = metrics["calibration"].query("variant == @VARIANTS[1] and head == 'sequence'").ece.item()
    assert f"ECE {100 * error:.1f}" in curves[1].get_title()
    assert histograms[1].patches[0].get_data().values.sum() == bins.n.sum()
