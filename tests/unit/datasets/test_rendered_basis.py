"""The head basis: what the file promises about itself, and that it is a head."""

import numpy as np

from videofer.datasets.rendered.basis import BASE_STEP, BASIS_PATH, GROUPS, MASKS, TARGET_STEP, load_basis
from videofer.datasets.rendered.shape import AVERAGE, draw_traits, shape_head, vary_features


def test_offsets_are_multiples_of_the_documented_step():
    basis = load_basis()
    for vertices, offsets in basis.targets.values():
        steps = offsets / TARGET_STEP
        assert np.abs(steps - np.rint(steps)).max(initial=0) < 1e-2
        assert (np.diff(vertices) > 0).all()
        assert len(vertices) == 0 or vertices[-1] < len(basis.base)
    with np.load(BASIS_PATH) as stored:
        exact = stored["centre"] + BASE_STEP * stored["base"].astype(np.float64)
    assert np.abs(basis.base - exact).max() < BASE_STEP / 2


def test_mesh_is_complete():
    basis = load_basis()
    assert len(basis.units) == 52
    assert set(basis.masks) == set(MASKS)
    assert set(np.unique(basis.groups)) == set(range(len(GROUPS)))
    assert basis.triangles.max() == len(basis.corner_vertex) - 1
    assert set(np.unique(basis.corner_vertex)) == set(range(len(basis.base)))


def test_average_head_is_symmetric_and_subjects_differ():
    basis = load_basis()
    average = shape_head(basis, AVERAGE)
    left, right = (average[basis.base[:, 0] * side > 0.1] for side in (1, -1))
    np.testing.assert_allclose(left[:, 0].mean(), -right[:, 0].mean(), atol=1e-3)
    heads = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        shape = shape_head(basis, draw_traits(rng))
        vary_features(basis, shape, rng)
        heads.append(shape)
        assert 0.5 < np.ptp(shape[:, 1]) / np.ptp(average[:, 1]) < 1.5
    assert np.abs(heads[0] - heads[1]).max() > 0.05


def test_jaw_and_smile_move_the_right_way():
    basis = load_basis()
    jaw, smile = np.zeros((2, *basis.base.shape), dtype=np.float32)
    basis.add_target(jaw, "unit/jawOpen", 1.0)
    basis.add_target(smile, "unit/mouthSmileLeft", 1.0)
    chin = np.argmax(basis.base[:, 2] * (np.abs(basis.base[:, 1] - 6.4) < 0.1))
    assert jaw[chin, 1] < -0.1
    moved = np.abs(smile).max(axis=1).argmax()
    assert basis.base[moved, 0] > 0
    assert smile[moved, 1] > 0.05
