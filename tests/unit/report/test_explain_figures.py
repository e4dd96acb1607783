"""The figures of the explanations: same bytes again, true to the arrays, and silent about an untrained decoder."""

import numpy as np
import pytest
from explained_study import CLASSES, FRAMES, explain, train, write_study

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.report.figures.dimensions import draw_dimensions, plot_dimensions, show_change
from videofer.report.figures.frames import answer_prefixes, draw_frames, plot_frames
from videofer.report.figures.reconstructions import draw_reconstructions, measure_errors, plot_reconstructions
from videofer.report.figures.saliency import draw_saliency, overlay, plot_saliency, right_clips

FULL = "margin-reconstruction-ce"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write_study(tmp_path_factory.mktemp("study"))
    explain(folder, [train(folder, FULL, fold, epochs=8) for fold in range(3)])
    return folder


@pytest.fixture(scope="module")
def explained(study):
    return read_arrays(study / "explanations.safetensors", "explanations")


@pytest.fixture(scope="module")
def packed(study):
    return read_arrays(study / "clips.safetensors", "clips")


def paths(folder):
    return [folder / f"figure.{suffix}" for suffix in ("svg", "pdf", "png")]


PLOTS = {
    "reconstructions": plot_reconstructions,
    "dimensions": plot_dimensions,
    "saliency": plot_saliency,
    "frames": lambda explanations, _, out: plot_frames(explanations, out),
}


@pytest.mark.parametrize("name", PLOTS)
def test_figures_have_the_same_bytes_again(name, study, tmp_path):
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    for out in (first, second):
        PLOTS[name](study / "explanations.safetensors", study / "clips.safetensors", out)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


@pytest.mark.parametrize("name", PLOTS)
def test_a_variant_without_reconstruction_shows_no_noise(name, study, explained, tmp_path):
    kept = {
        key: a for key, a in explained.items() if key not in ("reconstruction", "error", "perturbed", "example")
    }
    parameters = explained.parameters | {"variant": "margin-ce"}
    write_arrays(tmp_path / "e.safetensors", "explanations", kept, parameters)
    PLOTS[name](tmp_path / "e.safetensors", study / "clips.safetensors", paths(tmp_path)[:1])
    pictures = paths(tmp_path)[0].read_text().count("<image")
    assert (pictures == 0) == (name != "saliency")


def test_a_reconstruction_stands_beside_its_frame(explained, packed):
    figure = draw_reconstructions(explained, packed)
    pictures = [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]
    assert len(pictures) == 3 * (2 * 6 + 1)  # three people: six pairs, and the average face
    frames = packed["clip"][:, FRAMES // 2, 8:56, 8:56]
    assert np.array_equal(pictures[0], frames[0]) and np.array_equal(pictures[1], explained["reconstruction"][0, 2])
    assert np.array_equal(pictures[12], explained["mean_face"][0])  # S1 is tested by fold 0


def test_errors_are_root_mean_squares_in_grey_levels():
    explained = {"error": np.array([[0.01, 0.03], [1, 1]]), "mean_face_error": np.array([[0.04, 0.04], [0, 0]])}
    errors = measure_errors(explained, np.array([0]))
    assert errors["decoder"] == pytest.approx([255 * np.sqrt(0.02)])
    assert errors["average face"] == pytest.approx([51])


def test_dimensions_show_two_components_of_each_recognised_class(explained, packed):
    recognised = sum(explained["example"] >= 0)
    assert recognised > 0
    figure = draw_dimensions(explained, packed)
    assert len(figure.axes) == recognised * (1 + 2 * (11 + 1))


def test_dimensions_of_a_model_that_recognised_nothing(study, explained, tmp_path):
    arrays = dict(explained) | {"example": np.full(6, -1)}
    write_arrays(tmp_path / "e.safetensors", "explanations", arrays, explained.parameters)
    plot_dimensions(tmp_path / "e.safetensors", study / "clips.safetensors", paths(tmp_path)[:1])
    assert "<image" not in paths(tmp_path)[0].read_text()


def test_a_change_is_scaled_about_the_middle_grey():
    steps = np.array([[[100, 50]], [[0, 0]], [[110, 30]]], np.uint8)
    assert show_change(steps).tolist() == [[192, 1]]  # +10 is half of the largest, -20
    assert (show_change(steps[[0, 0]]) == 128).all()


def test_prefixes_are_judged_by_the_lstm_and_by_the_capsules_so_far():
    explained = {
        "label": np.array([0]),
        "probability": np.array([[[0.4, 0.6], [0.7, 0.3], [0.2, 0.8]]]),
        "norms": np.array([[[0.9, 0.1], [0.2, 0.5], [0.1, 0.9]]]),  # means: 0.9/0.1, 0.55/0.3, 0.4/0.5
    }
    right = answer_prefixes(explained)
    assert right["sequence"].tolist() == [[False, True, False]]
    assert right["capsule"].tolist() == [[True, True, False]]


def test_frames_end_at_the_accuracy_of_the_run(explained):
    panel, first, *_ = draw_frames(explained).axes
    accuracy = 100 * (explained["probability"][:, -1].argmax(-1) == explained["label"]).mean()
    assert panel.lines[0].get_ydata()[-1] == pytest.approx(accuracy)
    mean = explained["probability"][explained["label"] == 0][:, :, 0].mean(0)
    assert first.lines[0].get_ydata() == pytest.approx(mean)
    assert first.get_title() == f"(b) {CLASSES[0]} (3)"


def test_saliency_names_the_answer_and_counts_the_right_ones(explained, packed):
    words = [text.get_text() for text in draw_saliency(explained, packed).texts]
    for label in range(6):
        assert f"{len(right_clips(explained, label))} of 3 clips" in words
    last = explained["probability"][0, -1]
    assert f"{CLASSES[last.argmax()]}, {100 * last.max():.0f} %" in words


def test_ink_covers_what_matters_and_leaves_the_rest_pale():
    face, map_ = np.array([[0, 255]], np.uint8), np.array([[-1.0, 0.5]])
    inked = overlay(face, map_, top=0.5)
    assert inked[0, 0].tolist() == pytest.approx([0.55] * 3)  # a gain leaves the black pixel pale
    assert inked[0, 1].max() < 0.6 and inked[0, 1, 2] > inked[0, 1, 0]
