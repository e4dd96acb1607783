"""The figures: same bytes again, every format, no crash where data are thin; what they show, not how they look."""

import re

import numpy as np
import pytest
from fake_runs import CLASSES, evaluate_fake, write_fake_results

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import UserError
from videofer.core.table_formats import NONE
from videofer.report.figures.confusion import count_matrix, draw_confusion, plot_confusion, row_percent
from videofer.report.figures.history import draw_history, plot_history
from videofer.report.figures.samples import choose_people, draw_samples, plot_samples

FULL = "margin-reconstruction-ce"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_fake_results(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def metrics(root):
    return evaluate_fake(root)


def paths(folder):
    return [folder / f"figure.{suffix}" for suffix in ("svg", "pdf", "png")]


def confusion_inputs(root):
    return [root / f"metrics/{name}.csv" for name in ("confusion", "overall")]


@pytest.fixture(params=["samples", "history", "confusion"])
def plot(request, root, metrics):
    return {
        "samples": lambda out: plot_samples(root / "clips.safetensors", out),
        "history": lambda out: plot_history(root / "metrics/history.csv", out, FULL),
        "confusion": lambda out: plot_confusion(*confusion_inputs(root), out, FULL),
    }[request.param]


def test_figures_have_the_same_bytes_again(plot, tmp_path):
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    plot(first)
    plot(second)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    starts = [path.read_bytes()[:8] for path in first]
    assert starts[1].startswith(b"%PDF") and starts[2].startswith(b"\x89PNG")
    assert "<svg" in first[0].read_text() and not re.search(r"<dc:date>", first[0].read_text())


def test_samples_show_every_class_of_two_people(root):
    packed = read_arrays(root / "clips.safetensors", "clips")
    people = choose_people(packed, 2)
    assert len(people) == 2
    for person in people:
        assert len({packed.parameters["subjects"][position] for position in person.values()}) == 1
        assert {packed["label"][position] for position in person.values()} == set(range(6))
    figure = draw_samples(packed, people)
    first = figure.axes[0].images[0].get_array()
    assert first.shape == (48, 48)
    assert np.array_equal(first, packed["clip"][people[0][0], 0, 8:56, 8:56])
    assert len(figure.axes) == 6 * 2 * 6


def test_samples_leave_a_gap_for_an_absent_class(tmp_path):
    root = write_fake_results(tmp_path, subjects=1, folds=[0], absent=("fear",))
    packed = read_arrays(root / "clips.safetensors", "clips")
    figure = draw_samples(packed, choose_people(packed, 2))
    assert len(figure.axes) == 5 * 6
    assert [text.get_text() for text in figure.texts].count(NONE) == 6


def test_samples_of_no_clip_are_refused(tmp_path):
    names = {"clips": [], "subjects": [], "classes": CLASSES}
    arrays = {"clip": np.zeros((0, 16, 64, 64), np.uint8), "label": np.zeros(0, np.int64)}
    write_arrays(tmp_path / "clips.safetensors", "clips", arrays, names)
    with pytest.raises(UserError, match=r"see rejected\.tsv"):
        plot_samples(tmp_path / "clips.safetensors", paths(tmp_path))


def test_history_draws_the_mean_over_the_folds(metrics):
    history = metrics["history"].query("variant == @FULL")
    panel = draw_history(history, FULL).axes[0]
    mean = history[history.split == "train"].groupby("epoch")["margin"].mean()
    assert panel.lines[0].get_xdata().tolist() == mean.index.tolist()
    assert panel.lines[0].get_ydata() == pytest.approx(mean.to_numpy())
    band = panel.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(history[history.split == "train"]["margin"].max())


def test_history_stacks_the_marks_of_runs_that_chose_the_same_epoch(metrics):
    joint = draw_history(metrics["history"].query("variant == @FULL"), FULL).axes[3]
    marks = next(line for line in joint.lines if line.get_marker() == "^")
    assert marks.get_xdata().tolist() == [7, 7, 7]  # fake runs choose the last epoch but one
    assert len(set(marks.get_ydata())) == 3


def test_history_without_reconstruction_says_so(metrics):
    history = metrics["history"].query("variant == 'margin-ce'")
    panel = draw_history(history, "margin-ce").axes[1]
    assert [text.get_text() for text in panel.texts] == ["not part of this variant"]


def test_history_of_one_fold_and_one_epoch(tmp_path):
    root = write_fake_results(tmp_path, folds=[0], epochs=2)
    evaluate_fake(root, folds=[0])
    plot_history(root / "metrics/history.csv", paths(tmp_path)[:1], FULL)
    assert "<svg" in paths(tmp_path)[0].read_text()


def test_confusion_rows_are_the_true_classes(metrics):
    part = metrics["confusion"].query("variant == @FULL and head == 'sequence'")
    counts = count_matrix(part)
    assert list(counts.index) == list(counts.columns) == CLASSES
    fear, happy = CLASSES.index("fear"), CLASSES.index("happy")
    expected = part.query("true == 'fear' and predicted == 'happy'")["count"].item()
    assert counts.iloc[fear, happy] == expected
    assert row_percent(counts).sum(axis=1) == pytest.approx(100)


def test_confusion_cells_give_counts_and_per_cent(metrics):
    part = metrics["confusion"].query("variant == @FULL")
    counts = count_matrix(part[part["head"] == "capsule"]).to_numpy()
    written = [text.get_text().split("\n") for text in draw_confusion(part, 1).axes[1].texts]
    assert [int(cell[0]) for cell in written] == counts.flatten().tolist()
    for row, cell in zip(np.repeat(counts.sum(1), 6), written, strict=True):
        assert cell == ["0"] or abs(float(cell[1][:-2]) - 100 * int(cell[0]) / row) <= 0.5


def test_confusion_of_a_class_without_clips(tmp_path):
    root = write_fake_results(tmp_path, absent=("fear",))
    part = evaluate_fake(root)["confusion"].query("variant == @FULL and head == 'sequence'")
    assert row_percent(count_matrix(part))[CLASSES.index("fear")].tolist() == [0] * 6
    plot_confusion(*confusion_inputs(root), paths(tmp_path)[:1], FULL)


def test_confusion_of_several_seeds_says_what_it_counts(tmp_path):
    root = write_fake_results(tmp_path, seeds=(0, 1, 2))
    part = evaluate_fake(root, seeds=(0, 1, 2))["confusion"].query("variant == @FULL")
    panel = draw_confusion(part, 3).axes[0]
    assert panel.get_ylabel() == "true expression (clips × seeds)"
    assert [label.get_text() for label in panel.get_yticklabels()] == [f"{name} (6 × 3)" for name in CLASSES]
    right = sum(part.query("head == 'sequence' and true == predicted")["count"])
    assert panel.get_title() == f"(a) LSTM, {right} of 108 right"
    plot_confusion(*confusion_inputs(root), paths(tmp_path)[:1], FULL)
