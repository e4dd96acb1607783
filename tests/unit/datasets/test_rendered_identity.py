"""Subjects: skin that looks like skin, hair that covers the scalp and hangs outside the head."""

from dataclasses import replace

import numpy as np
import pytest

from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.hair import depth_behind_hairline, draw_style, grow_hair
from videofer.datasets.rendered.identity import draw_identity, read_identity
from videofer.datasets.rendered.shape import AVERAGE, RACES, draw_traits, shape_head
from videofer.datasets.rendered.texture import CHANNELS, draw_colours, locate_texels

CROWN, FOREHEAD, CHEEK = [0.0, 8.3, 0.5], [0.0, 7.6, 1.4], [0.4, 6.9, 1.1]


def style_of(seed, gender):
    traits = replace(AVERAGE, gender=gender)
    return draw_style(traits, np.random.default_rng(seed))


def test_skin_is_warm_and_darkens_with_ancestry():
    tones = []
    for race in RACES:
        traits = replace(AVERAGE, race={name: float(name == race) for name in RACES})
        drawn = [draw_colours(traits, np.random.default_rng(seed))[0] for seed in range(20)]
        assert all(red > green > blue for red, green, blue in drawn)
        tones.append(np.mean(drawn))
    assert tones[RACES.index("african")] < 0.5 * tones[RACES.index("caucasian")]


@pytest.mark.parametrize("gender", [0.0, 1.0])
def test_hair_covers_the_crown_and_leaves_the_face(gender):
    for seed in range(20):
        crown, forehead, cheek = depth_behind_hairline(style_of(seed, gender), np.array([CROWN, FOREHEAD, CHEEK]))
        assert crown > 0 > max(forehead, cheek)


def test_hanging_hair_is_outside_the_head_and_faces_outwards():
    basis, average = load_basis(), shape_head(load_basis(), AVERAGE)
    style = next(s for s in (style_of(seed, 0.0) for seed in range(20)) if s.length is not None)
    grown, vertices, triangles = grow_hair(basis, average, average, style)
    outside = vertices[: len(vertices) // 2]
    beside = outside[np.abs(outside[:, 1] - 7.2) < 0.15]
    assert len(beside) > 10
    assert np.hypot(beside[:, 0], beside[:, 2] - 0.4).min() > 0.7
    assert not ((np.abs(outside[:, 0]) < 0.6) & (outside[:, 2] > 1.0)).any(), "the face stays free"
    normals = vertex_normals(vertices, triangles)[: len(outside)]
    away = outside - [0, 7, outside[:, 2].mean()]
    assert ((normals * away).sum(axis=1) > 0).mean() > 0.95
    short = replace(style, length=None)
    assert len(grow_hair(basis, average, average, short)[1]) == 0
    np.testing.assert_array_equal(grow_hair(basis, average, average, short)[0], grown)


def test_texels_lie_on_the_head():
    basis, average = load_basis(), shape_head(load_basis(), AVERAGE)
    located = locate_texels(basis, average, 202, 105)
    used = located[~np.isnan(located[..., 0])]
    assert len(used) > 0.5 * 202 * 105
    assert (used >= average.min(axis=0) - 1e-3).all()
    assert (used <= average.max(axis=0) + 1e-3).all()


def test_identity_artifact_holds_what_the_renderer_needs(tmp_path):
    draw_identity("S001", 3, tmp_path / "S001.safetensors")
    identity = read_identity(tmp_path / "S001.safetensors")
    basis = load_basis()
    assert identity["shape"].shape == basis.base.shape
    assert identity["texture"].shape == (*basis.masks["lips"].shape, len(CHANNELS))
    occlusion = identity["occlusion"]
    assert len(occlusion) == len(basis.base) + len(identity["hair_vertices"])
    assert 0 <= occlusion.min() < 0.3 < 0.8 < occlusion.max() <= 1
    assert all(np.isfinite(array).all() for array in identity.values())


def test_traits_stay_in_range():
    for seed in range(50):
        traits = draw_traits(np.random.default_rng(seed))
        assert 0.5 <= traits.age <= 0.85
        assert min(traits.gender, traits.weight, traits.muscle) >= 0
        assert max(traits.gender, traits.weight, traits.muscle) <= 1
        assert sum(traits.race.values()) == pytest.approx(1)
