"""Heads differ and move as faces do; subjects have skin like skin, and hair where hair grows."""

from dataclasses import replace

import numpy as np
import pytest

from videofer.core.artifacts import read_arrays
from videofer.datasets.rendered import basis as head_basis
from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.head import HairStyle, depth_behind_hairline, grow_hair
from videofer.datasets.rendered.identity import CHANNELS, draw_colours, draw_identity, locate_texels

BASIS = head_basis.load_basis()
CROWN, FOREHEAD, CHEEK = [0.0, 8.3, 0.5], [0.0, 7.6, 1.4], [0.4, 6.9, 1.1]


def test_average_head_is_symmetric_and_subjects_differ():
    left, right = (BASIS.average[BASIS.base[:, 0] * side > 0.1] for side in (1, -1))
    np.testing.assert_allclose(left[:, 0].mean(), -right[:, 0].mean(), atol=1e-3)
    heads = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        shape = BASIS.shape_head(head_basis.draw_traits(rng))
        head_basis.vary_features(BASIS, shape, rng)
        heads.append(shape)
        assert 0.5 < np.ptp(shape[:, 1]) / np.ptp(BASIS.average[:, 1]) < 1.5
    assert np.abs(heads[0] - heads[1]).max() > 0.05


def test_jaw_and_smile_move_the_right_way():
    jaw, smile = np.zeros((2, *BASIS.base.shape), dtype=np.float32)
    BASIS.add_target(jaw, "unit/jawOpen", 1.0)
    BASIS.add_target(smile, "unit/mouthSmileLeft", 1.0)
    chin = np.argmax(BASIS.base[:, 2] * (np.abs(BASIS.base[:, 1] - 6.4) < 0.1))
    assert jaw[chin, 1] < -0.1
    moved = np.abs(smile).max(axis=1).argmax()
    assert BASIS.base[moved, 0] > 0
    assert smile[moved, 1] > 0.05


def style_of(seed, gender):
    return HairStyle(replace(head_basis.AVERAGE, gender=gender), np.random.default_rng(seed))


def test_skin_is_warm_and_darkens_with_ancestry():
    tones = {}
    for race in head_basis.RACES:
        traits = replace(head_basis.AVERAGE, race={name: float(name == race) for name in head_basis.RACES})
        drawn = [draw_colours(traits, np.random.default_rng(seed))[0] for seed in range(20)]
        assert all(red > green > blue for red, green, blue in drawn)
        tones[race] = np.mean(drawn)
    assert tones["african"] < 0.5 * tones["caucasian"]


@pytest.mark.parametrize("gender", [0.0, 1.0])
def test_hair_covers_the_crown_and_leaves_the_face(gender):
    for seed in range(20):
        crown, forehead, cheek = depth_behind_hairline(style_of(seed, gender), np.array([CROWN, FOREHEAD, CHEEK]))
        assert crown > 0 > max(forehead, cheek)


def test_hanging_hair_is_outside_the_head_and_faces_outwards():
    style = next(s for s in (style_of(seed, 0.0) for seed in range(20)) if s.length is not None)
    grown, vertices, triangles = grow_hair(BASIS, BASIS.average, style)
    outside = vertices[: len(vertices) // 2]
    beside = outside[np.abs(outside[:, 1] - 7.2) < 0.15]
    assert len(beside) > 10
    assert np.hypot(beside[:, 0], beside[:, 2] - 0.4).min() > 0.7
    assert not ((np.abs(outside[:, 0]) < 0.6) & (outside[:, 2] > 1.0)).any(), "the face stays free"
    normals = vertex_normals(vertices, triangles)[: len(outside)]
    away = outside - [0, 7, outside[:, 2].mean()]
    assert ((normals * away).sum(axis=1) > 0).mean() > 0.95
    style.length = None
    short, hanging, _ = grow_hair(BASIS, BASIS.average, style)
    assert len(hanging) == 0
    np.testing.assert_array_equal(short, grown)


def test_texels_lie_on_the_head():
    located, average = locate_texels(BASIS), BASIS.average
    used = located[~np.isnan(located[..., 0])]
    assert len(used) > 0.5 * located[..., 0].size
    assert ((used >= average.min(axis=0) - 1e-3) & (used <= average.max(axis=0) + 1e-3)).all()


def test_identity_artifact_holds_what_the_renderer_needs(tmp_path):
    draw_identity("S001", 3, tmp_path / "S001.safetensors")
    identity = read_arrays(tmp_path / "S001.safetensors", "identity")
    assert identity["shape"].shape == BASIS.base.shape
    assert identity["texture"].shape == (*BASIS.masks["lips"].shape, len(CHANNELS))
    occlusion = identity["occlusion"]
    assert len(occlusion) == len(BASIS.base) + len(identity["hair_vertices"])
    assert 0 <= occlusion.min() < 0.3 < 0.8 < occlusion.max() <= 1
    assert all(np.isfinite(array).all() for array in identity.values())


def test_traits_stay_in_range():
    for seed in range(50):
        traits = head_basis.draw_traits(np.random.default_rng(seed))
        assert 0.5 <= traits.age <= 0.85
        assert all(0 <= trait <= 1 for trait in (traits.gender, traits.weight, traits.muscle))
        assert sum(traits.race.values()) == pytest.approx(1)
