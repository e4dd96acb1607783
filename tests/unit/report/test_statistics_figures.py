"""The figures of the evidence: same bytes again, the numbers of the metrics, no crash where data are thin."""

import numpy as np
import pandas as pd
import pytest
from fake_runs import MODELS, REFERENCE, VARIANTS, evaluate_fake, write_fake_results

from videofer.report.figures.calibration import draw_calibration, plot_calibration
from videofer.report.figures.models import draw_models, plot_models
from videofer.report.figures.overview import draw_overview, plot_overview
from videofer.report.figures.subjects import draw_subjects, plot_subjects
from videofer.report.tables.models import list_rows

PAPER = REFERENCE / "table-4.1.csv"
PRINTED = {"models": REFERENCE / "table-4.2.csv", "originals": REFERENCE / "originals.csv"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_fake_results(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def metrics(root):
    return evaluate_fake(root)


NAMES = ["overview", "models", "subjects", "calibration"]


def plot(name, root, out):
    metrics = root / "metrics"
    if name == "overview":
        plot_overview(metrics / "overall.csv", PAPER, out)
    elif name == "models":
        plot_models(metrics / "models.csv", PRINTED, out)
    elif name == "subjects":
        plot_subjects(metrics / "subjects.csv", out)
    else:
        plot_calibration(metrics / "calibration.csv", metrics / "reliability.csv", out)


@pytest.mark.parametrize("name", NAMES)
def test_figures_have_the_same_bytes_again(name, root, metrics, tmp_path):
    first, second = ([tmp_path / f"{run}.{suffix}" for suffix in ("svg", "pdf", "png")] for run in "ab")
    plot(name, root, first)
    plot(name, root, second)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{"subjects": 3}, {"variants": ["margin-ce"]}, {"seeds": (0, 1)}])
def test_figures_of_thin_or_repeated_data(name, options, tmp_path):
    write_fake_results(tmp_path, **options)
    evaluate_fake(tmp_path, **{key: value for key, value in options.items() if key != "subjects"})
    plot(name, tmp_path, [tmp_path / "figure.svg"])
    assert "<svg" in (tmp_path / "figure.svg").read_text()


def test_overview_draws_the_interval_over_subjects_and_the_papers_value(metrics):
    overall, reference = metrics["overall"], pd.read_csv(PAPER)
    axes = draw_overview(overall, reference).axes[0]
    drawn = [tuple(line.get_xdata()) for line in axes.lines]
    for row in overall.itertuples():
        assert any(ends == pytest.approx((100 * row.subject_low, 100 * row.subject_high)) for ends in drawn)
        assert any(ends == pytest.approx((100 * row.accuracy,)) for ends in drawn if len(ends) == 1)
        assert f"({row.correct}/{row.n})" in " ".join(text.get_text() for text in axes.texts)
    assert {(value,) for value in reference["accuracy_percent"]} <= set(drawn)


def test_overview_falls_back_to_clips_and_says_so(tmp_path):
    overall = evaluate_fake(write_fake_results(tmp_path, subjects=3))["overall"]
    axes = draw_overview(overall, pd.read_csv(PAPER)).axes[0]
    assert axes.get_xlabel().endswith("interval over clips")
    row = overall.iloc[0]
    expected = pytest.approx((100 * row.wilson_low, 100 * row.wilson_high))
    assert any(tuple(line.get_xdata()) == expected for line in axes.lines)


def test_models_have_their_interval_the_printed_figures_and_the_reference_s_line(tmp_path):
    write_fake_results(tmp_path, models=MODELS)
    models = evaluate_fake(tmp_path, models=MODELS)["models"]
    rows = list_rows(models, *map(pd.read_csv, PRINTED.values()))
    axes = draw_models(rows).axes[0]
    place = {tuple(line.get_ydata()): [] for line in axes.lines}
    for line in axes.lines:
        place[tuple(line.get_ydata())].append(tuple(line.get_xdata()))
    names = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels()), strict=True))
    (height,) = (y for y, name in names.items() if name == "joint")
    joint = models.query("variant == 'joint'").iloc[0]
    drawn = place[(height,)]
    assert drawn[0] == pytest.approx((100 * joint.accuracy,)) and {(69.53,), (70.24,)} <= set(drawn)
    assert place[height, height] == [pytest.approx((100 * joint.subject_low, 100 * joint.subject_high))]
    assert names[height - 2] == "DTGAN (= DTAGN)"
    full = models.query("variant == @VARIANTS[2]").accuracy.item()
    assert place[(0, 1)] == [pytest.approx((100 * full, 100 * full))]
    words = [text.get_text() for text in axes.texts]
    assert len(words) == len(rows) and words.count("not trained") == 3
    assert f"({joint.correct}/{joint.n})" in " ".join(words)


def test_subjects_have_a_mark_for_each_variant(metrics):
    subjects = metrics["subjects"].query("head == 'sequence'")
    axes = draw_subjects(subjects).axes[0]
    assert [line.get_label() for line in axes.lines] == VARIANTS
    names = [label.get_text() for label in axes.get_xticklabels()]
    of_first = subjects[subjects.variant == VARIANTS[0]].set_index("subject").accuracy
    place = np.round(axes.lines[0].get_xdata() - axes.lines[0].get_xdata().min()).astype(int)
    drawn = dict(zip((names[i] for i in place), axes.lines[0].get_ydata(), strict=True))
    assert drawn == pytest.approx((100 * of_first).to_dict())
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(heights)


def test_calibration_panels_show_the_bins_and_the_error(metrics):
    figure = draw_calibration(metrics["calibration"], metrics["reliability"])
    curves, histograms = figure.axes[:4], figure.axes[4:]
    bins = metrics["reliability"].query("variant == @VARIANTS[1] and head == 'sequence'")
    offsets = curves[1].collections[0].get_offsets()
    assert np.allclose(offsets, bins[["confidence", "accuracy"]])
    error = metrics["calibration"].query("variant == @VARIANTS[1] and head == 'sequence'").ece.item()
    assert f"ECE {100 * error:.1f}" in curves[1].get_title()
    assert histograms[1].patches[0].get_data().values.sum() == bins.n.sum()
