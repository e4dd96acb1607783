"""The sheets of faces and the figures of the explanations are true to the arrays that they show."""

import numpy as np
import pytest
from explained_study import FRAMES
from fake_runs import write_fake_results

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.study import CLASSES
from videofer.core.table_formats import NONE
from videofer.report.figures import faces
from videofer.report.figures.answers import answer_prefixes, plot_frames
from videofer.report.figures.faces import plot_dimensions, plot_reconstructions, plot_saliency, plot_samples


@pytest.fixture(scope="module")
def explained(study):
    return read_arrays(study / "explanations.safetensors", "explanations")


@pytest.fixture
def change(study, explained, tmp_path):
    """Return a function that writes changed explanations and returns their path and that of the clips."""

    def write(drop=(), parameters=(), **arrays):
        kept = {name: array for name, array in explained.items() if name not in drop} | arrays
        made = explained.parameters | dict(parameters)
        write_arrays(tmp_path / "e.safetensors", "explanations", kept, made)
        return tmp_path / "e.safetensors", study / "clips.safetensors"

    return write


def pictures(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def test_samples_show_every_class_of_two_people(root):
    clips = read_arrays(root / "clips.safetensors", "clips")
    shown = pictures(plot_samples(root / "clips.safetensors"))
    assert len(shown) == 6 * 2 * 6  # classes, people, frames
    assert np.array_equal(shown[0], clips["clip"][0, 0, 8:56, 8:56])
    assert np.array_equal(shown[6 + 1], clips["clip"][1, 3, 8:56, 8:56])  # second column, second class


def test_samples_leave_a_gap_for_an_absent_class(tmp_path):
    root = write_fake_results(tmp_path, subjects=1, folds=[0], absent=("fear",))
    figure = plot_samples(root / "clips.safetensors")
    assert len(pictures(figure)) == 5 * 6
    assert [text.get_text() for text in figure.texts].count(NONE) == 6


def test_a_variant_without_reconstruction_shows_no_noise(change):
    untrained = change(("reconstruction", "error", "perturbed", "example"), {"variant": "margin-ce"})
    for plot in (plot_dimensions, plot_reconstructions):
        figure = plot(*untrained)
        assert not pictures(figure) and "margin-ce trains no reconstruction" in figure.texts[0].get_text()
    assert pictures(plot_saliency(*untrained)) and plot_frames(untrained[0]).axes


def test_a_reconstruction_stands_beside_its_frame(study, explained):
    shown = pictures(plot_reconstructions(study / "explanations.safetensors", study / "clips.safetensors"))
    assert len(shown) == 3 * (2 * 6 + 1)  # three people: six pairs, and the average face
    frames = read_arrays(study / "clips.safetensors", "clips")["clip"][:, FRAMES // 2, 8:56, 8:56]
    assert np.array_equal(shown[0], frames[0]) and np.array_equal(shown[1], explained["reconstruction"][0, 2])
    assert np.array_equal(shown[12], explained["mean_face"][0])  # S1 is tested by fold 0


def test_errors_are_root_mean_squares_in_grey_levels(change, explained):
    error = np.full_like(explained["error"], 0.02)
    paths = change(error=error, mean_face_error=2 * error)
    words = [text.get_text() for text in plot_reconstructions(*paths).axes[-1].texts]
    assert words == [f"{255 * 0.02**0.5:.1f}", f"{255 * 0.2:.1f}"] * 7


def test_dimensions_show_two_components_of_each_recognised_class(study, explained, change):
    recognised = sum(explained["example"] >= 0)
    assert recognised > 0
    figure = plot_dimensions(study / "explanations.safetensors", study / "clips.safetensors")
    assert len(pictures(figure)) == recognised * (1 + 2 * (11 + 1))
    none = plot_dimensions(*change(example=np.full(6, -1)))
    assert not pictures(none) and "recognised no clip" in none.texts[0].get_text()


def test_a_change_is_scaled_about_the_middle_grey():
    steps = np.array([[[100, 50]], [[0, 0]], [[110, 30]]], np.uint8)
    assert faces.show_change(steps).tolist() == [[192, 1]]  # +10 is half of the largest, -20
    assert (faces.show_change(steps[[0, 0]]) == 128).all()


def test_prefixes_are_judged_by_the_lstm_and_by_the_capsules_so_far():
    explained = {
        "label": np.array([0]),
        "probability": np.array([[[0.4, 0.6], [0.7, 0.3], [0.2, 0.8]]]),
        "norms": np.array([[[0.9, 0.1], [0.2, 0.5], [0.1, 0.9]]]),  # means: 0.9/0.1, 0.55/0.3, 0.4/0.5
    }
    right = answer_prefixes(explained)
    assert right["sequence"].tolist() == [[False, True, False]]
    assert right["capsule"].tolist() == [[True, True, False]]


def test_frames_end_at_the_accuracy_of_the_run(study, explained):
    panel, first, *_ = plot_frames(study / "explanations.safetensors").axes
    accuracy = 100 * (explained["probability"][:, -1].argmax(-1) == explained["label"]).mean()
    assert panel.lines[0].get_ydata()[-1] == pytest.approx(accuracy)
    mean = explained["probability"][explained["label"] == 0][:, :, 0].mean(0)
    assert first.lines[0].get_ydata() == pytest.approx(mean)
    assert first.get_title() == f"(b) {CLASSES[0]} (3)"


def test_saliency_names_the_answer_and_counts_the_right_ones(study, explained):
    figure = plot_saliency(study / "explanations.safetensors", study / "clips.safetensors")
    words = [text.get_text() for text in figure.texts]
    last = explained["probability"][:, -1]
    right = explained["label"][last.argmax(-1) == explained["label"]].tolist()
    assert all(f"{right.count(label)} of 3 clips" in words for label in range(6))
    assert f"{CLASSES[last[0].argmax()]}, {100 * last[0].max():.0f} %" in words


def test_ink_covers_what_matters_and_leaves_the_rest_pale():
    inked = faces.overlay(np.array([[0, 255]], np.uint8), np.array([[-1.0, 0.5]]), top=0.5)
    assert inked[0, 0].tolist() == pytest.approx([0.55] * 3)  # a gain leaves the black pixel pale
    assert inked[0, 1].max() < 0.6 and inked[0, 1, 2] > inked[0, 1, 0]
