"""LBP-TOP against its definition, and the machine's probabilities."""

import numpy as np
from model_options import easy_split, easy_task, read_options

from videofer.models import lbp_top_svm


def test_uniform_patterns_are_the_58_with_at_most_two_changes():
    bins = lbp_top_svm.uniform_bins()
    assert len(set(bins[bins < 58])) == 58 == (bins < 58).sum()
    assert bins[0b00000000] < 58 and bins[0b11100001] < 58
    assert bins[0b01010101] == bins[0b00010001] == 58


def test_a_sample_between_pixels_is_interpolated():
    volume = np.arange(5 * 6 * 7, dtype=np.float32).reshape(5, 6, 7)  # linear: 42 t + 7 y + x
    inner = (slice(1, 4), slice(1, 5), slice(1, 6))
    for shift in [(0, 0, 1), (0.25, -0.5, 0), (-1, 0, 0.75)]:
        expected = volume[inner] + np.dot(shift, (42, 7, 1))
        np.testing.assert_allclose(lbp_top_svm.sample(volume, inner, np.array(shift)), expected, rtol=1e-6)


def test_the_pattern_of_a_voxel_by_hand():
    # In the XY plane only the pixel to the right and the one above are as bright as the middle: bits 0 and 2.
    frame = np.zeros((3, 3), np.uint8)
    frame[1, 1] = frame[1, 2] = frame[0, 1] = 100
    code = lbp_top_svm.plane_codes(np.stack([frame] * 3), (1, 2), (1, 1, 1))
    # Between right and above, on the circle, the four pixels around weigh in: 100 * (0.207 + 0.207 + 0.086) < 100.
    assert code.shape == (1, 1, 1) and code.item() == lbp_top_svm.uniform_bins()[0b00000101] == lbp_top_svm.BINS - 1


def test_a_still_bar_and_a_moving_one_differ_in_time_but_not_in_space():
    still = np.zeros((9, 24, 24), np.uint8)
    still[:, 8:16] = 200
    moving = np.stack([np.roll(frame, shift, axis=0) for shift, frame in enumerate(still)])
    histograms = [lbp_top_svm.lbp_top(clip, (1, 1, 1), 1).reshape(3, lbp_top_svm.BINS) for clip in (still, moving)]
    np.testing.assert_allclose(histograms[0].sum(1), 1)
    np.testing.assert_allclose(histograms[0][0], histograms[1][0], atol=0.03)
    assert np.abs(histograms[0][2] - histograms[1][2]).sum() > 0.2


def test_blocks_partition_the_face():
    clip = np.random.default_rng(0).integers(0, 256, (5, 26, 26), dtype=np.uint8)
    parts = lbp_top_svm.lbp_top(clip, (1, 1, 1), 4).reshape(16, 3, lbp_top_svm.BINS)
    whole = lbp_top_svm.lbp_top(clip, (1, 1, 1), 1).reshape(3, lbp_top_svm.BINS)
    np.testing.assert_allclose(parts.mean(0), whole)


def test_a_class_without_training_clips_is_never_predicted():
    features, labels = np.eye(4), np.array([0, 0, 2, 2])
    values = lbp_top_svm.decide(lbp_top_svm.fit_machine(features, labels, 10.0, 3, (0,)), features)
    assert values.argmax(1).tolist() == labels.tolist() and np.isneginf(values[:, 1]).all()


def test_probabilities_are_the_softmax_of_the_decision_values_and_repeat_exactly():
    options = read_options("lbp-top-svm", blocks=3, radius=[1, 1, 1])
    first, second = (lbp_top_svm.fit(easy_task("plain", options)) for _ in range(2))
    split = easy_split()
    features = np.stack([lbp_top_svm.lbp_top(clip, (1, 1, 1), 3) for clip in split.versions[:, 0].numpy()])
    values = np.exp(lbp_top_svm.decide(first.weights, features))
    np.testing.assert_allclose(first.predict(split)["sequence"], values / values.sum(1, keepdims=True), rtol=1e-6)
    for name, array in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], array)
