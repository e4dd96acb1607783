"""Emotions, action units and the time course of a performance."""

import numpy as np
import pytest

from videofer.core.study import CLASSES
from videofer.datasets.rendered import animation
from videofer.datasets.rendered.animation import FACE_UNITS, LIMITS, PROTOTYPES, Difficulty, sided_units
from videofer.datasets.rendered.basis import load_basis

UNITS = load_basis().units
EYES = [UNITS.index(name) for name in sided_units("eyeBlink*")]
STILL = Difficulty(micro=0.0, gaze=0.0)


def draw(label, seed, difficulty=STILL):
    rest = np.zeros(len(UNITS), dtype=np.float32)
    return animation.perform(label, UNITS, rest, 25, np.random.default_rng([seed, 1]), difficulty)


def test_mappings_name_only_units_of_the_basis():
    mappings = [*FACE_UNITS.values(), *animation.WRINKLES.values()]
    assert {name for mapping in mappings for unit in mapping for name in sided_units(unit)} <= set(UNITS)
    bare = {unit.removesuffix("Left").removesuffix("Right") for unit in UNITS}
    assert set(LIMITS) <= bare
    assert set(PROTOTYPES) == set(animation.NEIGHBOURS) == set(CLASSES)
    assert {unit for prototype in PROTOTYPES.values() for unit in prototype} <= set(FACE_UNITS)


def test_skew_moves_one_side_more():
    activation = animation.activate_unit(UNITS, 12, skew=0.2)
    assert activation[UNITS.index("mouthSmileLeft")] == pytest.approx(1.2)
    assert activation[UNITS.index("mouthSmileRight")] == pytest.approx(0.8)


@pytest.mark.parametrize("label", CLASSES)
@pytest.mark.parametrize("seed", range(8))
def test_neutral_at_both_ends_and_strongest_inside(label, seed):
    performance = draw(label, seed)
    strength = np.delete(performance.activations, EYES, axis=1).sum(axis=1)
    assert strength[0] == 0
    assert strength[-1] == pytest.approx(0, abs=1e-6)
    assert performance.envelope[0] == performance.envelope[-1] == 0
    assert performance.envelope[performance.apex] == pytest.approx(1)
    assert strength[performance.apex] > 0.95 * strength.max()
    assert 0.3 < performance.apex / len(strength) < 0.7


def test_no_blink_reaches_the_apex():
    blinks = 0
    for seed in range(30):
        performance = draw("happy", seed, Difficulty(blinks=3.0, gaze=0.0))
        closed = performance.activations[:, EYES].max(axis=1)
        assert closed[performance.envelope > 0.99].max() == 0
        blinks += closed.max() > 0.5
    assert blinks > 20, "the subjects are meant to blink elsewhere"


def test_activations_stay_within_limits_and_durations_are_kept():
    for seed in range(20):
        performance = draw("surprise", seed, Difficulty(intensity=(1.3, 1.3)))
        assert 37 <= len(performance.activations) <= 63
        assert performance.activations.min() >= 0
        for unit, limit in LIMITS.items():
            sides = [index for index, name in enumerate(UNITS) if name.startswith(unit)]
            assert performance.activations[:, sides].max() <= np.float32(limit)
