"""The rasteriser against a loop over pixels, and the soft shadows against what geometry says."""

import numpy as np

from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.occlusion import ambient_occlusion, see_lamps, spread_directions
from videofer.datasets.rendered.rasteriser import rasterise, unpack, weigh_corners

SIZE = 24


def random_scene(seed, count):
    rng = np.random.default_rng(seed)
    points = np.concatenate(
        [rng.uniform(-4, SIZE + 4, (3 * count, 2)), rng.uniform(-2, 2, (3 * count, 1))], axis=1
    ).astype(np.float32)
    return points, np.arange(3 * count).reshape(-1, 3)


def draw_by_hand(points, triangles, width, height):
    """Visit every pixel and every triangle: point in triangle by signed areas, then the nearest."""
    seen = np.full((height, width), -1)
    margin = np.zeros((height, width))  # how close the pixel is to another decision
    for line in range(height):
        for column in range(width):
            found = []
            closest = np.inf
            for number, (a, b, c) in enumerate(points[triangles].astype(float)):
                area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
                if area >= 0:
                    continue
                p = (column + 0.5, line + 0.5)
                weights = [
                    ((v[0] - u[0]) * (p[1] - u[1]) - (v[1] - u[1]) * (p[0] - u[0])) / area
                    for u, v in ((b, c), (c, a), (a, b))
                ]
                closest = min(closest, abs(min(weights)))
                if min(weights) >= 0:
                    found.append((sum(w * v[2] for w, v in zip(weights, (a, b, c), strict=True)), number))
            found.sort()
            gap = found[-1][0] - found[-2][0] if len(found) > 1 else np.inf
            seen[line, column] = found[-1][1] if found else -1
            margin[line, column] = min(closest, gap)
    return seen, margin


def test_same_triangles_as_a_loop_over_pixels():
    for seed in range(4):
        points, triangles = random_scene(seed, 30)
        keys = rasterise(points, triangles, SIZE, SIZE)
        seen = np.where(keys == 0, -1, unpack(keys)[0])
        expected, margin = draw_by_hand(points, triangles, SIZE, SIZE)
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
    np.testing.assert_array_equal(unpack(first)[0][hit], order[unpack(second)[0][hit]])


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
    weights = weigh_corners(points, np.tile([0, 1, 2], (len(line), 1)), column + 0.5, line + 0.5)
    np.testing.assert_allclose(weights @ points[:, :2], np.stack([column, line], axis=1) + 0.5, atol=1e-4)
    np.testing.assert_allclose(unpack(keys[line, column])[1], weights @ points[:, 2], atol=1e-4)


def octahedron():
    points = np.float32([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    return points, np.array(faces)


def test_normals_point_outwards():
    points, faces = octahedron()
    np.testing.assert_allclose(vertex_normals(points, faces), points, atol=1e-6)


def test_convex_body_sees_the_whole_sky_and_a_lid_hides_the_lamp():
    points, faces = octahedron()
    points = points + np.float32([0, 7.2, 0.4])
    assert ambient_occlusion(points, faces, 24).min() > 0.99
    lid = np.float32([[-1.5, 8.7, -1.1], [1.5, 8.7, -1.1], [0, 8.7, 1.9]])
    up = np.float32([[0, 1, 0.01]])
    covered = see_lamps(np.concatenate([points, lid]), np.concatenate([faces, [[8, 7, 6]]]), up)[0]
    np.testing.assert_array_equal(covered[[2, 6, 7, 8]], [0, 1, 1, 1])


def test_directions_are_even():
    directions = spread_directions(32)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    assert np.abs(directions.mean(axis=0)).max() < 0.02
