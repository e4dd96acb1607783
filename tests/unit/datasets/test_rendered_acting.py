"""Acting: speech moves the mouth, rest comes back, each class has its signs, and each lever does something."""

import numpy as np
import pytest

from videofer.core.artifacts import read_arrays
from videofer.core.study import CLASSES, NEUTRAL
from videofer.datasets.rendered.acted_clip import locate_eyes, render_acted
from videofer.datasets.rendered.acted_scene import ActedScene
from videofer.datasets.rendered.acting import HEAD_MOST, WAYS, Levers, act, draw_rest, draw_way
from videofer.datasets.rendered.animation import DEFAULT_LIMIT
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import draw_identity
from videofer.datasets.rendered.scanned import load_scanned
from videofer.datasets.rendered.speech import MOUTH_UNITS, speak
from videofer.video.decode import read_frames

UNITS = load_basis().units
REST = np.zeros(len(UNITS), dtype=np.float32)


def test_shares_add_up_and_every_class_has_ways():
    assert set(WAYS) == {*CLASSES, NEUTRAL}
    for ways in WAYS.values():
        assert sum(share for share, _ in ways) == pytest.approx(1)


@pytest.mark.parametrize("label", [*CLASSES, NEUTRAL])
def test_a_performance_stays_in_range_and_is_whole_where_it_says(label):
    for seed in range(12):
        rest = draw_rest(UNITS, np.random.default_rng(seed))
        acted = act(label, UNITS, rest, 25, np.random.default_rng(seed))
        performance = acted.performance
        assert performance.activations.min() >= -0.31 and performance.activations.max() <= DEFAULT_LIMIT + 0.8
        assert (np.abs(np.degrees(performance.pose[:, :3])) <= np.array(HEAD_MOST) + 1e-6).all()
        assert 0 <= acted.start < acted.stop <= len(performance.activations)
        if label != NEUTRAL:
            silent = act(label, UNITS, rest, 25, np.random.default_rng(seed), Levers(speech=False))
            still = [not unit.startswith("eye") for unit in UNITS]
            moved = np.abs(silent.performance.activations - rest)[:, still]
            assert moved[silent.start : silent.stop].max() > 3 * moved[0].max()


def test_anger_is_shown_without_pressed_lips_more_often_than_with():
    rng = np.random.default_rng(0)
    drawn = [draw_way("angry", rng) for _ in range(400)]
    assert sum(24 in way for way in drawn) < 0.3 * len(drawn)
    assert sum(4 in way for way in drawn) > 0.95 * len(drawn)


def test_speech_moves_the_mouth_alone_at_four_to_six_syllables_a_second():
    said = speak(UNITS, 250, 25, np.random.default_rng(1))
    mouth = np.array([unit.startswith(MOUTH_UNITS) for unit in UNITS])
    assert said[:, ~mouth].max() == 0 and said[:, mouth].max() < 1
    jaw = said[:, UNITS.index("jawOpen")]
    openings = ((jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] >= jaw[2:]) & (jaw[1:-1] > 0.02)).sum() / 10
    assert 2.5 < openings < 9  # a syllable opens it once, some consonants once more


@pytest.mark.parametrize("lever", ["ways", "speech", "rest_faces", "head"])
def test_each_lever_of_the_acting_changes_the_performance(lever):
    rest = draw_rest(UNITS, np.random.default_rng(4), Levers(**{lever: False}))
    with_it = act(
        "fear", UNITS, draw_rest(UNITS, np.random.default_rng(4)), 25, np.random.default_rng(1)
    ).performance
    without = act("fear", UNITS, rest, 25, np.random.default_rng(1), Levers(**{lever: False})).performance
    same = with_it.activations.shape == without.activations.shape
    assert not (same and np.array_equal(with_it.activations, without.activations)) or lever == "head"
    assert not np.array_equal(with_it.pose, without.pose) or lever != "head"


def test_a_film_is_the_same_each_time_and_another_for_another_clip(tmp_path):
    draw_identity("S002", 3, tmp_path / "S002.safetensors", "acted")
    assert len(read_arrays(tmp_path / "S002.safetensors", "identity")["shape"]) == len(load_scanned().base)
    size = {"width": 160, "height": 128, "fps": 10}
    paths = [tmp_path / name for name in ("a.avi", "b.avi", "c.avi")]
    for clip, path in zip(("S002-happy", "S002-happy", "S002-happy-2"), paths, strict=True):
        render_acted(clip, 3, tmp_path / "S002.safetensors", path, **size)
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()
    assert read_frames(paths[0])[0].shape[1:] == (128, 160)


def test_glasses_and_hands_follow_the_eyes(tmp_path):
    draw_identity("S002", 3, tmp_path / "S002.safetensors", "acted")
    head = Head(load_scanned(), read_arrays(tmp_path / "S002.safetensors", "identity"))
    scene = ActedScene(192, 192, np.random.default_rng(0))
    straight, turned = (locate_eyes(head, np.array([yaw, 0, 0, 0, 0]), scene) for yaw in (0, 0.4))
    assert straight[0, 0] < straight[1, 0] and abs(straight[0, 1] - straight[1, 1]) < 4
    assert np.ptp(turned[:, 0]) < np.ptp(straight[:, 0])  # eyes draw together as the head turns
