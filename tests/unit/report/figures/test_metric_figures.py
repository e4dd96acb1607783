"""The figures of the metrics show the metrics' numbers."""

import numpy as np
import pandas as pd
import pytest
from fake_runs import CLASSES, MODELS, REFERENCE, evaluate_fake, write_fake_results

from videofer.report.figures.accuracies import plot_models, plot_overview
from videofer.report.figures.answers import plot_answers, plot_confusion
from videofer.report.figures.study import draw_figures
from videofer.report.figures.training import plot_history

FULL = "margin-reconstruction-ce"
PAPER = REFERENCE / "table-4.1.csv"


@pytest.fixture(scope="module")
def metrics(root):
    return evaluate_fake(root, models=MODELS)


def of(metrics, name, variant=FULL, model="capsule-lstm"):
    """Return the rows of a table of metrics that are of one variant."""
    return metrics[name].query("model == @model and variant == @variant")


def drawn(axes):
    """Return the x and y values of every line."""
    return [(np.ravel(line.get_xdata()).tolist(), np.ravel(line.get_ydata()).tolist()) for line in axes.lines]


def test_history_draws_accuracy_and_losses_by_mean_and_range_over_the_folds(metrics):
    rows = of(metrics, "history")
    panels = [axes for axes in plot_history(rows).axes if axes.get_visible()]
    assert [axes.get_title() for axes in panels] == [
        "accuracy (%)",
        "margin loss of the capsules, eq. 3.2",
        "reconstruction loss, eq. 3.3",
        "LSTM loss, cross-entropy, eq. 3.4",
        "joint loss, eq. 3.1",
    ]
    train = rows.query("split == 'train'")
    for axes, name, scale in ((panels[0], "accuracy", 100), (panels[1], "margin", 1)):
        mean = scale * train.groupby("epoch")[name].mean()
        assert drawn(axes)[0] == (mean.index.tolist(), pytest.approx(mean.tolist()))
        band = axes.collections[0].get_paths()[0].vertices[:, 1]
        wanted = scale * train[name].min(), scale * train[name].max()
        assert (band.min(), band.max()) == pytest.approx(wanted)


def test_history_stacks_the_marks_of_runs_that_chose_the_same_epoch(metrics):
    first = plot_history(of(metrics, "history")).axes[0]
    marks = next(line for line in first.lines if line.get_marker() == "^")
    assert marks.get_xdata().tolist() == [7, 7, 7]  # fake runs choose the last epoch but one
    assert len(set(marks.get_ydata())) == 3


def test_history_leaves_out_a_loss_that_a_variant_has_not_and_says_where_there_are_no_epochs(metrics):
    rows = of(metrics, "history", "margin-ce")
    assert not any("reconstruction" in axes.get_title() for axes in plot_history(rows).axes)
    (words,) = plot_history(rows.assign(epoch=0)).texts
    assert "not trained in epochs" in words.get_text()


def test_confusion_cells_give_counts_and_per_cent_of_the_true_class(metrics):
    part = of(metrics, "confusion").query("head == 'capsule'")
    counts = part.pivot(index="true", columns="predicted", values="count").loc[CLASSES, CLASSES].to_numpy()
    panel = plot_confusion(of(metrics, "confusion"), of(metrics, "overall")).axes[1]
    written = [text.get_text().split("\n") for text in panel.texts]
    assert [int(cell[0]) for cell in written] == counts.flatten().tolist()
    for row, cell in zip(np.repeat(counts.sum(1), 6), written, strict=True):
        assert cell == ["0"] or abs(float(cell[1][:-2]) - 100 * int(cell[0]) / row) <= 0.5


def test_confusion_of_several_seeds_says_what_it_counts(tmp_path):
    root = write_fake_results(tmp_path, seeds=(0, 1, 2), absent=("fear",))
    metrics = evaluate_fake(root, seeds=(0, 1, 2))
    part = of(metrics, "confusion").query("head == 'sequence'")
    panel = plot_confusion(of(metrics, "confusion"), of(metrics, "overall")).axes[0]
    assert panel.get_ylabel() == "true expression (clips × seeds)"
    rows = [label.get_text() for label in panel.get_yticklabels()]
    assert rows == [f"{name} ({0 if name == 'fear' else 6} × 3)" for name in CLASSES]
    right = sum(part.query("true == predicted")["count"])
    assert panel.get_title() == f"(a) LSTM, {right} of 90 right"


