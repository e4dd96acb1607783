"""The rasteriser against signed areas, and the soft shadows against what geometry says."""

import numpy as np

from videofer.datasets.rendered import geometry
from videofer.datasets.rendered.geometry import rasterise, seen_triangles

SIZE = 24


def random_scene(seed, count):
    points = np.random.default_rng(seed).uniform([-4, -4, -2], [SIZE + 4, SIZE + 4, 2], (3 * count, 3))
    return points.astype(np.float32), np.arange(3 * count).reshape(-1, 3)


def draw_by_hand(points, triangles):
    """Return the nearest triangle (H, W) by signed areas, or -1, and how close a pixel is to another decision."""
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    a, b, c = corners = points[triangles].astype(float).transpose(1, 2, 0)[..., None, None]
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    weights = np.stack(
        [((v[0] - u[0]) * (y - u[1]) - (v[1] - u[1]) * (x - u[0])) / area for u, v in ((b, c), (c, a), (a, b))]
    )
    inside = np.where(area < 0, weights.min(axis=0), -np.inf)
    depth = np.where(inside >= 0, (weights * corners[:, 2]).sum(axis=0), -1e9)
    second, first = np.sort(depth, axis=0)[-2:]
    gap = np.where(second == -1e9, np.inf, first - second)
    return np.where(first == -1e9, -1, depth.argmax(axis=0)), np.minimum(np.abs(inside).min(axis=0), gap)


def test_same_triangles_as_by_hand():
    for seed in range(4):
        points, triangles = random_scene(seed, 30)
        keys = rasterise(points, triangles, SIZE, SIZE)
        seen = np.where(keys == 0, -1, seen_triangles(keys))
        expected, margin = draw_by_hand(points, triangles)
        clear = margin > 2e-3
        assert clear.mean() > 0.9
        assert (seen == expected)[clear].all()
        assert len(np.unique(seen)) > 5


def test_order_of_triangles_does_not_matter():
    points, triangles = random_scene(9, 40)
    order = np.random.default_rng(0).permutation(len(triangles))
    first, second = rasterise(points, triangles, SIZE, SIZE), rasterise(points, triangles[order], SIZE, SIZE)
    np.testing.assert_array_equal(first == 0, second == 0)
    hit = first != 0
    np.testing.assert_array_equal(seen_triangles(first)[hit], order[seen_triangles(second)[hit]])


def test_shared_edges_leave_no_crack():
    rng = np.random.default_rng(3)
    across, down = np.meshgrid(np.linspace(0, SIZE, 9), np.linspace(0, SIZE, 9))
    points = np.stack([across, down, np.zeros_like(across)], axis=-1).astype(np.float32)
    points[1:-1, 1:-1, :2] += rng.uniform(-1, 1, (7, 7, 2))
    index = np.arange(81).reshape(9, 9)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    triangles = np.concatenate([np.stack([a, c, b], axis=1), np.stack([a, d, c], axis=1)])
    assert (rasterise(points.reshape(-1, 3), triangles, SIZE, SIZE) != 0).all()


def test_depth_and_weights_are_those_of_the_plane():
    points = np.float32([[1, 1, 0.5], [3, 20, 2.5], [21, 4, -1.0]])
    keys = rasterise(points, np.array([[0, 1, 2]]), SIZE, SIZE)
    line, column = np.nonzero(keys)
    weights = geometry.weigh_corners(points, np.tile([0, 1, 2], (len(line), 1)), column + 0.5, line + 0.5)
    np.testing.assert_allclose(weights @ points[:, :2], np.stack([column, line], axis=1) + 0.5, atol=1e-4)
    np.testing.assert_allclose(geometry.seen_depths(keys[line, column]), weights @ points[:, 2], atol=1e-4)


def test_a_convex_body_has_outward_normals_and_sees_the_whole_sky_but_for_a_lid():
    points = np.float32([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    np.testing.assert_allclose(geometry.vertex_normals(points, faces), points, atol=1e-6)
    points = points + np.float32([0, 7.2, 0.4])
    assert geometry.ambient_occlusion(points, faces, 24).min() > 0.99
    lid = np.float32([[-1.5, 8.7, -1.1], [1.5, 8.7, -1.1], [0, 8.7, 1.9]])
    up = np.float32([[0, 1, 0.01]])
    covered = geometry.see_lamps(np.concatenate([points, lid]), np.concatenate([faces, [[8, 7, 6]]]), up)[0]
    np.testing.assert_array_equal(covered[[2, 6, 7, 8]], [0, 1, 1, 1])