def test_overview_draws_the_interval_over_subjects_and_the_papers_value(metrics):
    axes = plot_overview(metrics["overall"], pd.read_csv(PAPER)).axes[0]
    lines = [xs for xs, _ in drawn(axes)]
    words = " ".join(text.get_text() for text in axes.texts)
    for row in metrics["overall"].query("model == 'capsule-lstm'").itertuples():
        assert pytest.approx([100 * row.subject_low, 100 * row.subject_high]) in lines
        assert pytest.approx([100 * row.accuracy]) in lines
        assert f"({row.correct}/{row.n})" in words
    assert all([value] in lines for value in pd.read_csv(PAPER)["accuracy_percent"])


def test_overview_falls_back_to_clips_and_says_so(tmp_path):
    overall = evaluate_fake(write_fake_results(tmp_path, subjects=3))["overall"]
    row, axes = overall.iloc[0], plot_overview(overall, pd.read_csv(PAPER)).axes[0]
    assert axes.get_xlabel().endswith("interval over clips")
    assert pytest.approx([100 * row.wilson_low, 100 * row.wilson_high]) in [xs for xs, _ in drawn(axes)]


def test_models_are_ranked_with_their_interval_the_printed_figures_and_the_line_of_the_full_model(metrics):
    models = metrics["models"]
    printed = [pd.read_csv(REFERENCE / f"{name}.csv") for name in ("table-4.2", "originals")]
    axes = plot_models(models, printed).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    ranked = models.sort_values("accuracy", ascending=False, kind="stable")
    assert names == [f"{row.model} {row.variant}".removesuffix(" plain") for row in ranked.itertuples()]
    joint, height = models.query("variant == 'joint'").iloc[0], names.index("dtagn joint")
    lines = drawn(axes)
    assert (pytest.approx([100 * joint.subject_low, 100 * joint.subject_high]), [height, height]) in lines
    for value in (pytest.approx(100 * joint.accuracy), 69.53, 70.24):
        assert ([value], [height]) in lines
    full = models.query("variant == @FULL").accuracy.item()
    assert (pytest.approx([100 * full] * 2), [0, 1]) in lines
    assert f"({joint.correct}/{joint.n})" in " ".join(text.get_text() for text in axes.texts)
    assert ([69.53], [height]) not in drawn(plot_models(models, None).axes[0])


def test_answers_show_recall_calibration_and_every_person_the_hardest_first(metrics):
    tables = [of(metrics, name, "joint", "dtagn") for name in ("classes", "reliability", "calibration", "subjects")]
    rates, reliability, people = plot_answers(*tables).axes
    classes, bins, _, subjects = (table.query("head == 'sequence'") for table in tables)
    assert drawn(rates)[0] == (pytest.approx((100 * classes["recall"]).tolist()), list(range(6)))
    dots = 100 * bins[["confidence", "accuracy"]]
    assert np.allclose(reliability.collections[0].get_offsets(), dots)
    assert f"ECE {100 * tables[2].ece.iloc[0]:.1f}" in reliability.get_title()
    heights = [bar.get_height() for bar in people.patches]
    assert heights == sorted(heights) == pytest.approx(sorted(100 * subjects["accuracy"]))


def test_all_figures_are_drawn_in_one_go_each_where_its_path_says(root, study, tmp_path):
    reference = {"paper_losses": "table-4.1", "paper_models": "table-4.2", "originals": "originals"}
    files = {path.stem: path for path in (root / "metrics").glob("*.csv")}
    files |= {key: REFERENCE / f"{name}.csv" for key, name in reference.items()}
    files |= {name: study / f"{name}.safetensors" for name in ("clips", "explanations")}
    names = ["figure-4.1.svg", "figure-models.pdf", "figure-overview.svg", "dtagn/joint/history.svg"]
    names += [f"capsule-lstm/{FULL}/saliency.svg", "ours/plain/answers.svg", "ours/plain/confusion.svg"]
    draw_figures(files, [tmp_path / name for name in names], "rendered", CLASSES)
    assert all((tmp_path / name).stat().st_size > 5000 for name in names)
